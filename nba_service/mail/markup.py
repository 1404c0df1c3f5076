"""A mail's content as HTML and as text.

Tables and inlined styles, because that is what mail programs show alike; a picture has its size and an
alternative text, so that the mail is whole before it is loaded and without it.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

from nba_service.content.markup import html_of

if TYPE_CHECKING:
    import css_inline

WIDTH: Final = 600
HEIGHT: Final = 300
"""Of pictures, in CSS pixels: wide pictures of two to one."""

_STYLE: Final = """
.frame { border-collapse: collapse; background: #ffffff; font-family: Helvetica, Arial, sans-serif; }
.picture { display: block; width: 100%; max-width: 600px; height: auto; border: 0; }
.title { padding: 24px 24px 8px 24px; font-size: 22px; line-height: 28px; font-weight: bold; color: #14213d; }
.body { padding: 0 24px 16px 24px; font-size: 16px; line-height: 24px; color: #333333; }
.foot { padding: 0 24px 28px 24px; }
.button { background: #14213d; border-radius: 4px; }
.link { display: inline-block; padding: 12px 22px; font-size: 16px; font-weight: bold; color: #ffffff;
        text-decoration: none; }
"""
_MORE: Final = {"de": "Mehr erfahren", "fr": "En savoir plus", "it": "Scopri di più", "es": "Más información"}


def mail_html(title: str, body: str, image_url: str, click_url: str, html: str, locale: str) -> str:
    """A table to put into a mail. Texts are plain but for ``html``, which is clean and replaces the body."""
    rows = [
        _row("title", escape(title)) if title else "",
        _row("body", html or html_of(body)) if html or body else "",
    ]
    if image_url:
        picture = (
            f'<img class="picture" src="{escape(image_url)}" width="{WIDTH}" height="{HEIGHT}"'
            f' alt="{escape(title)}">'
        )
        rows.insert(0, f"<tr><td>{_linked(picture, click_url)}</td></tr>")
    if click_url:
        more = _MORE.get(locale.replace("_", "-").split("-")[0].lower(), "Learn more")
        rows.append(
            '<tr><td class="foot"><table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>'
            f'<td class="button"><a class="link" href="{escape(click_url)}">{more}</a></td>'
            "</tr></table></td></tr>"
        )
    frame = (
        f'<table class="frame" role="presentation" lang="{escape(locale)}" width="{WIDTH}" cellpadding="0"'
        f' cellspacing="0" border="0" align="center">{"".join(rows)}</table>'
    )
    return _inliner().inline_fragment(frame, _STYLE)


def mail_text(title: str, body: str, click_url: str) -> str:
    """The same for the plain part of a mail."""
    return "\n\n".join(part for part in (title, body, click_url) if part) + "\n"


def _row(kind: str, content: str) -> str:
    return f'<tr><td class="{kind}">{content}</td></tr>'


def _linked(content: str, url: str) -> str:
    return f'<a href="{escape(url)}">{content}</a>' if url else content


@cache
def _inliner() -> css_inline.CSSInliner:
    import css_inline

    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
