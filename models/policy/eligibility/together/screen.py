"""Which treatments are candidates, of many customers at once.

The same as ``Eligibility.screen`` for each. What happened is read in columns; customers about whom all
barriers say the same share one answer. Requests that have no columns (of an account, with a window for
delivery, with contacts that lie ahead, with reasons for people) are screened one by one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from models.arrays import Ints, Mask
from models.domain.decision import DecisionRequest
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.errors import RuleError
from models.learned.features.situations import Situations
from models.policy.eligibility.eligibility import Eligibility
from models.policy.eligibility.repeats import RepeatRules
from models.policy.eligibility.screening import SEEN_AGAIN, EligibilityFilter, FilterResult, Refusal
from models.policy.eligibility.together.records import ManyRecords, OwnEvents, Records
from models.policy.eligibility.together.variables import ManyVariables, Variables
from models.policy.eligibility.together.verdicts import AllPolicyTests, PolicyTests, Verdict
from models.policy.eligibility.treatment_sets import codes_of

_KEPT: Final = 4_096
"""Answers that are kept of one sort."""


@dataclass(slots=True)
class _Passed:
    """Treatments that passed some barriers, and the refusals of the others.

    ``after``: by what the next barriers say, what is left after them.
    """

    passing: int
    refusals: tuple[Refusal, ...]
    failures: tuple[str, ...]
    tests: PolicyTests | None = None
    after: dict[Hashable, _Passed] = field(default_factory=dict)

    @classmethod
    def of(cls, eligible: EligibilityFilter) -> _Passed:
        return cls(eligible.passing, tuple(eligible.refusals), tuple(eligible.failures))

    def begin(self, size: int) -> EligibilityFilter:
        """A filter that goes on from here."""
        eligible = EligibilityFilter(size)
        eligible.passing, eligible.refusals = self.passing, [*self.refusals]
        eligible.failures = dict.fromkeys(self.failures)
        return eligible


@dataclass(frozen=True, slots=True)
class _Barrier:
    """A barrier that refuses the same treatments to everybody whom it concerns."""

    treatments: int
    tier: str
    code: str


class ScreenTogether:
    """The barriers of a journey, for many customers."""

    def __init__(self, journey: Journey, one: Eligibility) -> None:
        self._one = one
        self._size = len(journey.treatments)
        self._records = ManyRecords(journey, one.limits, one.keeper)
        self._repeats = ManyRepeats(one.past)
        paths = frozenset().union(*(policy.rule.paths for policy in one.policies.compiled))
        self._variables = ManyVariables(journey, paths)
        self._tests = AllPolicyTests(one.policies.compiled)
        limits = [
            _Barrier(treatments, "contact", limit.code)
            for treatments, limit in zip(one.by_limit, one.limits.limits, strict=True)
        ]
        quiet = [_Barrier(one.by_channel[c.name], "contact", "QUIET_HOURS") for c, _ in one.quiet]
        self._later = [*self._repeats.barriers, *limits, *quiet]
        self._begun = _Passed.of(EligibilityFilter(self._size))

    def screen(
        self, requests: Sequence[DecisionRequest], situations: Situations, requested: Sequence[int]
    ) -> list[FilterResult]:
        """``Eligibility.screen`` of each request; ``situations``: one a request, in their order."""
        found: dict[int, FilterResult] = {}
        plain = [at for at, request in enumerate(requests) if self._has_columns(request, situations)]
        if plain:
            everybody = len(plain) == len(requests)
            own = requests if everybody else [requests[at] for at in plain]
            admitted = requested if everybody else [requested[at] for at in plain]
            some = situations if everybody else situations.take(np.array(plain))
            found.update(zip(plain, self._screen(own, some, admitted), strict=True))
        return [
            found[at] if at in found else self._alone(requests[at], situations, requested[at], at)
            for at in range(len(requests))
        ]

    def _has_columns(self, request: DecisionRequest, situations: Situations) -> bool:
        return (
            request.account is None
            and request.window is None
            and not request.ahead
            and not request.explain
            and situations.history.folded is None
            and not self._variables.of_accounts
        )

    def _alone(
        self, request: DecisionRequest, situations: Situations, requested: int, at: int
    ) -> FilterResult:
        return self._one.screen(request, situations.take(slice(at, at + 1)), requested)

    def _screen(
        self, requests: Sequence[DecisionRequest], situations: Situations, requested: Sequence[int]
    ) -> list[FilterResult]:
        history, instant = situations.history, situations.instant
        own = OwnEvents.of(history.start, situations.customer, situations.end)
        records = self._records.read(history, own, instant)
        stated = self._stated(requests, situations, requested)
        judged = self._judged(stated, requests, situations, own, records)
        later = _rows_of(
            (
                self._repeats.refused(records, instant),
                records.headroom <= 0,
                self._quiet(situations.local_ms),
            )
        )
        rooms = [self._rooms(request.rooms) for request in requests] if self._one.scarce else None
        headroom = records.headroom
        if rooms is not None:
            headroom = np.hstack([headroom, np.array(rooms, dtype=np.int64)])
        results = []
        for at, (passed, refusing, room) in enumerate(zip(judged, later, headroom, strict=True)):
            again = partial(self._alone, requests[at], situations, requested[at], at)
            if passed is None:
                results.append(again())
                continue
            left = rooms[at] if rooms is not None else ()
            last = passed.after.get((refusing, left))
            if last is None:
                last = _kept(passed, (refusing, left), self._refuse(passed, refusing, left))
            candidates = codes_of(last.passing, self._size)
            results.append(FilterResult(candidates, room, last.refusals, last.failures, again))
        return results

    def _stated(
        self, requests: Sequence[DecisionRequest], situations: Situations, requested: Sequence[int]
    ) -> list[_Passed]:
        """What is left after the barriers that need nothing of what happened."""
        barriers, known, passed = self._one.stated, self._begun.after, []
        columns = (requests, situations.phase.tolist(), situations.instant.tolist(), requested)
        for request, phase, instant, admitted in zip(*columns, strict=True):
            key = barriers.key(request, phase, instant, admitted)
            one = known.get(key)
            if one is None:
                eligible = EligibilityFilter(self._size)
                barriers.ask(eligible, request, phase, instant, admitted)
                one = _kept(self._begun, key, _Passed.of(eligible))
                one.tests = self._tests.about(one.passing)
            passed.append(one)
        return passed

    def _judged(
        self,
        stated: Sequence[_Passed],
        requests: Sequence[DecisionRequest],
        situations: Situations,
        own: OwnEvents,
        records: Records,
    ) -> list[_Passed | None]:
        """What is left after the policies; None: a rule failed, and has to say for whom."""
        variables: Iterable[Variables] = [{}] * len(requests)
        if any(one.tests is not None and one.tests.asks for one in stated):
            variables = self._variables.variables(situations, requests, own, records)
        return [self._judge(one, known) for one, known in zip(stated, variables, strict=True)]

    def _judge(self, stated: _Passed, variables: Variables) -> _Passed | None:
        tests = stated.tests
        if tests is None:
            return stated
        try:
            verdict: Verdict = tests.verdict(variables)
        except RuleError:
            return None
        passed = stated.after.get(verdict)
        if passed is None:
            eligible = stated.begin(self._size)
            tests.apply(verdict, eligible)
            passed = _kept(stated, verdict, _Passed.of(eligible))
        return passed

    def _refuse(self, passed: _Passed, refusing: bytes, left: Sequence[int]) -> _Passed:
        """What is left after the barriers that refuse, and the channels that are full."""
        eligible = passed.begin(self._size)
        packed = np.frombuffer(refusing, dtype=np.uint8)
        for index in np.unpackbits(packed, count=len(self._later)).nonzero()[0].tolist():
            barrier = self._later[index]
            eligible.refuse(barrier.treatments, barrier.tier, barrier.code, SEEN_AGAIN)
        for channel, room in zip(self._one.scarce, left, strict=bool(left)):
            if room <= 0:
                eligible.refuse(self._one.by_channel[channel.name], "contact", "CAPACITY", SEEN_AGAIN)
        return _Passed.of(eligible)

    def _quiet(self, local_ms: Ints) -> Mask:
        """Whether it is quiet on each channel that has quiet hours, shape (n, channels)."""
        clock = local_ms % DAY_MS
        quiet = np.empty((len(local_ms), len(self._one.quiet)), dtype=np.bool_)
        for column, (_, (start, end)) in enumerate(self._one.quiet):
            after, before = clock >= start, clock < end
            quiet[:, column] = after & before if start < end else after | before
        return quiet

    def _rooms(self, rooms: Mapping[str, int]) -> tuple[int, ...]:
        return tuple([rooms.get(c.name, c.daily_capacity or 0) for c in self._one.scarce])


class ManyRepeats:
    """What customers' own records with actions forbid, as columns.

    ``barriers``: in the order that ``RepeatRules`` asks them in.
    """

    def __init__(self, rules: RepeatRules) -> None:
        self._requires = [(action, [*required.values()]) for action, required in rules.requires.items()]
        self._repeat = sorted(rules.repeat_days)
        self._rest_ms = np.array([rules.repeat_days[action] for action in self._repeat]) * DAY_MS
        self._answered = sorted(rules.stop_positive)
        self._ignored = sorted(rules.stop_ignored)
        self._most = np.array([rules.stop_ignored[action] for action in self._ignored], dtype=np.int64)
        named = [
            *((action, "REQUIRES") for action, _ in self._requires),
            *((action, "REPEAT") for action in self._repeat),
            *((action, "ALREADY_ANSWERED") for action in self._answered),
            *((action, "IGNORED") for action in self._ignored),
        ]
        self.barriers = [_Barrier(rules.treatments[action], "repeat", code) for action, code in named]

    def refused(self, records: Records, instant: Ints) -> Mask:
        """Whether each barrier refuses, shape (n, barriers)."""
        known = (records.contacts > 0) | records.positive
        missing = [~np.logical_and.reduce(known[:, required], axis=1) for _, required in self._requires]
        return np.concatenate(
            [
                *(column[:, None] for column in missing),
                instant[:, None] - records.last_contact[:, self._repeat] < self._rest_ms,
                records.positive[:, self._answered],
                records.unanswered[:, self._ignored] >= self._most,
            ],
            axis=1,
        )


def _kept(passed: _Passed, key: Hashable, after: _Passed) -> _Passed:
    if len(passed.after) >= _KEPT:
        passed.after.clear()
    passed.after[key] = after
    return after


def _rows_of(columns: Sequence[Mask]) -> list[bytes]:
    """Each row of some masks as bits."""
    packed = np.packbits(np.concatenate(columns, axis=1), axis=1)
    return [row.tobytes() for row in packed]
