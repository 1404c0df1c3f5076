"""Whom to contact next, from tables, bucket by bucket.

Two passes: everybody's best contact, as if there were room for all; then the best of all buckets together get
what the day has left, and their best time. Nothing is written.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.policy.batch.worklist import (
    MOST_PATHS,
    Contact,
    Ranking,
    Worklist,
    contact_of,
    told,
)
from training.batch.prepared import Run, bucket_of, contacts_left, engine_of, prepare_run
from training.shards.engine import BucketEngine


@dataclass(frozen=True, slots=True)
class _Best:
    """The best contacts of one bucket."""

    run: Run
    most: int
    rooms: dict[str, int]

    def __call__(self, bucket: int) -> bytes:
        engine, ranking = engine_of(self.run.task.work), Ranking(self.most)
        people, audience = bucket_of(self.run, bucket), self.run.audience(bucket)
        for _, steps in people.steps(engine, audience, self.run.mailing, self.rooms, {}):
            ranking.add(contact_of(engine, steps))
        ranking.best()
        return pickle.dumps(ranking)


@dataclass(frozen=True, slots=True)
class _Told:
    """Best times of those who are on the list, and paths ahead of the first of them, of one bucket."""

    run: Run
    listed: tuple[tuple[Contact, ...], ...]
    with_paths: frozenset[str]
    rooms: dict[str, int]

    def __call__(self, bucket: int) -> bytes:
        own, engine = self.listed[bucket], engine_of(self.run.task.work)
        if not own:
            return pickle.dumps([])
        audience = [contact.customer_id for contact in own]
        steps = bucket_of(self.run, bucket).steps(engine, audience, self.run.mailing, self.rooms, {})
        return pickle.dumps(
            [
                told(engine, each, own[index], path=own[index].customer_id in self.with_paths)
                for index, each in steps
            ]
        )


def list_contacts(engine: BucketEngine, run: Run, *, data: str, most: int, scratch: Path) -> Worklist:
    """The ``most`` customers with a profile whose contact on the mailing's channel gains most.

    Args:
        data: the folder or URL of the tables.
        scratch: a folder of this machine.

    Raises:
        NBAError: tables, bundle or names are wrong.
    """
    prepare_run(engine, run, data, scratch, None)
    left, buckets = contacts_left(engine, run), run.task.buckets
    room = left.get(run.mailing.channel)
    ranking = Ranking(most if room is None else min(most, room))
    of_buckets = [pickle.loads(each) for each in engine.each(_Best(run, ranking.most, left), buckets)]  # noqa: S301 - our own tasks
    for each in of_buckets:
        ranking.join(each)
    best = ranking.best()
    known = _told(engine, run, left, best, [{c.customer_id for c in r.best()} for r in of_buckets])
    return ranking.listed((known[contact.customer_id] for contact in best), room)


def _told(
    engine: BucketEngine, run: Run, left: dict[str, int], best: Sequence[Contact], ids: Sequence[set[str]]
) -> dict[str, Contact]:
    listed = tuple(tuple(contact for contact in best if contact.customer_id in own) for own in ids)
    with_paths = frozenset(contact.customer_id for contact in best[:MOST_PATHS])
    answers = engine.each(_Told(run, listed, with_paths, left), run.task.buckets)
    return {contact.customer_id: contact for each in answers for contact in pickle.loads(each)}  # noqa: S301 - our own tasks
