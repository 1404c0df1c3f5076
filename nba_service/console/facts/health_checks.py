"""The promises of the service, judged.

Each with what is seen of it, how it stands and what to do. Judges facts; knows nothing of where they come
from. The paragraphs of what to do are those of the runbook (docs/how-to/monitor.md), which a test compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

GOOD: Final = "good"
WARN: Final = "warn"
BAD: Final = "bad"
ENOUGH: Final = 50
"""Fewer decisions than this since the start say nothing about shares."""

CHAMPION_DAYS: Final = 30
TRAINING_DAYS: Final = 7
DRIFT_BOUND: Final = 0.25
DEGRADED_BOUND: Final = 0.005
FALLBACK_BOUND: Final = 0.01
EXPLORE_BOUND: Final = 0.01
LATE_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A channel that events come from.

    Its newest event, its longest silence, and how many came on each day lately.
    """

    name: str
    newest: datetime | None
    longest_gap: timedelta | None
    days: tuple[int, ...] = ()

    def silent_for(self, now: datetime) -> timedelta | None:
        return None if self.newest is None else max(now - self.newest, timedelta())

    def late(self, now: datetime) -> bool:
        """Silent for more than twice its longest silence, and for an hour at least."""
        silent = self.silent_for(now)
        if silent is None or self.longest_gap is None:
            return False
        return silent > max(2 * self.longest_gap, timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the promises are judged by.

    Counts are of all workers since the service started.
    """

    now: datetime
    ready: bool = True
    decisions: float = 0.0
    failed: float = 0.0
    slowest: float | None = None  # seconds within which 99 of 100 decisions were answered
    deadline: float = 0.2
    degraded: Mapping[str, float] = field(default_factory=dict)
    waiting: int = 0
    refused: int = 0
    store_problems: Sequence[str] = ()
    disks: Sequence[str] = ()
    sources: Sequence[Source] = ()
    outcome_half: float | None = None
    outcome_most: float | None = None
    drift: float | None = None
    explored: float = 0.0
    newest_bundle: datetime | None = None
    newest_refused: bool = False
    champion: str | None = None
    champion_since: datetime | None = None
    fallbacks: Mapping[str, float] = field(default_factory=dict)
    rule_failures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One line of the page.

    ``case``: which sentence of the words says how it stands; ``runbook``: heading of what to do, if anything.
    """

    name: str
    status: str
    case: str
    values: Mapping[str, object] = field(default_factory=dict)
    runbook: str | None = None


def judge(facts: Facts) -> list[Promise]:
    """Every promise, in the order of the page."""
    return [
        _answers(facts),
        _speed(facts),
        _whole(facts),
        _journal(facts),
        _disk(facts),
        _feeds(facts),
        _outcomes(facts),
        _drift(facts),
        _exploring(facts),
        _rules(facts),
        _texts(facts),
        _training(facts),
        _champion(facts),
    ]


def _answers(facts: Facts) -> Promise:
    if not facts.ready:
        return Promise(name="answers", status=BAD, case="not_ready", runbook="NbaServerErrors")
    if facts.store_problems:
        why = {"why": " ".join(facts.store_problems)}
        return Promise(name="answers", status=BAD, case="store", values=why, runbook="NbaServerErrors")
    if not facts.decisions:
        return Promise(name="answers", status=GOOD, case="none")
    values = {"n": facts.decisions, "failed": facts.failed}
    if facts.failed:
        return Promise(name="answers", status=WARN, case="failed", values=values, runbook="NbaServerErrors")
    return Promise(name="answers", status=GOOD, case="all", values=values)


def _speed(facts: Facts) -> Promise:
    if facts.slowest is None:
        return Promise(name="speed", status=GOOD, case="none")
    values = {"ms": 1000 * facts.slowest, "deadline": 1000 * facts.deadline}
    if facts.slowest > facts.deadline:
        return Promise(name="speed", status=WARN, case="slow", values=values, runbook="NbaSlow")
    return Promise(name="speed", status=GOOD, case="fast", values=values)


def _whole(facts: Facts) -> Promise:
    lacking = sum(facts.degraded.values())
    if not facts.decisions:
        return Promise(name="whole", status=GOOD, case="none")
    values = {"n": lacking, "all": facts.decisions, "why": ", ".join(facts.degraded)}
    if not lacking:
        return Promise(name="whole", status=GOOD, case="all", values=values)
    status = WARN if lacking > DEGRADED_BOUND * facts.decisions else GOOD
    return Promise(name="whole", status=status, case="some", values=values, runbook="NbaDegraded")


def _journal(facts: Facts) -> Promise:
    values = {"n": facts.waiting, "refused": facts.refused}
    if facts.waiting:
        return Promise(name="journal", status=BAD, case="waiting", values=values, runbook="NbaJournalGrows")
    if facts.refused:
        return Promise(name="journal", status=WARN, case="refused", values=values, runbook="NbaJournalGrows")
    return Promise(name="journal", status=GOOD, case="empty")


def _disk(facts: Facts) -> Promise:
    if facts.disks:
        return Promise(name="disk", status=BAD, case="full", values={"why": " ".join(facts.disks)})
    return Promise(name="disk", status=GOOD, case="room")


def _feeds(facts: Facts) -> Promise:
    late = [source for source in facts.sources if source.late(facts.now)]
    values: dict[str, object] = {"n": len(late), "all": len(facts.sources)}
    if not facts.sources:
        return Promise(name="feeds", status=GOOD, case="none")
    if not late:
        return Promise(name="feeds", status=GOOD, case="all", values=values)
    values |= {
        "source": late[0].name,
        "silent": late[0].silent_for(facts.now),
        "longest": late[0].longest_gap,
    }
    return Promise(name="feeds", status=BAD, case="late", values=values, runbook="NbaOutcomesMissing")


def _outcomes(facts: Facts) -> Promise:
    if facts.outcome_half is None:
        return Promise(name="outcomes", status=GOOD, case="none")
    half, most = (None if v is None else timedelta(seconds=min(v, 30 * 86_400)) for v in
                  (facts.outcome_half, facts.outcome_most))  # fmt: skip
    values = {"half": half, "most": most}
    if facts.outcome_half > LATE_SECONDS:
        return Promise(name="outcomes", status=WARN, case="late", values=values, runbook="NbaOutcomesLate")
    return Promise(name="outcomes", status=GOOD, case="soon", values=values)


def _drift(facts: Facts) -> Promise:
    if facts.drift is None:
        return Promise(name="drift", status=GOOD, case="none")
    values = {"index": facts.drift, "bound": DRIFT_BOUND}
    if facts.drift > DRIFT_BOUND:
        return Promise(name="drift", status=WARN, case="far", values=values, runbook="NbaPopulationDrifts")
    return Promise(name="drift", status=GOOD, case="near", values=values)


def _exploring(facts: Facts) -> Promise:
    if facts.decisions < ENOUGH:
        return Promise(name="exploring", status=GOOD, case="none")
    share = facts.explored / facts.decisions
    if share < EXPLORE_BOUND:
        return Promise(
            name="exploring", status=WARN, case="little", values={"share": share}, runbook="NbaNoExploration"
        )
    return Promise(name="exploring", status=GOOD, case="enough", values={"share": share})


def _rules(facts: Facts) -> Promise:
    failing = sum(facts.rule_failures.values())
    if not failing:
        return Promise(name="rules", status=GOOD, case="all")
    values = {"n": failing, "rules": ", ".join(facts.rule_failures)}
    return Promise(name="rules", status=WARN, case="fail", values=values, runbook="NbaRuleFails")


def _texts(facts: Facts) -> Promise:
    fallen = sum(facts.fallbacks.values())
    if not fallen:
        return Promise(name="texts", status=GOOD, case="all")
    values = {"n": fallen, "actions": ", ".join(facts.fallbacks)}
    status = WARN if fallen > FALLBACK_BOUND * max(facts.decisions, 1.0) else GOOD
    return Promise(name="texts", status=status, case="some", values=values, runbook="NbaContentFallsBack")


def _training(facts: Facts) -> Promise:
    if facts.newest_bundle is None:
        return Promise(name="training", status=WARN, case="none")
    age = facts.now - facts.newest_bundle
    values = {"age": age}
    if facts.newest_refused:
        return Promise(
            name="training", status=WARN, case="refused", values=values, runbook="NbaBundleRefused"
        )
    if age > timedelta(days=TRAINING_DAYS):
        return Promise(name="training", status=WARN, case="old", values=values)
    return Promise(name="training", status=GOOD, case="new", values=values)


def _champion(facts: Facts) -> Promise:
    if facts.champion is None or facts.champion_since is None:
        return Promise(name="champion", status=WARN, case="none")
    age = facts.now - facts.champion_since
    values = {"bundle": facts.champion, "age": age, "most": timedelta(days=CHAMPION_DAYS)}
    case = "old" if age > timedelta(days=CHAMPION_DAYS) else "young"
    return Promise(name="champion", status=WARN if case == "old" else GOOD, case=case, values=values)
