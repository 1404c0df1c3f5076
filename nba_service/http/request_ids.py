"""The id of a request: its caller's, or a new one."""

from __future__ import annotations

import re
from typing import Final

from nba_service.clock import IdMaker

_REQUEST_ID: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)


def request_id(wanted: str, id_maker: IdMaker) -> str:
    """``wanted``: the header ``X-Request-ID``, empty if there is none."""
    return wanted if _REQUEST_ID.fullmatch(wanted) else id_maker()
