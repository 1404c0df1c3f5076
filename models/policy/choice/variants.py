"""Which variant of its texts an action is shown with.

Drawn by the salted hash of the customer, so that a customer keeps the text for as long as the shares stay and
a replay draws the same. Knows the shares of the update that decides; knows nothing of texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from models.domain.journey import Journey
from models.policy.choice.arms import place_of, stretch_of
from models.policy.scoring.variant_shares import VariantShares

_NONE: Final[VariantShares] = {}


class Variant(NamedTuple):
    """A variant of an action's texts.

    ``probability``: in (0, 1], of being drawn.
    """

    name: str
    probability: float


def draw_variant(
    journey: Journey,
    learned: VariantShares | None,
    unit: str,
    action: str,
    channel: str | None,
    placement: str | None = None,
) -> Variant | None:
    """The variant of an action's texts on a channel or placement.

    Args:
        learned: shares by what came of each; None: nothing is known, and all have the same.
        unit: whose hash draws: the customer, or the account.

    Returns:
        None where the texts have no variants.
    """
    index = journey.action_index.get(action)
    names = () if index is None else journey.actions[index].variants_on(channel, placement)
    if not names:
        return None
    shares = shares_of(names, (learned or _NONE).get((action, channel), {}))
    position = stretch_of(shares, place_of(f"{journey.objective.arm_salt}/variants/{action}", unit))
    return Variant(names[position], shares[position])


def shares_of(names: Sequence[str], learned: Mapping[str, float]) -> list[float]:
    """The shares of variants, with the sum 1; one of which nothing is known has an equal share."""
    equal = 1.0 / len(names)
    unknown = sum(name not in learned for name in names)
    known = sum(learned.get(name, 0.0) for name in names)
    if known <= 0.0:
        return [equal] * len(names)
    scale = (1.0 - unknown * equal) / known
    return [learned[name] * scale if name in learned else equal for name in names]
