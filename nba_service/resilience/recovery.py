"""The recovery worker.

One thread per process that asks a store that is down, and replays the journal. Once a second it has the store
shorten its log of writes, once a day make room for the months ahead. When a journey file says of more events
that they take consents back, it has the store record those that are stored. It starts in each process after
the fork, and must outlive whatever happens.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from nba_service.errors import ContentionError, StoreError
from nba_service.resilience.replay import Replay
from nba_service.resilience.resilient_store import ResilientStore

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 0.1
_PROBE_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.2
_DAY_SECONDS: Final = 86_400.0
_CLEAN_SECONDS: Final = 5.0
_STATES_SECONDS: Final = 1.0
_LOG_SECONDS: Final = 1.0


class RecoveryWorker:
    """Watches one resilient store."""

    def __init__(
        self,
        store: ResilientStore,
        replay: Replay,
        withdraws: Callable[[], Mapping[str, Sequence[str]]] = dict,
        *,
        on: bool = True,
        aside: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the thread.

        Args:
            withdraws: what the journey file that decides now says of events that take consents back.
            on: False: nothing happens by itself; the caller calls ``look``.
            aside: called several times a second, and while a long journal is replayed.
        """
        self._aside = aside
        self.replay = replay
        self._withdraws = withdraws
        self._recorded: Mapping[str, Sequence[str]] = {}
        self._states_due = 0.0
        self._states_after: str | None = ""
        self._states_made = 0
        self._on = on
        self._store = store
        self._pid = -1
        self._clean_due = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._log_due = time.monotonic() + _LOG_SECONDS
        self._months_due = time.monotonic() + _DAY_SECONDS  # whoever migrated has made room

    def start(self) -> None:
        """Watch, in this process; harmless when it is done already."""
        with self._lock:
            if self._on and self._pid != os.getpid():
                self._pid, self._stop = os.getpid(), threading.Event()
                threading.Thread(
                    target=self._watch, args=(self._stop,), name="nba-recovery", daemon=True
                ).start()

    def stop(self) -> None:
        self._stop.set()

    def look(self) -> None:
        """Replay if something waits; a store that was down is back once it answers and takes what waits.

        The breaker closes with the first records that are stored: requests then wait a moment for the rest
        instead of adding to it, else a busy service would never catch up.
        """
        store = self._store
        if not store.breaker.closed and not store.probe(_PROBE_SECONDS):
            return
        try:
            if not store.journal.empty and self.replay.run(progress=self._progressed):
                log.info("journal_replayed", records=self.replay.counts.replayed)
        except ContentionError as error:  # it answers, and this record will have its turn
            log.warning("journal_waits", error=type(error).__name__, detail=str(error))
        except (StoreError, OSError, SQLAlchemyError) as error:
            log.warning("journal_waits", error=type(error).__name__, detail=str(error)[:300])
            store.breaker.trip()
            return
        if not store.breaker.closed:
            store.breaker.close()
            log.info("store_is_back")

    def _progressed(self) -> None:
        self._store.breaker.close()
        if self._on:
            self._refresh()

    def _refresh(self) -> None:
        try:
            self._aside()
        except (StoreError, OSError) as error:  # what is known stays as it is
            log.warning("health_not_refreshed", error=type(error).__name__)

    def keep_months(self) -> None:
        """Have the store make room for the months ahead, if that was not done today."""
        if time.monotonic() < self._months_due or not self._store.breaker.closed:
            return
        self._months_due = time.monotonic() + _DAY_SECONDS
        self._store.plain.keep_months(int(time.time() * 1000))

    def shorten_log(self) -> None:
        """Have the store shorten its log of writes, so that no request has to; once a second."""
        now = time.monotonic()
        if now < self._log_due or not self._store.breaker.closed:
            return
        self._log_due = now + _LOG_SECONDS
        with suppress(StoreError):  # requests meet it too, and they say so
            self._store.plain.shorten_log()

    def clean_refused(self) -> None:
        """Take who was erased on another host out of this one's refused file, if it is time."""
        if time.monotonic() < self._clean_due or not self._store.breaker.closed:
            return
        self._clean_due = time.monotonic() + _CLEAN_SECONDS
        self.replay.refused.run()

    def make_states(self) -> None:
        """Have the store make states that were left behind: those of a store from before there were any, too.

        Some people a second, so that requests hardly notice.
        """
        now = time.monotonic()
        if now < self._states_due or not self._store.breaker.closed or not self._store.journal.empty:
            return
        self._states_due = now + _STATES_SECONDS
        self._store.plain.catch_up_states()
        if self._states_after is not None:
            made, self._states_after = self._store.plain.make_states(self._states_after)
            self._states_made += made
            if self._states_after is None and self._states_made:
                log.info("states_made", people=self._states_made)

    def record_withdrawals(self) -> None:
        """Have the store record the refusals that its events are, if the journey file says so now."""
        withdraws = self._withdraws()
        if withdraws == self._recorded or not self._store.breaker.closed:
            return
        people = self._store.plain.record_withdrawals(withdraws, int(time.time() * 1000), again=False)
        self._recorded = withdraws
        if people:
            log.info("withdrawals_recorded", people=people)

    def _watch(self, stop: threading.Event) -> None:
        wanted = self._store.wanted
        while not stop.is_set():
            if wanted.wait(_LOOK_SECONDS if self._store.breaker.closed else _PROBE_SECONDS):
                wanted.clear()
            self._refresh()
            try:
                self.look()
                self.shorten_log()
                self.keep_months()
                self.clean_refused()
                self.record_withdrawals()
                self.make_states()
            except Exception:  # the thread must outlive whatever a disk or a database does
                log.exception("recovery_failed")
            if not self._store.breaker.closed:
                stop.wait(_PAUSE_SECONDS)  # however often it is called
