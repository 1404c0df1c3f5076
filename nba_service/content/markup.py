"""HTML that a page or a mail may show.

Cleaned by nh3, or made from plain text. Knows which elements and addresses are harmless; knows nothing of
templates. nh3 is imported when the first text with markup is cleaned.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

from nba_service.content.links import safe_link

if TYPE_CHECKING:
    import nh3

_TAGS: Final = frozenset(
    {"a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "div", "em", "figcaption", "figure"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "picture", "q", "s", "small"}
    | {"span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"}
)
_ATTRIBUTES: Final = {
    "*": {"class", "title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign", "scope"},
    "table": {"role", "width"},
}
_ADDRESSES: Final = frozenset({"href", "src"})


def clean_html(html: str) -> str:
    """``html`` without scripts, styles, forms, frames and addresses other than http(s), mailto and paths."""
    return _cleaner().clean(html).strip()


def html_of(text: str) -> str:
    """Plain text as paragraphs; empty lines part them.

    Example:
        >>> html_of("a < b")
        '<p>a &lt; b</p>'
    """
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in parts if part)


@cache
def _cleaner() -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _kept(_: str, attribute: str, value: str) -> str | None:
    return (safe_link(value) or None) if attribute in _ADDRESSES else value
