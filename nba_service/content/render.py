"""From a chosen treatment to the words a customer reads.

Knows the journey file's texts, languages and links; knows nothing of why the treatment was chosen. What
fails falls back to the action's label and is counted; a customer never sees an empty box or a script.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from html import escape
from typing import Any, Final
from urllib.parse import quote

import structlog
from liquid import BoundTemplate
from liquid.exceptions import LiquidError

from models.domain.journey import NOTHING, Content, Journey
from nba_service.content.limits import make_environment

_LINK: Final = re.compile(r"(?:https?://[^/]|mailto:|/(?!/))", re.IGNORECASE)
_URL_CHARACTERS: Final = ":/?#[]@!$&()*+,;=%~"
_LINKS: Final = ("image_url", "click_url")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Templates:
    """The compiled texts of one action on one channel in one locale; None where nothing is written."""

    title: BoundTemplate | None
    body: BoundTemplate | None
    image_url: BoundTemplate | None
    click_url: BoundTemplate | None


class Renderer:
    """Renders the contents of one journey file; templates are compiled once.

    ``failures`` counts what fell back, by action and channel; readable at any time.
    """

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self._html = make_environment(html=True)
        self._plain = make_environment(html=False)
        self._compiled: dict[tuple[str, str, str], _Templates] = {}
        self._lock = threading.Lock()
        self.failures: Counter[str] = Counter()

    def render(
        self, action: str, channel: str | None, locale: str | None, variables: Mapping[str, Any]
    ) -> dict[str, str] | None:
        """Title, body, image_url and click_url; None for doing nothing.

        Args:
            locale: wished language tag; ``de-AT`` falls back to ``de``, then to the journey's default.
            variables: what templates may read (``customer``, ``phase``, ``context``).
        """
        if action == NOTHING:
            return None
        label = self._journey.actions[self._journey.action_index[action]].label
        found = self._find(action, channel or "", locale)
        if found is None:
            return {"title": escape(label), "body": escape(label), "image_url": "", "click_url": ""}
        spoken, content = found
        try:
            return self._fill(self._templates(action, channel or "", spoken, content), label, variables)
        except (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            self._count(action, channel, spoken, error)
            return {"title": escape(label), "body": escape(label), "image_url": "", "click_url": ""}

    def _find(self, action: str, channel: str, locale: str | None) -> tuple[str, Content] | None:
        texts = self._journey.actions[self._journey.action_index[action]].content.get(channel, {})
        if not texts:
            return None
        spoken = negotiate(locale, self._journey.default_locale, tuple(texts))
        return spoken, texts[spoken]

    def _templates(self, action: str, channel: str, locale: str, content: Content) -> _Templates:
        key = (action, channel, locale)
        if key not in self._compiled:
            self._compiled[key] = self._compile(content)
        return self._compiled[key]

    def _compile(self, content: Content) -> _Templates:
        written = asdict(content)
        return _Templates(
            **{
                entry.name: (self._plain if entry.name in _LINKS else self._html).from_string(
                    written[entry.name]
                )
                if written[entry.name]
                else None
                for entry in fields(_Templates)
            }
        )

    def _fill(self, templates: _Templates, label: str, variables: Mapping[str, Any]) -> dict[str, str]:
        texts = {
            entry.name: "" if template is None else template.render(**variables).strip()
            for entry in fields(_Templates)
            for template in [getattr(templates, entry.name)]
        }
        for name in _LINKS:
            texts[name] = safe_link(texts[name])
        texts["title"] = texts["title"] or escape(label)
        texts["body"] = texts["body"] or texts["title"]
        return texts

    def _count(self, action: str, channel: str | None, locale: str, error: Exception) -> None:
        with self._lock:
            self.failures[f"{action}@{channel}"] += 1
        log.warning(
            "content_fell_back",
            action=action,
            channel=channel,
            locale=locale,
            error=type(error).__name__,
            count=self.failures[f"{action}@{channel}"],
        )


def negotiate(wished: str | None, default: str, offered: tuple[str, ...]) -> str:
    """The best of the ``offered`` locales: the wish, its language, the default, its language, the first.

    Example:
        >>> negotiate("de-AT", "en", ("en", "de"))
        'de'
    """
    by_tag = {_tag(locale): locale for locale in reversed(offered)}
    for wish in (wished, default):
        tag = _tag(wish or "")
        while tag:
            if tag in by_tag:
                return by_tag[tag]
            tag = tag.rpartition("-")[0]
    return offered[0]


def safe_link(url: str) -> str:
    """``url`` with odd characters percent-encoded, or nothing unless http, https, mailto or a path.

    Example:
        >>> safe_link("javascript:alert(1)"), safe_link("https://example.org/a b")
        ('', 'https://example.org/a%20b')
    """
    return quote(url, safe=_URL_CHARACTERS) if _LINK.match(url) else ""


def _tag(locale: str) -> str:
    return locale.lower().replace("_", "-")
