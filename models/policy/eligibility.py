"""Eligibility: which treatments are candidates, and for every other one who said no and what it saw.

A hard yes or no before any score: what is refused here cannot be won back by a priority, however high.
Knows the order of the barriers and the simple ones (asked, phase, period, consent); policies, the past
and contact limits are modules of their own. Knows nothing of propensities or EUR.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.domain.decision import DecisionRequest
from models.domain.history import Ints, to_ms
from models.domain.journey import Journey
from models.learned.situations import Situations
from models.policy.catalogue import Catalogue
from models.policy.contact import ContactLimits, quiet
from models.policy.facts import local_time
from models.policy.past import PastBarriers
from models.policy.policies import Policies
from models.policy.record import RecordKeeper
from models.policy.sieve import Screening, Sieve, always

Bools = NDArray[np.bool_]

OBJECTIONS: Final = ("marketing", "personalization")
"""Consent flags whose explicit ``false`` stops every marketing action."""

_ALWAYS: Final = 2**62


class Eligibility:
    """All barriers of a journey, compiled once; ``screen`` asks them for one situation."""

    __slots__ = ("_catalogue", "_ends", "_journey", "_keeper", "_past", "_policies", "_starts", "limits")

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        self.limits = ContactLimits.compile(journey)
        self._journey = journey
        self._catalogue = catalogue
        self._keeper = RecordKeeper(journey)
        self._policies = Policies(journey, catalogue)
        self._past = PastBarriers(journey, catalogue)
        actions = catalogue.actions
        self._starts = _times([None if a is None else a.starts_at for a in actions], -_ALWAYS)
        self._ends = _times([None if a is None else a.ends_at for a in actions], _ALWAYS)

    def screen(self, request: DecisionRequest, situations: Situations, asked: Bools) -> Screening:
        """Ask every barrier for situation 0.

        A rule that fails while it runs counts as "not eligible" and names itself in its refusal.

        Args:
            request: the customer, their consent, what to exclude and the context of rules.
            situations: exactly one.
            asked: shape (T,). Treatments on the asked channels or placements.
        """
        sieve = Sieve(len(self._journey.treatments))
        instant = int(situations.instant[0])
        self._ask_request(sieve, request, asked)
        self._ask_phase(sieve, int(situations.phase[0]))
        sieve.refuse(instant < self._starts, "period", "NOT_STARTED", self._period)
        sieve.refuse(instant >= self._ends, "period", "ENDED", self._period)
        self._ask_consent(sieve, request.customer.consent)
        customer, end = int(situations.customer[0]), int(situations.end[0])
        record = self._keeper.read(situations.history, customer, end, instant)
        self._policies.ask(sieve, request, situations, record)
        self._past.ask(sieve, record, instant)
        headroom = self.limits.headroom(situations.history, customer, end, instant)
        self._ask_limits(sieve, headroom)
        self._ask_quiet_hours(sieve, situations)
        return Screening(eligible=sieve.passing, headroom=headroom, refusals=tuple(sieve.refusals))

    def _ask_request(self, sieve: Sieve, request: DecisionRequest, asked: Bools) -> None:
        sieve.refuse(~asked, "asked", "NOT_ASKED", always("its channel or placement was not asked for"))
        if request.exclude:
            names = frozenset(request.exclude)
            hit = np.array([t.action in names or t.name in names for t in self._journey.treatments])
            sieve.refuse(hit, "asked", "EXCLUDED", always("the request excludes it"))

    def _ask_phase(self, sieve: Sieve, phase: int) -> None:
        name = self._journey.phases[phase].name

        def detail(treatment: int) -> str:
            action = self._catalogue.actions[treatment]
            phases = () if action is None else action.phases
            return f"the customer is in {name!r}, the action is for {', '.join(map(repr, phases))}"

        sieve.refuse(~self._catalogue.phases[phase], "phase", "PHASE", detail)

    def _period(self, treatment: int) -> str:
        action = self._catalogue.actions[treatment]
        starts = action.starts_at if action is not None else None
        ends = action.ends_at if action is not None else None
        return f"runs from {starts or 'ever'} to {ends or 'ever'}"

    def _ask_consent(self, sieve: Sieve, consent: Mapping[str, bool]) -> None:
        for index, channel in enumerate(self._journey.channels):
            if channel.consent is not None and consent.get(channel.consent) is not True:
                text = f"channel {channel.name!r} needs the consent {channel.consent!r}, which is not given"
                blocked = self._catalogue.channel == index
                sieve.refuse(blocked, "consent", "CONSENT_MISSING", always(text))
        for flag in OBJECTIONS:
            if consent.get(flag) is False:
                text = f"consent {flag!r} is refused, so no marketing"
                sieve.refuse(self._catalogue.marketing, "consent", "OBJECTION", always(text))

    def _ask_limits(self, sieve: Sieve, headroom: Ints) -> None:
        for index in np.flatnonzero(headroom <= 0).tolist():
            limit = self.limits.limits[index]
            used = limit.count - headroom[index]
            text = f"{used} contacts in {limit.window_days:g} days, at most {limit.count}"
            sieve.refuse(self.limits.members[index], "contact", limit.code, always(text))

    def _ask_quiet_hours(self, sieve: Sieve, situations: Situations) -> None:
        for index, channel in enumerate(self._journey.channels):
            hours = channel.quiet_hours
            if hours is None or channel.inbound or not quiet(hours, situations.local_ms)[0]:
                continue
            sieve.refuse(
                self._catalogue.channel == index,
                "contact",
                "QUIET_HOURS",
                _quiet_detail(int(situations.local_ms[0]), f"{hours.start:%H:%M} to {hours.end:%H:%M}"),
            )


def _quiet_detail(local_ms: int, hours: str) -> Callable[[int], str]:
    return lambda _: f"past {local_time(local_ms)['hour']} o'clock for the customer, quiet from {hours}"


def _times(moments: list[datetime | None], absent: int) -> Ints:
    """Milliseconds since 1970 UTC, shape (T,)."""
    return np.array([absent if moment is None else to_ms(moment) for moment in moments])
