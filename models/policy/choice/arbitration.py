"""Slots of an answer are filled one after the other.

Knows which candidates each slot admits, which exclude each other and how often a customer may still be
contacted; knows nothing of how a slot's distribution is made (``exploration.py``) nor of EUR. Whatever
stands in one slot is gone for the next, with all that conflicts with it, so an answer can always be
delivered as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.policy.choice.exploration import draw


@dataclass(frozen=True, slots=True)
class Candidates:
    """What arbitration must know of the k candidates of one situation.

    The first is doing nothing.

    Attributes:
        treatment: shape (k,). Codes.
        conflicts: shape (T, T). Whether two treatments may not stand in one answer.
        members: shape (L, T). Whether choosing the treatment counts for a contact limit.
        headroom: shape (L,). How many more contacts each limit admits; every candidate still fits.
    """

    treatment: Ints
    conflicts: Mask
    members: Mask
    headroom: Ints

    def compatible(self, chosen: list[int]) -> Mask:
        """Candidates that can still be delivered together with those at ``chosen``, shape (k,)."""
        codes = self.treatment[chosen]
        conflicting = self.conflicts[codes][:, self.treatment].any(axis=0)
        full = self.headroom - self.members[:, codes].sum(axis=1) <= 0
        return np.asarray(~conflicting & ~self.members[full][:, self.treatment].any(axis=0))


@dataclass(frozen=True, slots=True)
class Pick:
    """What one slot got.

    Attributes:
        slot: position of the slot.
        candidate: position of what was drawn.
        probability: shape (k,). The distribution it was drawn from, given the slots before.
        admitted: shape (k,). The candidates that this slot could have got.
    """

    slot: int
    candidate: int
    probability: Floats
    admitted: Mask


def fill_slots(
    candidates: Candidates,
    admits: Sequence[Mask],
    distribution: Callable[[Mask], Floats],
    numbers: Sequence[float],
    *,
    ends_with_nothing: bool,
) -> tuple[Pick, ...]:
    """Draw for each slot in order, without duplicates, conflicts or more contacts than limits admit.

    Args:
        admits: per slot, shape (k,). What may stand there; position 0 (nothing) is always true.
        distribution: from admitted candidates, shape (k,), to their probabilities, shape (k,).
        numbers: per slot, a uniform number in [0, 1).
        ends_with_nothing: a list ends where doing nothing is drawn: what would follow ranks below it.
            Placements are independent places, and each may stay empty.

    Returns:
        One pick per slot, fewer if the list ended.
    """
    picks: list[Pick] = []
    chosen: list[int] = []
    for slot, (admitted, number) in enumerate(zip(admits, numbers, strict=True)):
        possible = admitted & candidates.compatible(chosen) if chosen else admitted
        probability = distribution(possible)
        candidate = draw(probability, number)
        picks.append(Pick(slot, candidate, probability, possible))
        if candidate:
            chosen.append(candidate)
        elif ends_with_nothing:
            break
    return tuple(picks)
