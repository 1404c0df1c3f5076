"""From a chosen treatment to the words a customer reads.

Knows the journey file's texts, languages and links; knows nothing of why the treatment was chosen, and keeps
no count: what fell back says so in its own answer. A customer never sees an empty box, an error or a script.

Titles and bodies are plain text on every channel. ``html`` is markup: what the file writes, cleaned, or on
channels that show markup (website, e-mail) the body as paragraphs (docs/adr/0010-plain-texts-and-html.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from liquid import BoundTemplate

from models.domain.actions import NOTHING, Action, Channel, ChannelKind, Content
from models.domain.journey import Journey
from nba_service.content import limits
from nba_service.content.failure import FAILURES, EmptyTextError, Fallback, TooLongError, reason_of
from nba_service.content.filters import SPOKEN, Spoken, load_locale
from nba_service.content.limits import LimitedEnvironment, make_environment, render_within
from nba_service.content.links import safe_link
from nba_service.content.locales import negotiate, written_as
from nba_service.content.markup import clean_html, html_of
from nba_service.content.speech import for_the_ear

MAX_TITLE: Final = 500
MAX_BODY: Final = {ChannelKind.SMS: 480, ChannelKind.APP: 1_000, ChannelKind.VOICE: 400}
"""Characters; other kinds: 20,000. A channel of the journey file may say otherwise."""
_MAX_BODY_ELSEWHERE: Final = 20_000
_FIELDS: Final = ("title", "body", "image_url", "click_url", "button", "html")
_LINKS: Final = ("image_url", "click_url")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Texts by name; ``button`` if there is one.

    ``field``: what failed, ``detail``: how.
    """

    texts: Mapping[str, str]
    locale: str
    fallback: Fallback | None = None
    field: str = ""
    detail: str = ""

    def answer(self) -> dict[str, str]:
        """All as flat texts; ``fallback`` is empty if the text is the written one."""
        return {**self.texts, "locale": self.locale, "fallback": self.fallback.value if self.fallback else ""}


@dataclass(frozen=True, slots=True)
class _Failed(Exception):  # noqa: N818 (travels inside this module only)
    field: str
    error: Exception


Variables = Mapping[str, object] | Callable[[], Mapping[str, object]]


@dataclass(slots=True)
class _Written:
    """The texts of one action on one channel or placement in one locale, compiled on first use.

    ``fixed``: what came out, by channel and whether with markup, where no text reads a variable.
    """

    content: Content
    compiled: dict[str, BoundTemplate | str] = field(default_factory=dict)
    fixed: dict[tuple[str, bool], Mapping[str, str]] = field(default_factory=dict)

    def of(self, name: str, environment: LimitedEnvironment) -> BoundTemplate | str:
        template = self.compiled.get(name)
        if template is None:
            text: str = getattr(self.content, name)
            template = environment.from_string(text) if _is_template(text) else text.strip()
            self.compiled[name] = template
        return template


