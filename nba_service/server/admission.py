"""Decides which requests wait for a thread.

Those that would wait too long are refused. A bounded queue in order of arrival. A request that has waited for
half of its deadline is refused: the other half is what answering takes, and an answer that comes too late
costs as much as one that is used. Health and metrics do not stand in this queue.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Final, Generic, Protocol, TypeVar

from nba_service.server.request_buffer import RequestBuffer

PATIENCE: Final = 0.5
"""The share of its deadline that a request may wait for a thread."""

_PROBES: Final = re.compile(rb"(?:GET|HEAD) /(?:healthz|readyz|metrics)[ ?]")
_WEB: Final = re.compile(rb"POST /(?:v1/decisions|v1/slots|ofrep/|personalizer/|action-recommendations)")
_LONG: Final = re.compile(rb"POST /v1/decisions/batch")
_DEADLINE: Final = re.compile(rb"\r\nx-deadline-ms[ \t]*:[ \t]*(\d{1,5})[ \t]*\r\n", re.IGNORECASE)
_WHEN_BUSY: Final = re.compile(rb"\r\nx-when-busy[ \t]*:[ \t]*answer[ \t]*\r\n", re.IGNORECASE)


class Waiting(Protocol):
    """A request that waits, as the queue sees it."""

    whole_at: float
    """When its last byte could be read (``time.monotonic()``)."""
    patience: float
    """How many seconds it may wait for a thread."""


Item = TypeVar("Item", bound=Waiting)


def is_late(item: Waiting, now: float) -> bool:
    """Whether it has waited for longer than it may."""
    return now - item.whole_at > item.patience


class AdmissionQueue(Generic[Item]):
    """Requests that are whole and wait for a thread, oldest first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: deque[Item] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: Item, now: float) -> Iterator[Item]:
        """Let ``item`` wait; gives those that are refused for it: the ones that are late, else itself."""
        if len(self._items) >= self._most:
            yield from self._late(now)
        if len(self._items) >= self._most:
            yield item
        else:
            self._items.append(item)

    def next(self, now: float) -> tuple[Item | None, list[Item]]:
        """The request to answer now, if any, and those that are refused because they waited too long."""
        late: list[Item] = []
        while self._items:
            item = self._items.popleft()
            if not is_late(item, now):
                return item, late
            late.append(item)
        return None, late

    def remove(self, item: Item) -> bool:
        """Take out one whose client has gone; whether it was there."""
        try:
            self._items.remove(item)
        except ValueError:
            return False
        return True

    def _late(self, now: float) -> Iterator[Item]:
        while self._items and is_late(self._items[0], now):
            yield self._items.popleft()


class Patience:
    """How long a request may wait, read from its head."""

    def __init__(self, web_seconds: float, mail_seconds: float, most_seconds: float) -> None:
        """Deadlines in pages and of all else; ``most_seconds``: for callers who want any answer."""
        self._web = web_seconds
        self._mail = mail_seconds
        self._most = most_seconds

    def of(self, buffer: RequestBuffer) -> float:
        """Seconds that this request may wait for a thread."""
        head = buffer.head
        if _WHEN_BUSY.search(head) is not None:
            return self._most
        in_page = _WEB.match(head) is not None and _LONG.match(head) is None
        deadline = self._web if in_page else self._mail
        wanted = _DEADLINE.search(head)
        if wanted is not None:
            deadline = min(deadline, int(wanted[1]) / 1000)
        return deadline * PATIENCE


def is_probe(buffer: RequestBuffer) -> bool:
    """Whether it asks for health, readiness or metrics."""
    return _PROBES.match(buffer.head) is not None
