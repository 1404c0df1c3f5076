"""Decides for one bucket of customers and writes decisions as a table.

Everything about a customer happens here, in one task, so limits hold; only a channel's contacts of the day
are shared out over all buckets (``models/policy/batch``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from models.policy.batch.capacity import Cut, Wish, for_all, scarce
from models.policy.batch.garbage import rare_collections
from models.policy.batch.rows import Row, RowWriter, contacts_of_account, with_cuts
from models.policy.batch.second_pass import FirstDecision
from models.policy.engine import Engine
from training.batch.bucket import Bucket
from training.batch.requests import Mailing
from training.data.tables import SCHEMAS


@dataclass(frozen=True, slots=True)
class Decided:
    """What one pass decided for a bucket.

    ``table``: the table ``decisions`` of the four tables, in the order of the audience; ``wishes``: contacts
    that are wanted on scarce channels.
    """

    table: Any
    wishes: list[Wish]


def first_pass(engine: Engine, bucket: Bucket, audience: Sequence[str], mailing: Mailing) -> Decided:
    """Decide as if there were room for everybody."""
    write, full = RowWriter(engine, mailing.run_id), scarce(engine.journey)
    rows: list[Row] = [{}] * len(audience)
    wishes: list[Wish] = []
    with rare_collections():
        for index, steps in bucket.steps(engine, audience, mailing, for_all(full)):
            rows[index] = write(steps)
            if (channel := rows[index]["channel"]) in full:
                gain = steps.scores.over_nothing.item(steps.picks[0].candidate)
                wishes.append(Wish(rows[index]["decision_id"], channel, gain))
    return Decided(pa.Table.from_pylist(rows, SCHEMAS["decisions"]), wishes)


@dataclass(frozen=True, slots=True)
class Settled:
    """A bucket's decisions in the end.

    ``table``: in the order of the first pass; ``moved``: how many wanted a contact that others got.
    """

    table: Any
    moved: int


def second_pass(
    engine: Engine, read: Callable[[], Bucket], mailing: Mailing, first: Any, cuts: Mapping[str, Cut]
) -> Settled:
    """Take contacts from those who gain least, and decide again for these without scarce channels.

    Args:
        read: gives the bucket; called if somebody has to be decided for again.
        first: the table of the first pass.
        cuts: where each channel's contacts end.
    """
    if not cuts:
        return Settled(first, 0)
    firsts = [FirstDecision.of(row, cuts) for row in first.to_pylist()]
    again = {each.row["customer_id"]: each for each in firsts if each.missed > 0}
    if again:
        bucket, none = read(), dict.fromkeys(scarce(engine.journey), 0)
        earlier = {name: contacts_of_account(each.row) for name, each in again.items()}
        audience = [*again]
        for index, steps in bucket.steps(engine, audience, mailing, none, earlier):
            again[audience[index]].settle(engine, steps)
    contexts = {text: with_cuts(text, cuts) for text in {each.row["context"] for each in firsts}}
    rows = [{**each.row, "context": contexts[each.row["context"]]} for each in firsts]
    return Settled(pa.Table.from_pylist(rows, first.schema), sum(each.lost for each in firsts))
