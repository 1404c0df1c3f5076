"""Contacts that customers would get in the weeks ahead.

And how close to each contact limit they would come.

Each customer is asked for as often as lately, with the same draws under two engines. What is sent becomes
part of the past, so limits and repeats see it; customers themselves do nothing in between. Knows requests and
engines; knows nothing of stores or of who was chosen to look at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from models.arrays import Floats
from models.domain.decision import DecisionRequest
from models.domain.history import DAY_MS, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import CONTACT_TOUCHPOINT, Journey
from models.errors import NBAError
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, run_steps

WEEKS: Final = 4
WEEK: Final = timedelta(days=7)
_FULLEST: Final = 0.1
Contact = tuple[int, int, int]
"""Time (ms since 1970 UTC), action and channel as codes of the journey; -1: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A moment at which a customer is asked for.

    ``channels`` None: all.
    """

    at: datetime
    channels: tuple[str, ...] | None = None
    placements: tuple[str, ...] | None = None
    limit: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfContacts:
    """Outbound contacts of a week.

    ``since``: its first day (UTC). ``before``, ``after``: contacts per customer; ``most_before``,
    ``most_after``: of the customer who gets most.
    """

    since: str
    customers: int
    before: float
    after: float
    most_before: float
    most_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUse:
    """How much of a contact limit is used, week by week.

    By the tenth of the customers who are closest to it: the mean share of what it allows, at the fullest
    moment of the week. ``count_before`` or ``count_after`` None: the journey file has no such limit then, and
    the shares are None, too.
    """

    code: str
    window_days: float
    count_before: int | None
    count_after: int | None
    before: tuple[float | None, ...]
    after: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """Contacts by week and the use of limits.

    Over ``customers`` who were asked for ``occasions`` times.
    """

    customers: int
    occasions: int
    weeks: tuple[WeekOfContacts, ...]
    limits: tuple[LimitUse, ...]


NO_PRESSURE: Final = Pressure(customers=0, occasions=0, weeks=(), limits=())


@dataclass(slots=True)
class _Side:
    """One engine's contacts: a row per customer."""

    journey: Journey | None = None
    contacts: list[Floats] = field(default_factory=list)  # shape (WEEKS,) each
    used: dict[str, list[Floats]] = field(default_factory=dict)  # code → shape (WEEKS,) each


class LookAhead:
    """Adds up customers, one at a time."""

    def __init__(self, since: datetime, after: Journey) -> None:
        """``after``: the journey file that would hold."""
        self._since = since
        self._before, self._after = _Side(), _Side(journey=after)
        self._occasions = 0

    def add(
        self, before: Engine, after: Engine, request: DecisionRequest, occasions: Sequence[Occasion]
    ) -> None:
        """Go through the weeks of one customer under both engines.

        Args:
            request: the customer with their past, as known now.
            occasions: within the weeks that follow ``since``; others are left out.
        """
        ordered = sorted((one for one in occasions if self._week(one.at) is not None), key=lambda one: one.at)
        self._occasions += len(ordered)
        for side, engine in ((self._before, before), (self._after, after)):
            side.journey = engine.journey
            sent = _go_through(engine, request, ordered)
            side.contacts.append(self._by_week(engine.journey, sent))
            for code, shares in self._used(engine, request, sent).items():
                side.used.setdefault(code, []).append(shares)

    def pressure(self) -> Pressure:
        """Everything added so far."""
        customers = len(self._before.contacts)
        if not customers:
            return NO_PRESSURE
        before, after = np.vstack(self._before.contacts), np.vstack(self._after.contacts)
        weeks = tuple(
            WeekOfContacts(
                since=(self._since + week * WEEK).date().isoformat(),
                customers=customers,
                before=float(before[:, week].mean()),
                after=float(after[:, week].mean()),
                most_before=float(before[:, week].max()),
                most_after=float(after[:, week].max()),
            )
            for week in range(WEEKS)
        )
        return Pressure(
            customers=customers, occasions=self._occasions, weeks=weeks, limits=tuple(self._limits())
        )

    def _limits(self) -> list[LimitUse]:
        old, new = _limits_of(self._before.journey), _limits_of(self._after.journey)
        found = []
        for code in dict.fromkeys([*new, *old]):
            days = new.get(code, old.get(code, (0, 0.0)))[1]
            found.append(
                LimitUse(
                    code=code,
                    window_days=days,
                    count_before=old[code][0] if code in old else None,
                    count_after=new[code][0] if code in new else None,
                    before=_fullest(self._before.used.get(code)),
                    after=_fullest(self._after.used.get(code)),
                )
            )
        return found

    def _week(self, at: datetime) -> int | None:
        week = (at - self._since) // WEEK
        return week if 0 <= week < WEEKS else None

    def _by_week(self, journey: Journey, sent: Sequence[Interaction]) -> Floats:
        inbound = {channel.name for channel in journey.channels if channel.inbound}
        weeks = [self._week(one.occurred_at) for one in sent if one.channel not in inbound]
        return np.bincount([week for week in weeks if week is not None], minlength=WEEKS).astype(np.float64)

    def _used(
        self, engine: Engine, request: DecisionRequest, sent: Sequence[Interaction]
    ) -> Mapping[str, Floats]:
        """Code of a limit → the share of it that is used at the fullest moment of each week."""
        limits = engine.eligibility.limits
        if not limits.limits:
            return {}
        record = engine.eligibility.record(request, engine.situate(request))
        own = [*record.delivered, *_coded(engine.journey, sent)]
        everybody = [*own, *(record.colleagues or ())]
        begin = to_ms(self._since)
        length = round(WEEK.total_seconds() * 1000)
        found = {limit.code: np.zeros(WEEKS) for limit in limits.limits}
        for index, limit in enumerate(limits.limits):
            counted = everybody if index in limits.of_account else own
            found_at = [at for at, action, channel in counted if index in limits.counting[action, channel]]
            times = np.array(found_at, dtype=np.int64)
            window = round(limit.window_days * DAY_MS)
            for week in range(WEEKS):
                starts = begin + week * length
                moments = np.append(times[(times >= starts) & (times < starts + length)], starts)
                held = [int(((times <= at) & (times > at - window)).sum()) for at in moments.tolist()]
                found[limit.code][week] = max(held) / max(limit.count, 1)
        return found


