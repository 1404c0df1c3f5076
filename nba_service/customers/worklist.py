"""Whom to contact next on a channel, in order of gain.

The whole base is decided as calls would decide it, with consent, limits and rules, and nothing is stored. The
list is as long as the channel's day has room. Knows decisions; knows nothing of files or commands.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from models.domain.history import to_ms
from models.policy.compose import best_time_of
from models.policy.steps import DecisionSteps, run_all_steps
from models.statistics import DECIDED_90
from nba_service.clock import Clock
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.capacity import remaining_capacity
from nba_service.decisions.checks import unknown_names
from nba_service.decisions.decide import Decisions
from nba_service.decisions.render import Asked
from nba_service.engine.source import EngineSource
from nba_service.errors import problem_of_fields
from nba_service.store.interface import Store

PAGE: Final = 256
NOT_WORTH_IT: Final = "NOT_WORTH_IT"
"""Why somebody is not on the list although rules allow it: leaving them in peace is worth more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One customer to contact.

    ``gain``: EUR over doing nothing, ``low`` and ``high`` its 90 % interval; ``best_time``: within a week;
    None: none is allowed.
    """

    customer_id: str
    action: str
    channel: str
    phase: str
    gain: float
    low: float
    high: float
    propensity: float
    best_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """Contacts, best first.

    ``seen``: customers that were decided; ``worth``: those for whom a contact is worth more than none;
    ``room``: what the channel's day has left, None: it has no capacity; ``nothing``: why the others get none,
    reason → customers.
    """

    contacts: tuple[Contact, ...]
    seen: int
    worth: int
    room: int | None
    nothing: dict[str, int]


CONTACT_COLUMNS: Final = (
    *("customer_id", "action", "channel", "phase", "gain", "low", "high", "propensity", "best_time"),
)


def plain_contact(contact: Contact) -> dict[str, Any]:
    """A contact as a row of a file; ``CONTACT_COLUMNS``."""
    row = asdict(contact)
    rounded = {name: round(row[name], 4) for name in ("gain", "low", "high", "propensity")}
    best = contact.best_time
    return {**row, **rounded, "best_time": "" if best is None else best.isoformat(timespec="minutes")}


class _Ranked(NamedTuple):
    """``turn``: of two that gain the same the one that came first is the better."""

    gain: float
    turn: int
    contact: Contact


class Worklists:
    """Makes lists of contacts."""

    def __init__(self, *, store: Store, source: EngineSource, decisions: Decisions, clock: Clock) -> None:
        self._store = store
        self._source = source
        self._decisions = decisions
        self._clock = clock

    def make(
        self,
        channel: str,
        most: int,
        at: datetime | None = None,
        step: Callable[[int], None] = lambda _: None,
    ) -> Worklist:
        """The ``most`` customers whose contact on ``channel`` gains most.

        Args:
            at: the moment; None: now.
            step: is told how many more customers were decided.

        Raises:
            Problem: a channel that the journey file does not have.
        """
        self.check(channel)
        moment = at or self._clock()
        room = self._room(channel, moment)
        most = most if room is None else min(most, room)
        best: list[_Ranked] = []
        nothing: Counter[str] = Counter()
        seen = worth = 0
        for ids in self._pages():
            for found in self._decided(channel, ids, moment):
                seen += 1
                if isinstance(found, str):
                    nothing[found] += 1
                    continue
                worth += 1
                heapq.heappush(best, _Ranked(found.gain, -seen, found))
                if len(best) > most:
                    heapq.heappop(best)
            step(len(ids))
        ranked = sorted(best, reverse=True)
        return Worklist(
            contacts=tuple(self._timed(item.contact, moment) for item in ranked),
            seen=seen,
            worth=worth,
            room=room,
            nothing=dict(nothing),
        )

    def check(self, channel: str) -> None:
        """
        Raises:
            Problem: ``UNKNOWN_CHANNEL``.
        """
        names = self._source.current().names
        problems = list(unknown_names("channel", "channel", [channel], names.channel))
        if problems:
            raise problem_of_fields(problems)

    def _room(self, channel: str, moment: datetime) -> int | None:
        journey = self._source.current().journey
        left = remaining_capacity(self._store, journey, to_ms(moment)).get(channel)
        return None if left is None else max(left, 0)

    def _pages(self) -> Iterator[list[str]]:
        after = ""
        while page := self._store.scan("customers", after, PAGE):
            ids = [str(row["customer_id"]) for row in page]
            yield ids
            after = ids[-1]

    def _decided(self, channel: str, ids: Sequence[str], moment: datetime) -> Iterator[Contact | str]:
        """Of each customer the contact that ranks first, or why there is none."""
        calls = [
            DecisionCall(customer_id=each, channels=(channel,), decided_at=moment, decision_id=f"next/{each}")
            for each in ids
        ]
        engines: dict[int, list[Asked]] = {}
        for asked in self._decisions.asked_together(calls):
            engines.setdefault(id(asked.serving.engine), []).append(asked)
        for some in engines.values():
            engine = some[0].serving.engine
            for asked, steps in zip(some, run_all_steps(engine, [one.request for one in some]), strict=True):
                yield _first(asked, steps)

    def _timed(self, contact: Contact, moment: datetime) -> Contact:
        """With the best time of what ranks first if any time within the week will do, if that is the same."""
        call = DecisionCall(
            customer_id=contact.customer_id,
            channels=(contact.channel,),
            decided_at=moment,
            decision_id=f"next/{contact.customer_id}",
            when="asked",
            exclude=tuple(a for a in self._source.current().names.action if a != contact.action),
        )
        (asked,) = self._decisions.asked_together([call])
        engine = asked.serving.engine
        (steps,) = run_all_steps(engine, [asked.request])
        treatment = int(steps.candidates[steps.chooser.best(steps.picks[0].admitted)])
        if engine.journey.treatments[treatment].action != contact.action:
            return contact
        return replace(contact, best_time=best_time_of(engine, steps, treatment))


def _first(asked: Asked, steps: DecisionSteps) -> Contact | str:
    position = steps.chooser.best(steps.picks[0].admitted)
    treatment = asked.serving.journey.treatments[int(steps.candidates[position])]
    gain = float(steps.scores.over_nothing[position])
    if treatment.channel is None or gain <= 0:
        return _why(steps)
    spread = DECIDED_90 * float(steps.scores.deviation[position])
    return Contact(
        customer_id=asked.call.customer_id,
        action=treatment.action,
        channel=treatment.channel,
        phase=asked.serving.journey.phases[int(steps.situations.phase[0])].name,
        gain=gain,
        low=gain - spread,
        high=gain + spread,
        propensity=float(steps.scores.propensity[position]),
    )


def _why(steps: DecisionSteps) -> str:
    """The barrier that took the last treatment out, or that none of those left is worth it."""
    if len(steps.candidates) > 1:
        return NOT_WORTH_IT
    refusals = [code for tier, code, _ in steps.refusals() if tier != "asked"]
    return refusals[-1] if refusals else NOT_WORTH_IT
