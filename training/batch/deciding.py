"""Decides for one bucket of customers and writes decisions as a table.

Everything about a customer happens here, in one task, so limits hold; only a channel's contacts of the day
are shared out over all buckets (``capacity.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from models.domain.past import NO_PAST
from models.policy.choice.choice import policy_name
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, draw_again, run_all_steps, run_steps_in
from training.batch.capacity import Cut, Wish, for_all, rooms_of
from training.batch.requests import Mailing, positions_of, requests_of
from training.data.encode import Log, encode
from training.data.tables import SCHEMAS, Tables


@dataclass(frozen=True, slots=True)
class Decided:
    """What one pass decided for a bucket.

    ``table``: the table ``decisions`` of the four tables, in the order of the audience; ``wishes``: contacts
    that are wanted on scarce channels.
    """

    table: Any
    wishes: list[Wish]


def first_pass(engine: Engine, tables: Tables, audience: Sequence[str], mailing: Mailing) -> Decided:
    """Decide as if there were room for everybody."""
    return _decide(
        engine, encode(tables, engine.journey), audience, mailing, for_all(rooms_of(engine.journey))
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """A bucket's decisions in the end.

    ``table``: in the order of the first pass; ``moved``: how many wanted a contact that others got.
    """

    table: Any
    moved: int


def second_pass(
    engine: Engine, read: Callable[[], Tables], mailing: Mailing, first: Any, cuts: Mapping[str, Cut]
) -> Settled:
    """Take contacts from those who gain least, and decide again for these without scarce channels.

    Probabilities become those of both passes together, given what all others want: the share of a candidate
    that would not get its contact goes to what a second decision would choose. So also where the draw was
    granted, or was nothing.

    Args:
        read: gives the bucket's tables; called if somebody has to be decided for again.
        first: the table of the first pass.
        cuts: where each channel's contacts end.
    """
    firsts = [_First.of(row, cuts) for row in first.to_pylist()] if cuts else []
    again = {each.row["customer_id"]: each for each in firsts if each.missed > 0}
    if not again:
        return Settled(first, 0)
    log, none = encode(read(), engine.journey), dict.fromkeys(rooms_of(engine.journey), 0)
    audience = [*again]
    for index, steps in _steps(engine, log, audience, mailing, none):
        again[audience[index]].settle(engine, steps)
    rows = [each.row for each in firsts]
    return Settled(pa.Table.from_pylist(rows, first.schema), sum(each.lost for each in firsts))


@dataclass(slots=True)
class _First:
    """A row of the first pass, and what of it scarce channels do not grant.

    ``shares``: the candidates as they stand in the row; ``refused``: positions of some; ``missed``: their
    probability; ``lost``: whether what was drawn is among them.
    """

    row: dict[str, Any]
    shares: list[dict[str, Any]]
    refused: list[int]
    missed: float
    lost: bool

    @classmethod
    def of(cls, row: dict[str, Any], cuts: Mapping[str, Cut]) -> _First:
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
        """Share out what was missed as a second decision does; its draw is independent of the first."""
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


def _decide(
    engine: Engine, log: Log, audience: Sequence[str], mailing: Mailing, rooms: Mapping[str, int]
) -> Decided:
    write, scarce = RowWriter(engine), rooms_of(engine.journey)
    rows: list[dict[str, Any]] = [{}] * len(audience)
    wishes: list[Wish] = []
    for index, steps in _steps(engine, log, audience, mailing, rooms):
        rows[index] = write(steps)
        if (channel := rows[index]["channel"]) in scarce:
            gain = steps.scores.over_nothing.item(steps.picks[0].candidate)
            wishes.append(Wish(rows[index]["decision_id"], channel, gain))
    return Decided(pa.Table.from_pylist(rows, SCHEMAS["decisions"]), wishes)


def _steps(
    engine: Engine, log: Log, audience: Sequence[str], mailing: Mailing, rooms: Mapping[str, int]
) -> Iterator[tuple[int, DecisionSteps]]:
    """Of everybody, with their position in the audience; those whom the log does not know are strangers."""
    requests = [replace(request, rooms=rooms) for request in requests_of(log, audience, mailing)]
    places = positions_of(log, audience)
    known = np.flatnonzero(places >= 0)
    ours = [requests[index] for index in known.tolist()]
    for index, steps in run_steps_in(engine, ours, log.history, places[known]):
        yield int(known[index]), steps
    strangers = np.flatnonzero(places < 0).tolist()
    yield from zip(
        strangers,
        run_all_steps(engine, [replace(requests[index], past=NO_PAST) for index in strangers]),
        strict=True,
    )


class RowWriter:
    """Writes decisions as rows of a table.

    What ``nba import`` reads and training learns from.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._heads = [
            f'{{"action": {json.dumps(t.action)}, "channel": {json.dumps(t.channel)}, "action_probability": '
            for t in engine.journey.treatments
        ]
        self._context = [json.dumps({"phase_at_decision": phase}) for phase in engine.phases]
        self._policy = {arm: policy_name(engine, arm.policy) for arm in engine.journey.objective.arms}

    def __call__(self, steps: DecisionSteps) -> dict[str, Any]:
        """The row of one decision."""
        request, pick = steps.request, steps.picks[0]
        chosen = self._engine.journey.treatments[int(steps.candidates[pick.candidate])]
        return {
            "decision_id": request.decision_id,
            "customer_id": request.customer.customer_id,
            "decided_at": request.decided_at,
            "context": self._context[int(steps.situations.phase[0])],
            "action": chosen.action,
            "channel": chosen.channel,
            "action_probability": pick.probability.item(pick.candidate),
            "candidates": self._candidates(steps),
            "bundle": self._engine.bundle_id,
            "policy": self._policy[steps.arm],
            "arm": steps.arm.name,
            "delivered_at": None,
        }

    def _candidates(self, steps: DecisionSteps) -> str:
        """As JSON, doing nothing first; numbers to their last digit."""
        columns = (steps.candidates, steps.picks[0].probability, steps.scores.priority)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        parts = [f'{self._heads[code]}{chance!r}, "priority": {worth!r}}}' for code, chance, worth in rows]
        return f"[{', '.join(parts)}]"
