"""Addresses that a customer may be led to."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_LINK: Final = re.compile(r"(?:https?://[^/]|mailto:|/(?!/))", re.IGNORECASE)
_TEL: Final = re.compile(r"tel:[+0-9(][0-9()./ -]{2,30}", re.IGNORECASE)
_URL_CHARACTERS: Final = ":/?#[]@!$&()*+,;=%~"


def safe_link(url: str, *, tel: bool = False) -> str:
    """``url`` with odd characters percent-encoded, or nothing unless http, https, mailto or a path.

    Args:
        tel: telephone numbers (``tel:+43 1 234``) are allowed too.

    Example:
        >>> safe_link("javascript:alert(1)"), safe_link("https://example.org/a b")
        ('', 'https://example.org/a%20b')
    """
    if _LINK.match(url):
        return quote(url, safe=_URL_CHARACTERS)
    return url.replace(" ", "") if tel and _TEL.fullmatch(url) else ""
