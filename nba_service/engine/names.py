"""The names that a journey file has, to check calls against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.domain.actions import LimitOf
from models.domain.history import DAY_MS
from models.domain.journey import Attribute, Journey
from models.domain.rules.phase_rules import PhaseRules
from models.domain.rules.rule_types import Sort
from models.journey_file.rules import context_sorts
from nba_service.store.rows import DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that a journey file has, by their use.

    Made once per journey.
    """

    phase: frozenset[str]
    channel: frozenset[str]
    placement: frozenset[str]
    action: frozenset[str]
    excluded: frozenset[str]  # actions and treatments
    weighted: frozenset[str]  # actions and groups
    outcome: frozenset[str]
    consents: frozenset[str]
    contact: frozenset[str]  # touchpoints that are us reaching out
    attributes: Mapping[str, Attribute]
    withdraws: Mapping[str, tuple[str, ...]]  # touchpoint or outcome → consents taken back by it
    properties: Mapping[str, Mapping[str, Attribute]]  # touchpoint or outcome → what it tells, typed
    properties_read: frozenset[str]  # of events, by phase rules, policies or models; "*": all
    context: Mapping[str, Sort]  # in the context → the type that rules give it
    accounts: bool = False
    roles: tuple[str, ...] = ()  # of people in accounts, in the order of the file
    account_attributes: Mapping[str, Attribute] = field(default_factory=dict)
    account_limit_ms: int = 0  # the longest window of a limit on contacts into one account

    @classmethod
    def of(cls, journey: Journey) -> Names:
        actions = frozenset(journey.action_index)
        return cls(
            phase=frozenset(journey.phase_index),
            channel=frozenset(journey.channel_index),
            placement=frozenset(journey.placement_channel),
            action=actions,
            excluded=actions | {treatment.name for treatment in journey.treatments[1:]},
            weighted=actions | {action.group for action in journey.actions if action.group},
            outcome=frozenset(journey.outcome_index) | {DELIVERED},
            consents=frozenset(journey.consents),
            contact=journey.contact_touchpoints,
            attributes={attribute.name: attribute for attribute in journey.attributes},
            withdraws=journey.withdrawals,
            properties=journey.event_properties,
            properties_read=PhaseRules(journey).properties_read | {f.typed.name for f in journey.facts},
            context=context_sorts(journey),
            accounts=journey.accounts is not None,
            roles=tuple(role.name for role in journey.accounts.roles) if journey.accounts else (),
            account_attributes={a.name: a for a in journey.accounts.attributes} if journey.accounts else {},
            account_limit_ms=_account_limit_ms(journey),
        )


def _account_limit_ms(journey: Journey) -> int:
    windows = [limit.window_days for limit in journey.contact_limits if limit.per is LimitOf.ACCOUNT]
    return round(max(windows, default=0.0) * DAY_MS)
