"""Past decisions are made again by another engine.

Knows two ways in which the same requests were worked out and compares them; knows nothing of stores or
where the requests come from. Shares are expectations (sums of action probabilities), so they do not hang
on the draws of the day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Final

from models.domain.decision import DecisionRequest
from models.domain.objective import ArmPolicy
from models.errors import NBAError
from models.policy.engine import Engine
from models.policy.rehearsal.look_ahead import WeekOfContacts, outbound_contacts
from models.policy.rehearsal.share_prices import SharePrice, Situated, share_prices
from models.policy.steps import DecisionSteps, run_steps, unbounded

_ROUTINE: Final = ("asked", "phase")
"""Tiers that say nothing of why somebody gets nothing: most actions always fall there."""
MOST_PRICED: Final = 5_000
"""Situations kept for share prices; more would hardly change them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How an action's expected number of first places changes."""

    action: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Decisions whose first place goes from one action to another.

    None: nothing was allowed; ``nothing``: something was, and doing nothing was chosen.
    """

    before: str | None
    after: str | None
    decisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Decisions in one phase that asked for a channel.

    In how many it had a candidate, before and after.
    """

    phase: str
    channel: str
    asked: int
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalReport:
    """What would change.

    Attributes:
        decisions: rehearsed.
        changed: with another answer to the same draw.
        nothing_before, nothing_after: decisions with no candidate but doing nothing, by phase.
        why_nothing_before, why_nothing_after: reason code → in how many of those it refused an action of the
            phase, the most frequent first.
        gain_before, gain_after: expected EUR over doing nothing a decision, each by its own account.
        shifts: by action, the largest change first.
        coverage: by phase and channel.
        rule_failures: policy → decisions in which its rule failed under the new engine.
        refused: error code → decisions that the new engine cannot make as they were asked.
        prices: what the new journey file's share bounds need.
        bounded: decisions in which its least propensity or gain refused an action.
        bounds_cost: EUR a decision that those refusals take, by the models' own account.
        flows: where first places go, the largest first; those that stay are left out.
        weeks: outbound contacts per customer that the decisions of a week (from Monday) should make.
    """

    decisions: int
    changed: int
    nothing_before: Mapping[str, int]
    nothing_after: Mapping[str, int]
    why_nothing_before: Mapping[str, int]
    why_nothing_after: Mapping[str, int]
    gain_before: float
    gain_after: float
    shifts: tuple[Shift, ...]
    coverage: tuple[Coverage, ...]
    rule_failures: Mapping[str, int]
    refused: Mapping[str, int]
    prices: tuple[SharePrice, ...]
    bounded: int
    bounds_cost: float
    flows: tuple[Flow, ...] = ()
    weeks: tuple[WeekOfContacts, ...] = ()


@dataclass(slots=True)
class _Side:
    """What is added up of one engine's answers."""

    shares: Counter[str] = field(default_factory=Counter)
    nothing: Counter[str] = field(default_factory=Counter)
    why_nothing: Counter[str] = field(default_factory=Counter)
    covered: Counter[tuple[str, str]] = field(default_factory=Counter)
    gain: float = 0.0
    contacts: dict[tuple[date, str], float] = field(default_factory=dict)  # week and customer


