"""What each treatment adds to doing nothing, in EUR.

For this customer in this phase. The effect is ``scale × (phase part + personal part + later part)``. The
scale says what this phase and this customer could move at all; the parts are tables, so that serving is a
look-up and a dot product a candidate.

Knows tables; knows nothing of how they were learned or of who is eligible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from models.arrays import Floats, Ints, Mask

CONTACT: Final = ("taste", "pressure", "lasting_pressure", "response_rate", "dwell")
"""Columns that change the effect of any contact. The two pressures count for contacts that tire."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situation:
    """What the effects of n decisions depend on.

    Attributes:
        scale: (n,) EUR, what can be moved here. belief: (n, P) probability of each phase.
        attributes: (n, K), standardised. taste: (n, C) by channel.
        contact: (n, 4) pressure, lasting pressure, response rate, dwell.
        recent: (n, A) decayed contacts by treatment. All but the first two are centred by the caller.
    """

    scale: Floats
    belief: Floats
    attributes: Floats
    taste: Floats
    contact: Floats
    recent: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Advantage:
    """Effects of A treatments; the first does nothing and has none.

    Attributes:
        cost: (A,) EUR. channel: (A,), -1 for nothing. tires: (A,).
        by_phase: (P, A), at once. later: (P, A), after the step: pressure, and what still works.
        by_attribute: (A, K). by_contact: (5,) as ``CONTACT``. by_recent: (A,).
        phase_share, personal_share: how much of each part the evidence supports, 0 and up.
    """

    cost: Floats
    channel: Ints
    tires: Mask
    by_phase: Floats
    later: Floats
    by_attribute: Floats
    by_contact: Floats
    by_recent: Floats
    phase_share: float = 1.0
    personal_share: float = 1.0

    def phase_part(self, situation: Situation) -> Floats:
        """(n, A) EUR that the phase says."""
        result: Floats = situation.scale[:, None] * (situation.belief @ self.by_phase)
        return result

    def personal_part(self, situation: Situation) -> Floats:
        """(n, A) EUR that attributes, taste, pressure and what was sent lately say."""
        taste, pressure, lasting, rate, dwell = self.by_contact
        contact = (self.channel >= 0).astype(np.float64)
        effect = situation.attributes @ self.by_attribute.T + situation.recent * self.by_recent
        effect += taste * situation.taste[:, self.channel] * contact
        effect += (situation.contact[:, :2] @ np.array([pressure, lasting]))[:, None] * self.tires
        effect += (situation.contact[:, 2:] @ np.array([rate, dwell]))[:, None] * contact
        result: Floats = situation.scale[:, None] * effect
        return result

    def later_part(self, situation: Situation) -> Floats:
        """(n, A) EUR that come after the step."""
        result: Floats = situation.scale[:, None] * (situation.belief @ self.later)
        return result

    def effect(self, situation: Situation) -> Floats:
        """(n, A) EUR before costs, as far as the evidence supports it."""
        at_once = self.phase_share * self.phase_part(situation)
        personal: Floats = self.personal_share * self.personal_part(situation)
        return at_once + personal + self.later_part(situation)

    def gain(self, situation: Situation) -> Floats:
        """(n, A) EUR gained over doing nothing, costs taken off. Exactly 0 for doing nothing."""
        result: Floats = self.effect(situation) - self.cost
        return result

    def supported(self, phase_share: float, personal_share: float, later_share: float) -> Advantage:
        """The same effects, kept in proportion to evidence; what costs later costs without evidence.

        With nothing supported no contact brings anything, and each has its cost and its pressure.
        """
        doubted = np.minimum(self.later, 0.0)
        later = doubted + min(later_share, 1.0) * (self.later - doubted)
        return replace(self, later=later, phase_share=phase_share, personal_share=personal_share)
