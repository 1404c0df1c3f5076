"""Decides for one bucket of customers and writes decisions as a table.

Everything about a customer happens here, in one task, so limits hold; only a channel's contacts of the day
are shared out over all buckets (``capacity.py``).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from models.domain.past import NO_PAST
from models.policy.choice.choice import policy_name
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, run_all_steps, run_steps_in
from training.batch.capacity import Wish, for_all, rooms_of
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


def second_pass(
    engine: Engine, tables: Tables, audience: Sequence[str], mailing: Mailing, lost: Collection[str]
) -> Decided:
    """Decide again for those who lost, without the channels that are full."""
    again = [customer for customer in audience if mailing.decision_id(customer) in lost]
    none = dict.fromkeys(rooms_of(engine.journey), 0)
    return _decide(engine, encode(tables, engine.journey), again, mailing, none)


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
