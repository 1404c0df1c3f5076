"""Threads that look for other bundles and for what was learned."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog

_LEARN_AGAIN_SECONDS: Final = 30.0  # after a count that failed or took too long

log = structlog.get_logger(__name__)


class Watcher:
    """Calls ``look`` and ``learn`` again and again.

    Both are threads of this process alone. Learning has a thread of its own: a count that takes long must not
    hold up a rollback.
    """

    def __init__(self, look: Callable[[], None], learn: Callable[[], bool], every_seconds: float) -> None:
        """``learn`` says whether it went well; if not, it is left alone for a while."""
        self._look = look
        self._learn = learn
        self._every_seconds = every_seconds
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin in this process. Threads do not survive a fork, so a child starts its own."""
        self._stop = threading.Event()
        for name, work in (("nba-bundles", self._watch), ("nba-learning", self._keep_learning)):
            threading.Thread(target=work, args=(self._stop,), name=name, daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(self._every_seconds):
            try:
                self._look()
            except Exception:  # the thread must outlive whatever a registry on a network does
                log.exception("registry_unreadable")

    def _keep_learning(self, stop: threading.Event) -> None:
        pause = self._every_seconds
        while not stop.wait(pause):
            pause = self._every_seconds if self._learn() else _LEARN_AGAIN_SECONDS