class Rehearsal:
    """Adds up past decisions under two engines.

    That of their time and the one that takes its place, one decision at a time.
    """

    def __init__(self, after: Engine) -> None:
        """``after``: what would decide now; share prices are for it."""
        self._after = after
        self._sides = (_Side(), _Side())
        self._requested: Counter[tuple[str, str]] = Counter()
        self._flows: Counter[tuple[str | None, str | None]] = Counter()
        self._failures: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._decisions = self._changed = self._bounded = 0
        self._bounds_cost = 0.0
        self._learned: list[DecisionSteps] = []

    def refuse(self, code: str) -> None:
        """Count a decision that cannot be made again, by the code of the error."""
        self._refused[code] += 1

    def add(self, before: Engine, request: DecisionRequest, after: Engine | None = None) -> None:
        """Work one request out both ways.

        Args:
            after: under the journey file of what would decide now; by default that itself.
        """
        after = after or self._after
        try:
            new = run_steps(after, request)
        except NBAError as error:
            self.refuse(error.code)
            return
        old = run_steps(before, request)
        self._decisions += 1
        self._changed += _chosen(before, old) != _chosen(after, new)
        self._flows[_first(before, old), _first(after, new)] += 1
        for side, engine, steps in zip(self._sides, (before, after), (old, new), strict=True):
            _count(side, engine, steps)
            who = _monday(request), request.customer.customer_id
            side.contacts[who] = side.contacts.get(who, 0.0) + outbound_contacts(engine, steps)
        phase = after.journey.phases[int(new.situations.phase[0])].name
        for channel in _asked_channels(after, request):
            self._requested[phase, channel] += 1
        if new.bounded.within is not None:
            self._bounded += 1
            self._bounds_cost += _cost_of_bounds(after, new)
        self._failures.update(new.screening.failures)
        if new.arm.policy is ArmPolicy.DEFAULT:
            self._keep_for_prices(request, new if after.bundle_id == self._after.bundle_id else None)

    def _keep_for_prices(self, request: DecisionRequest, steps: DecisionSteps | None) -> None:
        """A situation as what would decide now sees it; ``steps`` None: they are worked out."""
        if not self._after.journey.objective.bounds.shares or len(self._learned) >= MOST_PRICED:
            return
        with suppress(NBAError):
            self._learned.append(steps or run_steps(self._after, request))

    def report(self) -> RehearsalReport:
        """Everything added so far."""
        old, new = self._sides
        actions = sorted({*old.shares, *new.shares}, key=lambda a: (-abs(new.shares[a] - old.shares[a]), a))
        return RehearsalReport(
            decisions=self._decisions,
            changed=self._changed,
            nothing_before=dict(sorted(old.nothing.items())),
            nothing_after=dict(sorted(new.nothing.items())),
            why_nothing_before=_most_first(old.why_nothing),
            why_nothing_after=_most_first(new.why_nothing),
            gain_before=old.gain / max(self._decisions, 1),
            gain_after=new.gain / max(self._decisions, 1),
            shifts=tuple(Shift(action=a, before=old.shares[a], after=new.shares[a]) for a in actions),
            coverage=tuple(
                Coverage(
                    phase=phase,
                    channel=channel,
                    asked=requested,
                    before=old.covered[phase, channel],
                    after=new.covered[phase, channel],
                )
                for (phase, channel), requested in sorted(self._requested.items())
            ),
            rule_failures=dict(sorted(self._failures.items())),
            refused=dict(sorted(self._refused.items())),
            prices=self._prices(),
            bounded=self._bounded,
            bounds_cost=self._bounds_cost / max(self._decisions, 1),
            flows=tuple(
                Flow(before=start, after=end, decisions=number)
                for (start, end), number in self._flows.most_common()
                if start != end
            ),
            weeks=_weeks(old.contacts, new.contacts),
        )

    def _prices(self) -> tuple[SharePrice, ...]:
        journey = self._after.journey
        bounds = journey.objective.bounds.shares
        if not bounds or self._after.models is None:
            return ()
        return share_prices(Situated.of(self._after, self._learned), bounds, journey.action_index)


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _monday(request: DecisionRequest) -> date:
    day = request.decided_at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _weeks(
    before: Mapping[tuple[date, str], float], after: Mapping[tuple[date, str], float]
) -> tuple[WeekOfContacts, ...]:
    """Both sides have the same weeks and customers."""
    found = []
    for week in sorted({week for week, _ in before}):
        people = [key for key in before if key[0] == week]
        old, new = [before[key] for key in people], [after[key] for key in people]
        found.append(
            WeekOfContacts(
                since=week.isoformat(),
                customers=len(people),
                before=sum(old) / len(people),
                after=sum(new) / len(people),
                most_before=max(old),
                most_after=max(new),
            )
        )
    return tuple(found)


def _cost_of_bounds(engine: Engine, steps: DecisionSteps) -> float:
    """EUR that the first slot would be worth more without a least propensity or gain."""
    free = steps.chooser.probabilities(unbounded(engine, steps))
    return float((free - steps.picks[0].probability) @ steps.scores.priority)


def _chosen(engine: Engine, steps: DecisionSteps) -> list[tuple[str, str | None]]:
    codes = [int(steps.candidates[pick.candidate]) for pick in steps.picks]
    return [
        (engine.journey.treatments[code].action, engine.journey.treatments[code].channel) for code in codes
    ]


def _first(engine: Engine, steps: DecisionSteps) -> str | None:
    """The action in the first place; None: there was no other candidate than nothing."""
    if len(steps.candidates) == 1:
        return None
    return engine.journey.treatments[int(steps.candidates[steps.picks[0].candidate])].action


def _count(side: _Side, engine: Engine, steps: DecisionSteps) -> None:
    first = steps.picks[0].probability
    side.gain += float(first @ steps.scores.over_nothing)
    treatments = [engine.journey.treatments[code] for code in steps.candidates.tolist()]
    for treatment, probability in zip(treatments, first.tolist(), strict=True):
        side.shares[treatment.action] += probability
    phase = engine.journey.phases[int(steps.situations.phase[0])].name
    if len(treatments) == 1:
        side.nothing[phase] += 1
        side.why_nothing.update({code for tier, code, _ in steps.refusals() if tier not in _ROUTINE})
    channels = {treatment.channel or "" for treatment in treatments[1:]}
    side.covered.update((phase, channel) for channel in channels)


def _asked_channels(engine: Engine, request: DecisionRequest) -> tuple[str, ...]:
    if request.placements is not None:
        return tuple(dict.fromkeys(engine.journey.placement_channel[name] for name in request.placements))
    return request.channels or tuple(engine.journey.channel_index)
