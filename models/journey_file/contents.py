"""Texts of actions are whole, and a fallback cannot fail.

Works on values whose shape was checked, as ``references`` does. Whether a template compiles is the
service's business (``nba journey check``), which knows Liquid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.domain.actions import Content
from models.journey_file.build import DEFAULT_CHANNEL, FALLBACK
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
    for name, texts in written.items():
        at = (*path, "content", name)
        if name not in _SHARED and own and name not in own and name not in slots:
            text = unknown_name(
                "a channel or placement of this action", name, [*own, *slots], "channels of the action"
            )
            problems.add(at, text)
        for locale, fields in (texts or {}).items():
            inherited = {key for source in _sources(name, slots, written) for key in _in(source, locale)}
            if "body" not in inherited | set(fields or {}):
                text = "expected a body here or under default, got neither; write `body: …`"
                problems.add((*at, locale), text)
    _check_fallback(written.get(FALLBACK) or {}, (*path, "content", FALLBACK), problems)


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
