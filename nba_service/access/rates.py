"""How often one caller may call.

Fixed windows of a minute, counted in Redis or in this process. Knows counters and the passing of time; knows
nothing of requests. Redis that does not answer within a twentieth of a second is left alone for five: each
process then counts for itself, and no request fails or waits for it. (The engine is that of flask-limiter,
used directly: the limit of an address is looked at before the key is known, the limit of a key after.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from nba_service.errors import SettingsError

log = structlog.get_logger(__name__)

_REDIS_SECONDS: Final = 0.05
_AGAIN_SECONDS: Final = 5.0


class Rates:
    """Counts what callers do.

    Safe for many threads and, with Redis, many replicas.
    """

    def __init__(
        self, redis_url: str | None, *, monotonic: Callable[[], float] = time.monotonic, prefix: str = "nba"
    ) -> None:
        self._prefix = prefix
        self._monotonic = monotonic
        self._memory = FixedWindowRateLimiter(MemoryStorage())
        self._shared = None if redis_url is None else FixedWindowRateLimiter(_redis(redis_url))
        self._again_at = float("-inf")

    def exceeded(self, kind: str, who: str, per_minute: int) -> int | None:
        """Count one call of ``who``; seconds until the next may come, or None if it was within the limit.

        ``per_minute`` 0: no limit, and nothing is counted.
        """
        if per_minute == 0:
            return None
        item = RateLimitItemPerMinute(per_minute, namespace=self._prefix)
        if self._shared is not None and self._monotonic() >= self._again_at:
            try:
                return _hit(self._shared, item, kind, who)
            except Exception as error:  # whatever it is, no request fails because of it
                self._again_at = self._monotonic() + _AGAIN_SECONDS
                log.warning("rate_limits_without_redis", error=type(error).__name__)
        return _hit(self._memory, item, kind, who)


def _hit(counter: FixedWindowRateLimiter, item: RateLimitItem, kind: str, who: str) -> int | None:
    if counter.hit(item, kind, who):
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
            f"NBA_REDIS_URL cannot be used: {error}. Expected redis://host:port/0 and the extra: pip install"
            " 'nba[redis]'."
        ) from error