def outbound_contacts(engine: Engine, steps: DecisionSteps) -> float:
    """How many outbound contacts a decision is expected to make, over the draw."""
    inbound = {channel.name for channel in engine.journey.channels if channel.inbound}
    treatments = [engine.journey.treatments[code] for code in steps.candidates.tolist()]
    disturbs = np.array([t.channel is not None and t.channel not in inbound for t in treatments])
    return float(sum(pick.probability @ disturbs for pick in steps.picks))


def _go_through(engine: Engine, request: DecisionRequest, occasions: Sequence[Occasion]) -> list[Interaction]:
    """What is sent on all occasions, each decided with what was sent before."""
    sent: list[Interaction] = []
    for number, occasion in enumerate(occasions):
        asked = _asked(engine, request, occasion, number, sent)
        if asked is None:
            continue
        try:
            steps = run_steps(engine, asked)
        except NBAError:
            continue  # it cannot decide this: nothing is sent
        codes = [int(steps.candidates[pick.candidate]) for pick in steps.picks]
        chosen = [engine.journey.treatments[code] for code in codes if code]
        sent += [_contact(occasion.at, one.action, one.channel) for one in chosen]
    return sent


def _contact(at: datetime, action: str, channel: str | None) -> Interaction:
    return Interaction(
        occurred_at=at, channel=channel, touchpoint=CONTACT_TOUCHPOINT, kind=Kind.CONTACT, action=action
    )


def _asked(
    engine: Engine, request: DecisionRequest, occasion: Occasion, number: int, sent: Sequence[Interaction]
) -> DecisionRequest | None:
    """The request on an occasion; None: the journey has nothing of what is asked for."""
    journey = engine.journey
    channels, placements = occasion.channels, occasion.placements
    if channels is not None:
        channels = tuple(name for name in channels if name in journey.channel_index)
    if placements is not None:
        placements = tuple(name for name in placements if name in journey.placement_channel)
    if channels == () or placements == ():
        return None
    known = (*request.ahead, *sent)
    behind = tuple(one for one in known if one.occurred_at < occasion.at)
    changed = replace(
        request,
        decision_id=f"{request.decision_id}/{number}",
        decided_at=occasion.at,
        channels=channels,
        placements=placements,
        limit=occasion.limit,
        ahead=tuple(one for one in known if one.occurred_at >= occasion.at),
        window=None,
    )
    return changed.with_events(behind)


def _coded(journey: Journey, sent: Sequence[Interaction]) -> list[Contact]:
    actions, channels = journey.action_index, journey.channel_index
    return [
        (to_ms(one.occurred_at), actions.get(one.action or "", -1), channels.get(one.channel or "", -1))
        for one in sent
    ]


def _limits_of(journey: Journey | None) -> dict[str, tuple[int, float]]:
    limits = () if journey is None else journey.contact_limits
    return {limit.code: (limit.count, limit.window_days) for limit in limits}


def _fullest(rows: Sequence[Floats] | None) -> tuple[float | None, ...]:
    """The mean of the fullest tenth, one customer at least, of each week."""
    if not rows:
        return (None,) * WEEKS
    shares = np.sort(np.vstack(rows), axis=0)[::-1]
    most = max(1, round(_FULLEST * len(shares)))
    return tuple(shares[:most].mean(axis=0).tolist())
