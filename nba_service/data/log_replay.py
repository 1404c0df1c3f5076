"""The log, decided again.

Replay with the engines of the time, rehearsal with one that is not live yet. Knows how logged decisions are
read and what was kept for them; stores nothing and counts nothing. How two engines are compared:
``models/policy/rehearsal/rehearsal.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from models.domain.decision import DecisionRequest
from models.domain.history import from_ms
from models.errors import NBAError
from models.policy.batch.rows import RunContext
from models.policy.rehearsal.rehearsal import Rehearsal, RehearsalReport
from nba_service.data.rehearsed_change import RehearsedChange
from nba_service.data.run_replay import replay_of_run
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.decisions.recorded import as_of_then
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.store.interface import RequestStore
from nba_service.store.rows import DecisionRow

_PAGE: Final = 500
_MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A decision that came out otherwise.

    The fields that differ, as (recorded, replayed).
    """

    decision_id: str
    fields: Mapping[str, tuple[object, object]]


@dataclass(slots=True)
class ReplayReport:
    """What came of a replay.

    ``impossible``: why → how many; erased decisions keep too little to be replayed,
    and so do imported ones, but for those of runs over tables.
    """

    decisions: int = 0
    identical: int = 0
    different: int = 0
    impossible: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)  # the first hundred


class Replaying:
    """Reads the log of one store and decides it again."""

    def __init__(self, store: RequestStore, source: EngineSource, decisions: Decisions) -> None:
        self._store = store
        self._source = source
        self._decisions = decisions

    def replay(self, since: int, most: int) -> ReplayReport:
        """Every decision since a moment (ms) again, at most ``most``, compared with what was answered."""
        report = ReplayReport()
        for row in self._logged(since, most):
            report.decisions += 1
            try:
                recorded, replayed = self._replayed(row)
            except Problem as problem:
                report.impossible[problem.kind] = report.impossible.get(problem.kind, 0) + 1
                continue
            if recorded == replayed:
                report.identical += 1
                continue
            report.different += 1
            if len(report.differences) < _MOST_SHOWN:
                fields = _differing(recorded, replayed)
                report.differences.append(Difference(decision_id=row.decision_id, fields=fields))
        return report

    def _replayed(self, row: DecisionRow) -> tuple[Mapping[str, object], Mapping[str, object]]:
        """What is recorded of a decision, and the same today."""
        told = None if row.answer is not None else RunContext.read(row.context)
        if told is not None:
            return replay_of_run(self._store, self._source, self._decisions, row, told)
        compared = self._decisions.recorded.replay(row.decision_id)
        return compared["recorded"], as_of_then(compared["recorded"], compared["replayed"])

    def rehearse(
        self, change: RehearsedChange, since: int, most: int
    ) -> tuple[RehearsalReport, Counter[str]]:
        """The log with a change; and why some decisions could not be rehearsed."""
        rehearsal = Rehearsal(change.engine)
        impossible: Counter[str] = Counter()
        for row in self._logged(since, most):
            try:
                serving, request = self._engine_and_request_of(row)
            except Problem as problem:
                impossible[problem.kind] += 1
                continue
            try:
                after = change.instead_of(serving.engine)
            except NBAError as error:
                rehearsal.refuse(error.code)
                continue
            rehearsal.add(serving.engine, request, after)
        return rehearsal.report(), impossible

    def _engine_and_request_of(self, row: DecisionRow) -> tuple[Serving, DecisionRequest]:
        """What a decision was made from; of an imported one what the store knows of that moment.

        That is decided by the champion, since what decided then is not kept.
        """
        if row.answer is not None or row.state is not None or self._store.customer(row.customer_id) is None:
            return self._decisions.recorded.engine_and_request_of(row)
        call = DecisionCall(
            customer_id=row.customer_id,
            decision_id=row.decision_id,
            channels=None if row.channel is None else (row.channel,),
            decided_at=from_ms(row.decided_at),
        )
        made = self._decisions.hypothetical(call)
        return made.serving, made.request

    def _logged(self, since: int, most: int) -> Iterator[DecisionRow]:
        after = (since - 1, "")
        while most > 0:
            rows = self._store.decided_since(since, after, min(_PAGE, most))
            yield from rows
            if not rows:
                return
            most -= len(rows)
            after = (rows[-1].decided_at, rows[-1].decision_id)


def _differing(
    recorded: Mapping[str, object], replayed: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    names = [*recorded, *(name for name in replayed if name not in recorded)]
    return {
        name: (recorded.get(name), replayed.get(name))
        for name in names
        if recorded.get(name) != replayed.get(name)
    }
