"""Which treatments are candidates, and who refused the others.

A hard yes or no before any score: what is refused here cannot be won back by a priority, however high.
Knows the order of the barriers and the simple ones (asked, phase, period, consent); policies, the past
and contact limits are modules of their own. Knows nothing of propensities or EUR.

Terms: docs/glossary.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

import numpy as np

from models.arrays import Ints
from models.domain.actions import Channel
from models.domain.configurations import Configured
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.learned.features.situations import Situations
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact import ContactLimits, is_within, quiet_span
from models.policy.eligibility.contact_record import ActionRecord, RecordKeeper
from models.policy.eligibility.delivery_window import local_times, moments, outside_quiet_hours
from models.policy.eligibility.policies import Policies
from models.policy.eligibility.repeats import RepeatRules
from models.policy.eligibility.rule_facts import local_time
from models.policy.eligibility.screening import EligibilityFilter, FilterResult, always
from models.policy.eligibility.treatment_sets import treatment_set, union

OBJECTIONS: Final = ("marketing", "personalization")
"""Consent flags whose explicit ``false`` stops every marketing action."""

_NOT_ASKED: Final = always("its channel or placement was not asked for")
_EXCLUDED: Final = always("the request excludes it")
_UNCERTAIN: Final = always("what could forbid it is stored, and the store could not be asked")


class Eligibility:
    """All barriers of a journey, compiled once.

    ``screen`` asks them for one situation.
    """

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        self.limits = ContactLimits.compile(journey, catalogue)
        self._journey = journey
        self._catalogue = catalogue
        self._keeper = RecordKeeper(journey)
        self._policies = Policies(journey, catalogue)
        self._past = RepeatRules(journey, catalogue, self._keeper)
        self._by_phase = [treatment_set(mask) for mask in catalogue.phases]
        self._by_channel = {
            c.name: treatment_set(catalogue.where(channels=[c.name])) for c in journey.channels
        }
        self._by_limit = [treatment_set(mask) for mask in self.limits.members]
        self._by_action = {a.name: treatment_set(catalogue.where(actions=[a.name])) for a in journey.actions}
        self._by_name = self._by_action | {t.name: 1 << i for i, t in enumerate(journey.treatments)}
        self._marketing = treatment_set(catalogue.marketing)
        self._by_roles = _by_roles(journey, catalogue)
        self._starts = _moments({a.name: a.starts_at for a in journey.actions})
        self._ends = _moments({a.name: a.ends_at for a in journey.actions})
        self._needs_consent = [(c.name, c.consent) for c in journey.channels if c.consent is not None]
        self._quiet = [
            (c, quiet_span(c.quiet_hours))
            for c in journey.channels
            if c.quiet_hours is not None and not c.inbound
        ]
        self._scarce = [c for c in journey.channels if c.daily_capacity is not None]
        seats = [catalogue.where(channels=[c.name]) for c in self._scarce]
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
        eligible.refuse(~requested, "asked", "NOT_ASKED", _NOT_ASKED)
        if request.exclude:
            named = union(self._by_name[n] for n in request.exclude)
            eligible.refuse(named, "asked", "EXCLUDED", _EXCLUDED)
        if request.withheld:
            named = union(self._by_name[n] for n in request.withheld)
            eligible.refuse(named, "asked", "UNCERTAIN", _UNCERTAIN)
        if self._by_roles:
            self._ask_role(eligible, request)
        self._ask_phase(eligible, int(situations.phase[0]))
        self._ask_period(eligible, instant)
        self._ask_consent(eligible, request.customer.consent)
        if request.configured is not None:
            _ask_configurations(self._journey, self._by_action, eligible, request.configured)
        record = self.record(request, situations)
        self._policies.ask(eligible, request, situations, record)
        self._past.ask(eligible, record)
        headroom = self.limits.headroom(record)
        self._ask_limits(eligible, headroom)
        self._ask_quiet_hours(eligible, request, local_ms)
        if self._scarce:
            headroom = np.concatenate([headroom, self._ask_capacity(eligible, request.rooms)])
        return headroom

    def record(self, request: DecisionRequest, situations: Situations) -> ActionRecord:
        """What happened between the customer of situation 0 and the actions, and what lies ahead."""
        customer, end = int(situations.customer[0]), int(situations.end[0])
        record = self._keeper.read(situations.history, customer, end, int(situations.instant[0]))
        if request.ahead:
            self._keeper.look_ahead(record, request.ahead)
        if request.account is not None:
            record = self._keeper.in_account(record, request.account.contacts)
        return record

    def _ask_phase(self, eligible: EligibilityFilter, phase: int) -> None:
        def detail(treatment: int) -> str:
            action = self._catalogue.actions[treatment]
            phases = () if action is None else action.phases
            name = self._journey.phases[phase].name
            return f"the customer is in {name!r}, the action is for {', '.join(map(repr, phases))}"

        eligible.refuse(~self._by_phase[phase], "phase", "PHASE", detail)

    def _ask_role(self, eligible: EligibilityFilter, request: DecisionRequest) -> None:
        role = "" if request.account is None else request.account.role
        shown = f"has the role {role!r}" if role else "has no role in an account"
        for roles, treatments in self._by_roles.items():
            if role not in roles:
                detail = always(f"the customer {shown}, the action is for {', '.join(map(repr, roles))}")
                eligible.refuse(treatments, "role", "ROLE", detail)

    def _ask_period(self, eligible: EligibilityFilter, instant: int) -> None:
        period = partial(_period, self._catalogue)
        for name, at in self._starts.items():
            if instant < at:
                eligible.refuse(self._by_action[name], "period", "NOT_STARTED", period)
        for name, at in self._ends.items():
            if instant >= at:
                eligible.refuse(self._by_action[name], "period", "ENDED", period)

    def _ask_consent(self, eligible: EligibilityFilter, consent: Mapping[str, bool]) -> None:
        for channel, flag in self._needs_consent:
            if consent.get(flag) is not True:
                detail = always(f"channel {channel!r} needs the consent {flag!r}, which is not given")
                eligible.refuse(self._by_channel[channel], "consent", "CONSENT_MISSING", detail)
        for flag in OBJECTIONS:
            if consent.get(flag) is False:
                detail = always(f"consent {flag!r} is refused, so no marketing")
                eligible.refuse(self._marketing, "consent", "OBJECTION", detail)

    def _ask_limits(self, eligible: EligibilityFilter, headroom: Ints) -> None:
        for index, room in enumerate(headroom.tolist()):
            if room <= 0:
                limit = self.limits.limits[index]
                used = limit.count - room
                into = " into the account" if index in self.limits.of_account else ""
                detail = always(f"{used} contacts{into} in {limit.window_days:g} days, at most {limit.count}")
                eligible.refuse(self._by_limit[index], "contact", limit.code, detail)

    def _ask_capacity(self, eligible: EligibilityFilter, rooms: Mapping[str, int]) -> Ints:
        """How many contacts each scarce channel has left today, shape (scarce channels,)."""
        left = [rooms.get(channel.name, channel.daily_capacity or 0) for channel in self._scarce]
        for channel, room in zip(self._scarce, left, strict=True):
            if room <= 0:
                detail = always(f"all {channel.daily_capacity} contacts of today are given away")
                eligible.refuse(self._by_channel[channel.name], "contact", "CAPACITY", detail)
        return np.array(left, dtype=np.int64)

    def _ask_quiet_hours(self, eligible: EligibilityFilter, request: DecisionRequest, local_ms: int) -> None:
        """Quiet now; or, where a window is given, all through it."""
        times = None
        if request.window is not None and self._quiet:
            times = local_times(self._journey, request, moments(request))
        for channel, span in self._quiet:
            if times is not None and outside_quiet_hours(channel, times).any():
                continue
            if times is not None or is_within(span, local_ms):
                detail = always(_quiet_detail(channel, local_ms))
                eligible.refuse(self._by_channel[channel.name], "contact", "QUIET_HOURS", detail)


def _quiet_detail(channel: Channel, local_ms: int) -> str:
    clock, hours = local_time(local_ms)["hour"], channel.quiet_hours
    quiet = "" if hours is None else f"quiet from {hours.start:%H:%M} to {hours.end:%H:%M}"
    return f"past {clock} o'clock for the customer, {quiet}"


def _ask_configurations(
    journey: Journey,
    by_action: Mapping[str, int],
    eligible: EligibilityFilter,
    known: Mapping[str, Configured],
) -> None:
    """Refuse actions that speak of a configuration where none can be delivered."""
    for name, actions in journey.configured_actions.items():
        configured = known.get(name)
        if configured is None or not configured.choices:
            detail = always("what can be delivered is not known" if configured is None else configured.detail)
            refused = union(by_action[action] for action in actions)
            eligible.refuse(refused, "applicability", "NOT_DELIVERABLE", detail)


def _period(catalogue: Catalogue, treatment: int) -> str:
    action = catalogue.actions[treatment]
    starts = action.starts_at if action is not None else None
    ends = action.ends_at if action is not None else None
    return f"runs from {starts or 'ever'} to {ends or 'ever'}"


def _by_roles(journey: Journey, catalogue: Catalogue) -> dict[tuple[str, ...], int]:
    """Roles → the treatments, as bits, that are for them alone."""
    actions: dict[tuple[str, ...], list[str]] = {}
    for action in journey.actions:
        if action.roles:
            actions.setdefault(action.roles, []).append(action.name)
    return {roles: treatment_set(catalogue.where(actions=names)) for roles, names in actions.items()}


def _moments(moments: Mapping[str, datetime | None]) -> dict[str, int]:
    """Milliseconds since 1970 UTC of those that are set."""
    return {name: to_ms(moment) for name, moment in moments.items() if moment is not None}
