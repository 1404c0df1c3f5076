"""Who loads a page.

A person, a crawler, or a browser that fetches ahead of one. Knows headers; knows nothing of decisions.
Crawlers and prefetches get the page's own default and are left out of everything that is counted or learned.
"""

from __future__ import annotations

import re
import secrets
from enum import StrEnum
from functools import lru_cache
from typing import Final

from werkzeug.datastructures import Headers

VISITOR: Final = re.compile(r"v-[0-9a-f]{32}")
"""Ids that a browser may state: drawn by itself, so long that nobody can guess another's."""

_AHEAD: Final = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
_LONGEST: Final = 1_000


class NonHuman(StrEnum):
    """Why a request is nobody's."""

    BOT = "BOT"
    PREFETCH = "PREFETCH"


def non_human(headers: Headers) -> NonHuman | None:
    """Why these headers are not a person's; None: as far as can be told they are."""
    if any(_is_ahead(headers.get(name, "")) for name in _AHEAD):
        return NonHuman.PREFETCH
    agent = headers.get("User-Agent", "")
    return NonHuman.BOT if not agent or _is_crawler(agent[:_LONGEST]) else None


def make_visitor() -> str:
    """A new id, as a browser would draw it."""
    return f"v-{secrets.token_hex(16)}"


def _is_ahead(purpose: str) -> bool:
    return any(word in purpose.lower() for word in ("prefetch", "prerender", "preview"))


@lru_cache(maxsize=4_096)
def _is_crawler(agent: str) -> bool:
    from crawleruseragents import is_crawler  # loads a list of 1,000 patterns: only once it is needed

    return bool(is_crawler(agent))
