"""Texts of actions are whole, and a fallback cannot fail.

Works on values whose shape was checked, as ``references`` does. Whether a template compiles is the
service's business (``nba journey check``), which knows Liquid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.domain.actions import Content
from models.journey_file.build import DEFAULT_CHANNEL, FALLBACK, over_contents
from models.journey_file.problems import Path, Problems, mismatch, unknown_name

_SHARED: Final = (DEFAULT_CHANNEL, FALLBACK)
_LIQUID: Final = ("{{", "{%")

Values = Mapping[str, Any]


def check_contents(action: Values, path: Path, channels: Values, problems: Problems) -> None:
    """Add a problem for each text that belongs nowhere, has no body, or may fail and must not."""
    own = action.get("channels") or []
    slots = {
        slot: name for name in own for slot in (channels.get(name) or {}).get("placements") or () if slot
    }
    written = action.get("content") or {}
    _check_places(written, written, (own, slots), (*path, "content"), problems)
    _check_fallback(written.get(FALLBACK) or {}, (*path, "content", FALLBACK), problems)
    for name, variant in (action.get("variants") or {}).items():
        at = (*path, "variants", name)
        if FALLBACK in (variant or {}):
            text = "expected no fallback here: all variants have the action's; move it to content"
            problems.add((*at, FALLBACK), text)
        whole = over_contents(written, variant or {})
        _check_places(variant or {}, whole, (own, slots), at, problems)


def _check_places(
    texts_at: Values, written: Values, known: tuple[Any, Mapping[str, str]], path: Path, problems: Problems
) -> None:
    """Texts stand under places that there are, and have a body.

    ``written``: with what they inherit from; ``known``: the action's channels, and placement → channel.
    """
    own, slots = known
    for name, texts in texts_at.items():
        at = (*path, name)
        if name not in _SHARED and own and name not in own and name not in slots:
            text = unknown_name(
                "a channel or placement of this action", name, [*own, *slots], "channels of the action"
            )
            problems.add(at, text)
        for locale, fields in (texts or {}).items():
            sources = [*_sources(name, slots, written), written.get(name) or {}]
            inherited = {key for source in sources for key in _in(source, locale)}
            if "body" not in inherited | set(fields or {}):
                text = "expected a body here or under default, got neither; write `body: …`"
                problems.add((*at, locale), text)


def check_plain(texts: Values, path: Path, problems: Problems) -> None:
    """Add a problem for each text that has no body or is a template; ``texts``: locale → fields."""
    for locale, fields in texts.items():
        if "body" not in (fields or {}):
            problems.add((*path, locale), "expected a body, got none; write `body: …`")
    _check_fallback(texts, path, problems)


def _sources(name: str, slots: Mapping[str, str], written: Values) -> list[Values]:
    """The texts from which those of ``name`` take what they leave out."""
    if name == FALLBACK:
        return []
    channel = slots.get(name)
    return [written.get(key) or {} for key in (DEFAULT_CHANNEL, channel) if key is not None]


def _in(texts: Values, locale: str) -> Values:
    fields: Values = texts.get(locale) or {}
    return fields


def _check_fallback(texts: Values, path: Path, problems: Problems) -> None:
    for locale, fields in texts.items():
        for field in Content.__dataclass_fields__:
            text = str((fields or {}).get(field) or "")
            if any(mark in text for mark in _LIQUID):
                remedy = "a fallback must not be able to fail; write plain words"
                problems.add((*path, locale, field), mismatch("a text without Liquid", text[:40], remedy))
