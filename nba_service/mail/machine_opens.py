"""Who looks at a mail.

A person as far as can be told, or a machine. Gmail and Yahoo fetch pictures through proxies of their own when
a person opens the mail, so for pictures these count as persons although lists of crawlers name them. Apple's
proxy fetches when a mail arrives and cannot be told apart: one more reason why opens mean nothing.
"""

from __future__ import annotations

from typing import Final

import flask

from nba_service.keys.visitor_ids import non_human

_PROXIES: Final = ("GoogleImageProxy", "YahooMailProxy")


def looks_like_a_person(request: flask.Request, *, picture: bool) -> bool:
    """Whether this counts: a ``GET``, no prefetch, no crawler (or, for pictures, a mail program's proxy)."""
    if request.method != "GET":
        return False
    agent = request.headers.get("User-Agent", "")
    if picture and any(proxy in agent for proxy in _PROXIES):
        return True
    return non_human(request.headers) is None