class Renderer:
    """Renders the contents of one journey file; templates are compiled once.

    Safe to share by threads.
    """

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self._html = make_environment(html=True)
        self._plain = make_environment(html=False)
        self._written: dict[tuple[str, str, str, str | None], _Written] = {}

    def render(
        self,
        action: str,
        channel: str | None,
        placement: str | None,
        locale: str | None,
        variables: Variables,
        *,
        variant: str | None = None,
        as_html: bool | None = None,
    ) -> dict[str, str] | None:
        """Title, body, links, html, a button's label, locale and fallback; None for doing nothing.

        Args:
            placement: its own texts come first, then the channel's.
            locale: wished language tag; ``de-AT`` falls back to ``de``, then to the journey's default.
            variables: what templates may read (``content/variables.py``), or what makes it; a text that reads
                none does not have it made.
            variant: whose texts; None: those under ``content``.
            as_html: whether ``html`` is filled; None: if the channel shows markup.
        """
        if action == NOTHING:
            return None
        rendered = self.rendered(
            action, channel, placement, locale, variables, variant=variant, as_html=as_html
        )
        return rendered.answer()

    def rendered(
        self,
        action: str,
        channel: str | None,
        placement: str | None,
        locale: str | None,
        variables: Variables,
        *,
        variant: str | None = None,
        as_html: bool | None = None,
    ) -> Rendered:
        """As ``render``, with what went wrong; not for doing nothing."""
        found = self._journey.actions[self._journey.action_index[action]]
        medium = self._medium(channel)
        as_html = medium.kind.shows_html if as_html is None else as_html
        key = found.key_of(channel, placement)
        texts = found.texts(variant).get(key)
        if not texts:
            return self._stand_in(found, locale, None, as_html, medium, Rendered({}, "", Fallback.NO_CONTENT))
        spoken = negotiate(locale, self._journey.default_locale, tuple(texts))
        content = texts[spoken]
        written = self._written_in((action, key, spoken, variant), content)
        fixed = written.fixed.get((medium.name, as_html))
        if fixed is not None:
            return Rendered(fixed, spoken)
        numbers = written_as(locale, spoken)
        load_locale(numbers)
        known = variables() if callable(variables) else variables
        shown = {**known, SPOKEN: Spoken(numbers, self._journey.currency)}
        try:
            return Rendered(self._fill(written, medium, shown, as_html, spoken), spoken)
        except _Failed as failed:
            why = Rendered({}, "", reason_of(failed.error), failed.field, _detail(failed.error))
            return self._stand_in(found, locale, content, as_html, medium, why)

    def _written_in(self, key: tuple[str, str, str, str | None], content: Content) -> _Written:
        return self._written.get(key) or self._written.setdefault(key, _Written(content))

    def _medium(self, channel: str | None) -> Channel:
        index = self._journey.channel_index.get(channel or "")
        return _UNKNOWN if index is None else self._journey.channels[index]

    def _fill(
        self, written: _Written, medium: Channel, variables: Mapping[str, object], as_html: bool, locale: str
    ) -> dict[str, str]:
        texts, name = {"html": ""}, ""
        try:
            templates = {}
            for name in _FIELDS if as_html else _FIELDS[:-1]:
                if name != "button" or written.content.button:
                    templates[name] = self._template(name, written)
            deadline = limits.clock() + limits.MAX_SECONDS
            for name, template in templates.items():
                texts[name] = _text(name, template, variables, deadline)
        except FAILURES as error:
            raise _Failed(name, error) from error
        for name in _LINKS:
            texts[name] = safe_link(texts[name], tel=medium.tel_links)
        if medium.kind is ChannelKind.VOICE:
            texts |= _spoken(texts, locale)
        _check_texts(texts, medium)
        texts["title"] = texts["title"] or _headline(texts["body"])
        if as_html:
            texts["html"] = texts["html"] or html_of(texts["body"])
        if all(isinstance(template, str) for template in templates.values()):
            written.fixed[medium.name, as_html] = texts
        return texts

    def _template(self, name: str, written: _Written) -> BoundTemplate | str:
        return written.of(name, self._html if name == "html" else self._plain)

    def _stand_in(
        self,
        action: Action,
        locale: str | None,
        failed: Content | None,
        as_html: bool,
        medium: Channel,
        why: Rendered,
    ) -> Rendered:
        """The action's fallback text, or its label; links of the failed text stay where they are fixed."""
        content, spoken = Content(title=action.label, body=action.label), self._journey.default_locale
        if action.fallback:
            spoken = negotiate(locale, spoken, tuple(action.fallback))
            content = action.fallback[spoken]
        links = {
            name: safe_link(getattr(content, name) or (_fixed(getattr(failed, name)) if failed else ""))
            for name in _LINKS
        }
        html = (clean_html(content.html) or html_of(content.body)) if as_html else ""
        title = content.title or _headline(content.body)
        button = {"button": content.button.strip()} if content.button else {}
        texts = {"title": title, "body": content.body.strip(), **links, **button, "html": html}
        if medium.kind is ChannelKind.VOICE:
            texts |= _spoken(texts, spoken)
        return Rendered(texts, spoken, why.fallback, why.field, why.detail)


_UNKNOWN: Final = Channel(name="", label="")


def _text(name: str, template: BoundTemplate | str, variables: Mapping[str, object], deadline: float) -> str:
    if isinstance(template, str):
        return clean_html(template) if name == "html" and template else template
    text = render_within(template, variables, deadline).strip()
    if name == "title" and not text:
        raise EmptyTextError("the title is empty")
    return clean_html(text) if name == "html" else text


def _spoken(texts: Mapping[str, str], locale: str) -> dict[str, str]:
    """For a voice: words instead of signs, and no links, which nobody can hear."""
    return {
        **{name: for_the_ear(texts[name], locale) for name in ("title", "body")},
        **dict.fromkeys(_LINKS, ""),
    }


def _check_texts(texts: Mapping[str, str], medium: Channel) -> None:
    if not texts["body"]:
        raise _Failed("body", EmptyTextError("the body is empty"))
    longest = medium.max_characters or MAX_BODY.get(medium.kind, _MAX_BODY_ELSEWHERE)
    for name, most in (("title", MAX_TITLE), ("body", longest)):
        if len(texts[name]) > most:
            raise _Failed(name, TooLongError(f"{len(texts[name])} characters, at most {most} fit"))


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


def _fixed(text: str) -> str:
    return "" if _is_template(text) else text.strip()


def _headline(body: str) -> str:
    """The beginning of a text, for where a title has to stand and none is written."""
    return body if len(body) <= 80 else f"{body[:79].rstrip()}…"


def _detail(error: Exception) -> str:
    message = getattr(error, "message", None) or str(error)
    return str(message).splitlines()[0] if message else type(error).__name__
