"""What each treatment adds to doing nothing, in EUR.

For this customer in this phase: ``stake × (effects on the odds of moving up) + scale × (other effects + later
part)``. The stake says what a step of these odds brings here, the scale what this phase and this customer
could move at all. Effects are tables, so that serving is a look-up and a dot product a candidate.

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
        stake: (n,) EUR that a unit of log-odds of moving up brings.
    """

    scale: Floats
    belief: Floats
    attributes: Floats
    taste: Floats
    contact: Floats
    recent: Floats
    stake: Floats

    def at_stake(self) -> Situation:
        """The same for effects on the odds of moving up: the stake is their scale."""
        return replace(self, scale=self.stake)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """Effects of A treatments at once, in units of a scale.

    The first does nothing and has none.

    Attributes:
        channel: (A,), -1 for nothing. tires: (A,).
        by_phase: (P, A). by_attribute: (A, K). by_contact: (5,) as ``CONTACT``. by_recent: (A,).
        phase_share, personal_share: how much of each part the evidence supports, 0 and up.
    """

    channel: Ints
    tires: Mask
    by_phase: Floats
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

    def at_once(self, situation: Situation) -> Floats:
        """(n, A) EUR of both parts, as far as the evidence supports them."""
        personal: Floats = self.personal_share * self.personal_part(situation)
        return self.phase_share * self.phase_part(situation) + personal

    def plus(self, other: Effects) -> Effects:
        """Both added up, as far as evidence supports each."""
        return replace(
            self,
            by_phase=self.phase_share * self.by_phase + other.phase_share * other.by_phase,
            phase_share=1.0,
            personal_share=1.0,
            **{
                name: self.personal_share * getattr(self, name) + other.personal_share * getattr(other, name)
                for name in ("by_attribute", "by_contact", "by_recent")
            },
        )

    def supported(self, phase_share: float, personal_share: float) -> Effects:
        """The same, kept in proportion to evidence."""
        return replace(self, phase_share=phase_share, personal_share=personal_share)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Advantage:
    """What A treatments add.

    Attributes:
        cost: (A,) EUR. later: (P, A), after the step: pressure, and what still works; in units of the scale.
        money: effects at once, in units of the scale; where moves were learned, those that go other ways.
        moves: effects on the log-odds of moving up; None: a bundle of before they were learned.
    """

    cost: Floats
    later: Floats
    money: Effects
    moves: Effects | None = None

    def phase_part(self, situation: Situation) -> Floats:
        """(n, A) EUR that the phase says, as far as the evidence supports it."""
        at_once = self.money.phase_share * self.money.phase_part(situation)
        if self.moves is not None:
            at_once = at_once + self.moves.phase_share * self.moves.phase_part(situation.at_stake())
        return at_once

    def personal_part(self, situation: Situation) -> Floats:
        """(n, A) EUR that attributes and contacts say, as far as the evidence supports it."""
        personal = self.money.personal_share * self.money.personal_part(situation)
        if self.moves is not None:
            personal = personal + self.moves.personal_share * self.moves.personal_part(situation.at_stake())
        return personal

    def later_part(self, situation: Situation) -> Floats:
        """(n, A) EUR that come after the step."""
        result: Floats = situation.scale[:, None] * (situation.belief @ self.later)
        return result

    def effect(self, situation: Situation) -> Floats:
        """(n, A) EUR before costs, as far as the evidence supports it."""
        return self.phase_part(situation) + self.personal_part(situation) + self.later_part(situation)

    def gain(self, situation: Situation) -> Floats:
        """(n, A) EUR gained over doing nothing, costs taken off. Exactly 0 for doing nothing."""
        result: Floats = self.effect(situation) - self.cost
        return result
