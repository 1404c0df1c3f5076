"""What is certainly allowed while the store cannot be asked.

Knows which barriers need what is stored (objections, consent, contacts, the past, attributes); knows
nothing of why it is not there. A treatment is sure only if nothing that could be stored would forbid it;
doing nothing always is. The rule and what was rejected: docs/adr/0012-without-the-store.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from models.domain.actions import Action, Channel
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.rules.rules import Rule
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.contact import ContactLimits
from models.policy.eligibility.treatment_sets import to_mask, treatment_set, union

Pair = tuple[Action | None, Channel | None]

_STATED: Final = frozenset({"action", "context", "now"})
"""Names of rules that the request and the journey file answer."""


class Certainty:
    """What is sure in a journey, compiled once."""

    def __init__(self, journey: Journey) -> None:
        catalogue = Catalogue.of(journey)
        size = len(journey.treatments)
        pairs = list(zip(catalogue.actions, catalogue.channels, strict=True))
        judged = union(_judged(journey, catalogue))
        counted = union(
            treatment_set(members) for members in ContactLimits.compile(journey, catalogue).members
        )
        self._names = tuple(treatment.name for treatment in journey.treatments)
        self._never = judged | counted | _bits(pairs, _needs_the_store)
        self._without_phase = _bits(pairs, lambda action, _: bool(action and action.phases))
        self._without_clock = _bits(
            pairs,
            lambda _, channel: bool(channel and channel.quiet_hours is not None and not channel.inbound),
        )
        self._size = size

    def withheld(self, request: DecisionRequest) -> tuple[str, ...]:
        """Names of the treatments that may not be chosen, because nobody knows whether they are allowed."""
        bits = self._never
        if request.stated_phase is None:
            bits |= self._without_phase
        if request.customer.time_zone is None:
            bits |= self._without_clock
        mask = to_mask(bits & ~1, self._size)
        return tuple(name for name, held in zip(self._names, mask.tolist(), strict=True) if held)


def _needs_the_store(action: Action | None, channel: Channel | None) -> bool:
    """Objection, consent, a scarce channel, or a past: any of them may be stored and forbid it."""
    if action is None or channel is None:
        return False
    past = action.repeat_after_days or action.stop_after_positive or action.stop_after_ignored
    return bool(
        action.purpose.value == "marketing"
        or channel.consent is not None
        or channel.daily_capacity is not None
        or past
        or action.requires
        or action.roles
    )


def _judged(journey: Journey, catalogue: Catalogue) -> list[int]:
    """Treatments, as bits, of every policy that reads what only the store can tell."""
    return [
        treatment_set(
            catalogue.where(
                actions=policy.actions,
                groups=policy.groups,
                purposes=policy.purposes,
                channels=policy.channels,
            )
        )
        for policy in journey.policies
        if not Rule.compile(policy.when).names <= _STATED
    ]


def _bits(pairs: list[Pair], held: Callable[[Action | None, Channel | None], bool]) -> int:
    return union(1 << index for index, pair in enumerate(pairs) if held(*pair))
