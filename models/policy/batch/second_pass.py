"""What scarce channels leave of a decision of the first pass.

Probabilities become those of both passes together, given what all others want: the share of a candidate that
would not get its contact goes to what a second decision would choose. So also where the draw was granted, or
was nothing. Knows rows and steps; knows nothing of tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.policy.batch.capacity import Cut, Wish
from models.policy.batch.rows import Row
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, draw_again


@dataclass(slots=True)
class FirstDecision:
    """A row of the first pass, and what it is refused.

    ``shares``: the candidates as they stand in the row; ``refused``: positions of some; ``missed``: their
    probability; ``lost``: whether what was drawn is among them.
    """

    row: Row
    shares: list[Row]
    refused: list[int]
    missed: float
    lost: bool

    @classmethod
    def of(cls, row: Row, cuts: Mapping[str, Cut]) -> FirstDecision:
        """What ``cuts`` leave of a row."""
        shares = json.loads(row["candidates"])
        drawn = (row["action"], row["channel"])
        wishes = {
            position: Wish(row["decision_id"], each["channel"], each["priority"] - shares[0]["priority"])
            for position, each in enumerate(shares)
            if each["channel"] in cuts
        }
        wished = next((w for at, w in wishes.items() if _name(shares[at]) == drawn), None)
        refused = [at for at, wish in wishes.items() if not _grants(cuts[wish.channel], wish, wished)]
        return cls(
            row=row,
            shares=shares,
            refused=refused,
            missed=sum(shares[at]["action_probability"] for at in refused),
            lost=any(_name(shares[at]) == drawn for at in refused),
        )

    def settle(self, engine: Engine, steps: DecisionSteps) -> None:
        """Share out what was missed as a second decision does; its draw is independent of the first.

        Args:
            steps: of the same request, without room on scarce channels.
        """
        names = [engine.journey.treatments[code] for code in steps.candidates.tolist()]
        second = dict(
            zip([(t.action, t.channel) for t in names], steps.picks[0].probability.tolist(), strict=True)
        )
        for position, each in enumerate(self.shares):
            kept = 0.0 if position in self.refused else each["action_probability"]
            each["action_probability"] = kept + self.missed * second.get(_name(each), 0.0)
        if self.lost:
            pick = draw_again(engine, steps, f"{self.row['decision_id']}/again")[0]
            chosen = names[pick.candidate]
            self.row["action"], self.row["channel"] = chosen.action, chosen.channel
        drawn = (self.row["action"], self.row["channel"])
        chances = [each["action_probability"] for each in self.shares if _name(each) == drawn]
        self.row["action_probability"] = chances[0]
        self.row["candidates"] = json.dumps(self.shares)


def _name(candidate: Mapping[str, Any]) -> tuple[str, str | None]:
    return candidate["action"], candidate["channel"]


def _grants(cut: Cut, wish: Wish, wished: Wish | None) -> bool:
    """``wished`` may be on another channel, where it takes no place on this one."""
    return cut.grants(wish, wished=wished if wished is not None and wished.channel == wish.channel else None)
