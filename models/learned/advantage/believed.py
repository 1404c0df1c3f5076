"""What is at stake where phases are believed, not known.

Moves start from every phase that is believed in, each as far as it is. Knows probabilities and the worth of
phases; knows nothing of treatments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats, Mask
from models.learned.advantage.belief import FILE as BELIEF_FILE
from models.learned.advantage.belief import PhaseBelief
from models.learned.files import array_bytes, read_array

SLOPES_FILE: Final = "advantage_next_phases.npy"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """What is ahead of n decisions if the usual is done.

    ``variance``: of the value of what happens next, EUR². ``up``: probability of a phase that is worth more
    than staying. ``stake``: EUR that a unit of log-odds of moving up brings.
    """

    variance: Floats
    up: Floats
    stake: Floats

    @property
    def binomial(self) -> Floats:
        """(n,) variance of whether a customer moves up."""
        result: Floats = self.up * (1.0 - self.up)
        return result


def next_phases(belief: Floats, moves: Floats, slopes: Floats, x: Floats) -> Floats:
    """(n, S) chance of each phase one step ahead.

    Args:
        belief: (n, S). moves: (S, S). slopes: (K, S) on the logit of each next phase. x: (n, K) attributes.
    """
    logits = (x[:, None] @ slopes)[:, 0] + np.log((belief[:, None] @ moves)[:, 0])
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Floats = weights / weights.sum(axis=1, keepdims=True)
    return result


def outlook(
    belief: Floats, moves: Floats, chance: Floats, reward: Floats, up: Mask, factor: Floats, after: Floats
) -> Outlook:
    """What the moves out of all phases that are believed in amount to.

    Args:
        belief: (n, S), the last having left. moves: (S, S). chance: (n, S) as ``next_phases`` gives it.
        reward: (S - 1, S) EUR of a move. up: (S - 1, S) whether being there is worth more than staying.
        factor: (n,) of this customer's rewards. after: (n, S) EUR of what follows, discounted.
    """
    n, phases = len(belief), len(reward)
    from_here = belief[:, :phases, None] * moves[:phases]
    joint = from_here * (chance / (belief[:, None] @ moves)[:, 0])[:, None]
    worth = reward * factor[:, None, None] + after[:, None]
    earned, upwards = joint * worth, joint * up
    mean = earned.sum(axis=2) / np.maximum(joint.sum(axis=2), 1e-12)
    gained = (upwards * worth).sum(axis=2) - upwards.sum(axis=2) * mean
    total = np.maximum(joint.reshape(n, -1).sum(axis=1), 1e-12)
    squares = (earned * worth).reshape(n, -1).sum(axis=1) / total
    usual = earned.reshape(n, -1).sum(axis=1) / total
    return Outlook(
        variance=np.maximum(squares - usual * usual, 1e-9),
        up=upwards.reshape(n, -1).sum(axis=1),
        stake=np.maximum(gained, 0.0).sum(axis=1),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Believed:
    """How phases are believed, and how attributes change what is next.

    ``slopes``: (K, P + 1), as ``next_phases`` takes them.
    """

    filter: PhaseBelief
    slopes: Floats

    def to_files(self) -> dict[str, bytes]:
        """As files; the same gives the same bytes."""
        return {**self.filter.to_files(), SLOPES_FILE: array_bytes(self.slopes)}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Believed | None:
        """What ``to_files`` gave; None where phases are taken at their word."""
        if BELIEF_FILE not in files:
            return None
        return cls(filter=PhaseBelief.from_files(files), slopes=read_array(files, SLOPES_FILE))
