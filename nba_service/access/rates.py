"""How often one caller may call.

Fixed windows of a minute, counted in Redis or in this process. Knows counters and the passing of time; knows
nothing of requests. Redis that does not answer within a twentieth of a second is left alone for five: each
process then counts for itself, and no request fails or waits for it. (The engine is that of flask-limiter,
used directly: the limit of an address is looked at before the key is known, the limit of a key after.)
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from nba_service.errors import SettingsError

log = structlog.get_logger(__name__)

_REDIS_SECONDS: Final = 0.05
_AGAIN_SECONDS: Final = 5.0
_MINUTE_SECONDS: Final = 60


class MinuteCounter:
    """Counts calls within the present minute, exactly, whichever threads bring them.

    All counts end with the minute, so what it holds is bounded by the calls of one. (The memory storage of
    ``limits`` forgets keys in a thread of its own while others count them, which loses calls and raises.)
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """``now``: seconds since 1970."""
        self._now = now
        self._lock = threading.Lock()
        self._minute = -1
        self._counts: Counter[tuple[str, str]] = Counter()

    def hit(self, kind: str, who: str, most: int, number: int) -> int | None:
        """Count ``number`` calls; seconds until the minute is over if there were more than ``most``."""
        now = self._now()
        with self._lock:
            minute = int(now // _MINUTE_SECONDS)
            if minute != self._minute:
                self._minute, self._counts = minute, Counter()
            self._counts[kind, who] += number
            within = self._counts[kind, who] <= most
        return None if within else max(1, int(_MINUTE_SECONDS - now % _MINUTE_SECONDS) + 1)


class Rates:
    """Counts what callers do.

    Safe for many threads and, with Redis, many replicas.
    """

    def __init__(
        self, redis_url: str | None, *, monotonic: Callable[[], float] = time.monotonic, prefix: str = "nba"
    ) -> None:
        self._prefix = prefix
        self._monotonic = monotonic
        self._memory = MinuteCounter()
        self._shared = None if redis_url is None else FixedWindowRateLimiter(_redis(redis_url))
        self._again_at = float("-inf")

    def exceeded(self, kind: str, who: str, per_minute: int, number: int = 1) -> int | None:
        """Count calls of ``who``; seconds until the next may come, or None if they were within the limit.

        Args:
            per_minute: the limit; 0: none, and nothing is counted.
            number: how many calls.
        """
        if per_minute == 0:
            return None
        item = RateLimitItemPerMinute(per_minute, namespace=self._prefix)
        if self._shared is not None and self._monotonic() >= self._again_at:
            try:
                return _hit(self._shared, item, kind, who, number)
            except Exception as error:  # whatever it is, no request fails because of it
                self._again_at = self._monotonic() + _AGAIN_SECONDS
                log.warning("rate_limits_without_redis", error=type(error).__name__)
        return self._memory.hit(kind, who, per_minute, number)


def _hit(
    counter: FixedWindowRateLimiter, item: RateLimitItem, kind: str, who: str, number: int
) -> int | None:
    if counter.hit(item, kind, who, cost=number):
        return None
    resets_at = counter.get_window_stats(item, kind, who).reset_time
    return max(1, int(resets_at - time.time()) + 1)


def _redis(url: str) -> Any:
    options: dict[str, Any] = {
        "socket_timeout": _REDIS_SECONDS,
        "socket_connect_timeout": _REDIS_SECONDS,
        "retry": None,
    }
    try:
        return storage_from_string(url, **options)
    except (ConfigurationError, ValueError) as error:
        raise SettingsError(
            f"NBA_REDIS_URL cannot be used: {error}. Expected redis://host:port/0 and the extra:"
            " pip install -e '.[redis]'."
        ) from error
