"""Barriers that need nothing of what happened.

What the request states, the phase, roles, periods, consent, and what can be delivered. Knows requests and
catalogues; knows nothing of pasts, rules or limits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from models.domain.configurations import Configured
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.screening import EligibilityFilter, always
from models.policy.eligibility.treatment_sets import treatment_set, union

OBJECTIONS: Final = ("marketing", "personalization")
"""Consent flags whose explicit ``false`` stops every marketing action."""

_NOT_ASKED: Final = always("its channel or placement was not asked for")
_EXCLUDED: Final = always("the request excludes it")
_UNCERTAIN: Final = always("what could forbid it is stored, and the store could not be asked")


class StatedBarriers:
    """The first barriers of a journey, compiled once."""

    def __init__(self, journey: Journey, catalogue: Catalogue) -> None:
        self._journey = journey
        self._catalogue = catalogue
        self._by_phase = [treatment_set(mask) for mask in catalogue.phases]
        self._by_channel = {
            c.name: treatment_set(catalogue.where(channels=[c.name])) for c in journey.channels
        }
        self._by_action = {a.name: treatment_set(catalogue.where(actions=[a.name])) for a in journey.actions}
        self._by_name = self._by_action | {t.name: 1 << i for i, t in enumerate(journey.treatments)}
        self._marketing = treatment_set(catalogue.marketing)
        self._by_roles = _by_roles(journey, catalogue)
        self._starts = _moments({a.name: a.starts_at for a in journey.actions})
        self._ends = _moments({a.name: a.ends_at for a in journey.actions})
        self._turns = sorted({*self._starts.values(), *self._ends.values()})
        self._needs_consent = [(c.name, c.consent) for c in journey.channels if c.consent is not None]
        self._flags = tuple(dict.fromkeys(flag for _, flag in self._needs_consent))

    def ask(
        self, eligible: EligibilityFilter, request: DecisionRequest, phase: int, instant: int, requested: int
    ) -> None:
        """Put every treatment of a filter through these barriers.

        Args:
            phase: code of the customer's phase.
            instant: of the decision, in milliseconds since 1970 UTC.
            requested: treatments on the requested channels or placements, as bits.
        """
        eligible.refuse(~requested, "asked", "NOT_ASKED", _NOT_ASKED)
        if request.exclude:
            named = union(self._by_name[n] for n in request.exclude)
            eligible.refuse(named, "asked", "EXCLUDED", _EXCLUDED)
        if request.withheld:
            named = union(self._by_name[n] for n in request.withheld)
            eligible.refuse(named, "asked", "UNCERTAIN", _UNCERTAIN)
        if self._by_roles:
            self._ask_role(eligible, request)
        self._ask_phase(eligible, phase)
        self._ask_period(eligible, instant)
        self._ask_consent(eligible, request.customer.consent)
        if request.configured is not None:
            _ask_configurations(self._journey, self._by_action, eligible, request.configured)

    def key(self, request: DecisionRequest, phase: int, instant: int, requested: int) -> Hashable:
        """All that ``ask`` looks at: requests of one key are refused the same."""
        consent, account, configured = request.customer.consent, request.account, request.configured
        return (
            requested,
            phase,
            bisect_right(self._turns, instant),
            tuple([consent.get(flag) is True for flag in self._flags]),
            tuple([consent.get(flag) is False for flag in OBJECTIONS]),
            tuple(request.exclude),
            tuple(request.withheld),
            "" if account is None else account.role,
            None if configured is None else _undeliverable(self._journey, configured),
        )

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


def _ask_configurations(
    journey: Journey,
    by_action: Mapping[str, int],
    eligible: EligibilityFilter,
    known: Mapping[str, Configured],
) -> None:
    """Refuse actions that speak of a configuration where none can be delivered."""
    for name in _undeliverable(journey, known):
        configured = known.get(name)
        detail = always("what can be delivered is not known" if configured is None else configured.detail)
        refused = union(by_action[action] for action in journey.configured_actions[name])
        eligible.refuse(refused, "applicability", "NOT_DELIVERABLE", detail)


def _undeliverable(journey: Journey, known: Mapping[str, Configured]) -> tuple[str, ...]:
    """The configurators of which nothing can be delivered."""
    return tuple(
        name
        for name in journey.configured_actions
        if (configured := known.get(name)) is None or not configured.choices
    )


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
