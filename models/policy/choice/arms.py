"""Control arms get their share of the customers by salted hash.

Knows ids and shares; knows nothing of decisions. A customer keeps the arm for as long as the salt and
the shares stay, in every process; two salts assign independently of each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.domain.objective import Arm, Objective
from models.uniform_hash import uniform_hash


def arm_of(objective: Objective, customer_id: str) -> Arm:
    """The arm of a customer, or of an account.

    The customer's place in [0, 1) is a SHA-256 of salt and id; arms own successive stretches of that
    line, as long as their shares. Enlarging the last arm at the cost of the one before it moves only
    the customers at that border.

    Example:
        >>> arm_of(Objective(), "c-1042").name
        'treatment'
    """
    if len(objective.arms) == 1:
        return objective.arms[0]
    place = place_of(objective.arm_salt, customer_id)
    return objective.arms[stretch_of([arm.share for arm in objective.arms], place)]


def stretch_of(shares: Sequence[float], place: float) -> int:
    """Which of successive stretches of the line [0, 1), as long as their shares, a place lies on."""
    reached = 0.0
    for position, share in enumerate(shares):
        reached += share
        if place < reached:
            return position
    return len(shares) - 1  # shares that sum to one only nearly


def place_of(salt: str, customer_id: str) -> float:
    """Where a customer lies on the line [0, 1), uniformly over customers."""
    return uniform_hash(f"{len(salt)}:{salt}:{customer_id}")
