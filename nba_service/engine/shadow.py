"""The shadow computes what another bundle would have decided.

It does so behind the answer, to compare the two. It works on a thread of its own and from a short queue: what
does not fit is dropped and counted. Knows nothing of stores or HTTP.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from queue import Empty, Full, Queue
from typing import Final

import structlog

from models.domain.decision import Decision, DecisionRequest
from models.policy.decide import decide
from models.policy.engine import Engine

log = structlog.get_logger(__name__)

_WAITING: Final = 2_000
"""Decisions that wait; a batch of 1,000 fits."""
_IDLE_SECONDS: Final = 5.0


class Shadow:
    """Decides again with another engine, to compare.

    Never fails or holds up who asked.

    Args:
        engine: the shadow's; None: there is none now.
    """

    def __init__(self, engine: Callable[[], Engine | None]) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._pid = -1
        self._queue: Queue[tuple[DecisionRequest, Decision]] = Queue(_WAITING)
        self._running = False

    def offer(self, answered: Iterable[tuple[DecisionRequest, Decision]]) -> None:
        """Decisions that were answered."""
        if self._engine() is None:
            return
        for item in answered:
            try:
                self._queue.put_nowait(item)
            except Full:
                self._count("dropped")
        self._ensure()

    def counts(self) -> Mapping[str, int]:
        """``same`` and ``other`` first actions, ``failed`` and ``dropped``, since this process started."""
        with self._lock:
            return dict(self._counts)

    def _ensure(self) -> None:
        with self._lock:
            if self._running and self._pid == os.getpid():
                return
            self._pid, self._running = os.getpid(), True
        threading.Thread(target=self._work, name="nba-shadow", daemon=True).start()

    def _work(self) -> None:
        while True:
            try:
                request, decision = self._queue.get(timeout=_IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if self._queue.empty():
                        self._running = False
                        return
                continue
            try:
                self._compare(request, decision)
            except Exception:  # a shadow is on trial: it may fail in any way
                self._count("failed")
                log.exception("shadow_failed", decision=decision.decision_id)

    def _compare(self, request: DecisionRequest, decision: Decision) -> None:
        engine = self._engine()
        if engine is None:
            return
        shadow = decide(engine, request)
        first, other = decision.actions[0], shadow.actions[0]
        same = (first.action, first.channel) == (other.action, other.channel)
        self._count("same" if same else "other")
        log.info(
            "shadow_decision",
            decision=decision.decision_id,
            bundle=shadow.bundle,
            action=other.action,
            channel=other.channel,
            action_probability=float(other.action_probability),
            priority=float(other.value.priority),
            decided=first.action,
            same=same,
        )

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
