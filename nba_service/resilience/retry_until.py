"""Tries again for a bounded time.

Rounds become slower, and an error says when there is no time left.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from nba_service.errors import ContentionError

_STEP_S: Final = 0.001
_LONGEST_S: Final = 0.02


def retry_until(seconds: float) -> Iterator[int]:
    """Rounds from 0 on, with a pause before each but the first.

    Raises:
        ContentionError: the time is over.
    """
    begun = time.monotonic()
    number = 0
    while True:
        yield number
        number += 1
        if time.monotonic() - begun > seconds:
            raise ContentionError(
                f"Others kept writing about the same customer, or taking a channel's last contacts, for"
                f" {seconds * 1000:.0f} ms. Ask again later, with the same decision_id if it has one."
            )
        time.sleep(min(_STEP_S * number, _LONGEST_S))
