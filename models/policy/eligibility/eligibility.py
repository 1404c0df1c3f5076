"""Which treatments are candidates, and who refused the others.

A hard yes or no before any score: what is refused here cannot be won back by a priority, however high.
Knows the order of the barriers, quiet hours and capacities; what a request states, policies, the past and
contact limits are modules of their own. Knows nothing of propensities or EUR.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.arrays import Ints
from models.domain.actions import Channel
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.learned.features.situations import Situations
from models.policy.eligibility.barriers.stated import StatedBarriers
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact import ContactLimits, is_within, quiet_span
from models.policy.eligibility.contact_record import ActionRecord, RecordKeeper
from models.policy.eligibility.delivery_window import local_times, moments, outside_quiet_hours
from models.policy.eligibility.policies import Policies
from models.policy.eligibility.repeats import RepeatRules
from models.policy.eligibility.rule_facts import local_time
from models.policy.eligibility.screening import EligibilityFilter, FilterResult, always
from models.policy.eligibility.treatment_sets import treatment_set


class Eligibility:
    """All barriers of a journey, compiled once.

    ``screen`` asks them for one situation.
    """

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        self.limits = ContactLimits.compile(journey, catalogue)
        self._journey = journey
        self.keeper = RecordKeeper(journey)
        self.policies = Policies(journey, catalogue)
        self.past = RepeatRules(journey, catalogue)
        self.stated = StatedBarriers(journey, catalogue)
        self.by_channel = {
            c.name: treatment_set(catalogue.where(channels=[c.name])) for c in journey.channels
        }
        self.by_limit = [treatment_set(mask) for mask in self.limits.members]
        self.quiet = [
            (c, quiet_span(c.quiet_hours))
            for c in journey.channels
            if c.quiet_hours is not None and not c.inbound
        ]
        self.scarce = [c for c in journey.channels if c.daily_capacity is not None]
        seats = [catalogue.where(channels=[c.name]) for c in self.scarce]
        self.members = np.vstack([self.limits.members, *seats])

    def screen(self, request: DecisionRequest, situations: Situations, requested: int) -> FilterResult:
        """Ask every barrier for situation 0.

        A rule that fails while it runs counts as "not eligible" and names itself in its refusal.

        Args:
            request: the customer, their consent, what to exclude and the context of rules.
            situations: exactly one.
            requested: treatments on the requested channels or placements, as bits.
        """
        eligible = EligibilityFilter(len(self._journey.treatments))
        return eligible.result(self.ask(eligible, request, situations, requested))

    def ask(
        self, eligible: EligibilityFilter, request: DecisionRequest, situations: Situations, requested: int
    ) -> Ints:
        """Put every treatment of a filter through all barriers.

        Returns:
            How many more contacts each contact limit admits, shape (L,).
        """
        instant, local_ms = int(situations.instant[0]), int(situations.local_ms[0])
        self.stated.ask(eligible, request, int(situations.phase[0]), instant, requested)
        record = self.record(request, situations, self.limits.longest_ms)
        self.policies.ask(eligible, request, situations, record)
        self.past.ask(eligible, record)
        headroom = self.limits.headroom(record)
        self._ask_limits(eligible, headroom)
        self._ask_quiet_hours(eligible, request, local_ms)
        if self.scarce:
            headroom = np.concatenate([headroom, self._ask_capacity(eligible, request.rooms)])
        return headroom

    def record(
        self, request: DecisionRequest, situations: Situations, reach_ms: int | None = None
    ) -> ActionRecord:
        """What happened between the customer of situation 0 and the actions, and what lies ahead.

        ``reach_ms``: how far back each contact has to be told; None: all are.
        """
        customer, end = int(situations.customer[0]), int(situations.end[0])
        record = self.keeper.read(situations.history, customer, end, int(situations.instant[0]), reach_ms)
        if request.ahead:
            self.keeper.look_ahead(record, request.ahead)
        if request.account is not None:
            record = self.keeper.in_account(record, request.account.contacts)
        return record

    def _ask_limits(self, eligible: EligibilityFilter, headroom: Ints) -> None:
        for index, room in enumerate(headroom.tolist()):
            if room <= 0:
                limit = self.limits.limits[index]
                used = limit.count - room
                into = " into the account" if index in self.limits.of_account else ""
                detail = always(f"{used} contacts{into} in {limit.window_days:g} days, at most {limit.count}")
                eligible.refuse(self.by_limit[index], "contact", limit.code, detail)

    def _ask_capacity(self, eligible: EligibilityFilter, rooms: Mapping[str, int]) -> Ints:
        """How many contacts each scarce channel has left today, shape (scarce channels,)."""
        left = [rooms.get(channel.name, channel.daily_capacity or 0) for channel in self.scarce]
        for channel, room in zip(self.scarce, left, strict=True):
            if room <= 0:
                detail = always(f"all {channel.daily_capacity} contacts of today are given away")
                eligible.refuse(self.by_channel[channel.name], "contact", "CAPACITY", detail)
        return np.array(left, dtype=np.int64)

    def _ask_quiet_hours(self, eligible: EligibilityFilter, request: DecisionRequest, local_ms: int) -> None:
        """Quiet now; or, where a window is given, all through it."""
        times = None
        if request.window is not None and self.quiet:
            times = local_times(self._journey, request, moments(request))
        for channel, span in self.quiet:
            if times is not None and outside_quiet_hours(channel, times).any():
                continue
            if times is not None or is_within(span, local_ms):
                detail = always(_quiet_detail(channel, local_ms))
                eligible.refuse(self.by_channel[channel.name], "contact", "QUIET_HOURS", detail)


def _quiet_detail(channel: Channel, local_ms: int) -> str:
    clock, hours = local_time(local_ms)["hour"], channel.quiet_hours
    quiet = "" if hours is None else f"quiet from {hours.start:%H:%M} to {hours.end:%H:%M}"
    return f"past {clock} o'clock for the customer, {quiet}"
