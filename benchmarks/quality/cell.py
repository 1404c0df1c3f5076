"""One log of one world: the rows, features and parts that everybody learns from.

Goes the product's own way from tables to features; knows nothing of who learns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Floats32, Ints
from training.config import FeatureRules, RowRules, Split
from training.data.encode import encode
from training.fit.prepared import Prepared, make_builder, prepare
from training.rows.rows import UNKNOWN, make_rows
from training.rows.split import Part, split_rows
from training.simulator.log.log import simulate_log, tables_of
from training.simulator.world.world import World

DAYS: Final = 364


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Rows whose outcome is known, as every learner gets them. k rows.

    Attributes:
        customer_x, candidate_x: (k, F), (k, G). Of the moment, and of the treatment taken.
        phase, treatment, next_phase, response: (k,).
        reward: (k,). EUR within the horizon: value of the response, entries into phases, minus cost.
        probability: (k,). Of the treatment taken, as logged.
        situation: (k,). Position among the prepared situations.
    """

    customer_x: Floats32
    candidate_x: Floats32
    phase: Any
    treatment: Any
    next_phase: Any
    response: Any
    reward: Floats
    probability: Floats
    situation: Ints

    def thinned(self, most: int, rng: np.random.Generator) -> Lesson:
        """At most ``most`` rows, drawn at random."""
        if len(self.phase) <= most:
            return self
        kept = np.sort(rng.choice(len(self.phase), most, replace=False))
        return Lesson(*(getattr(self, name)[kept] for name in self.__slots__))


def make_prepared(world: World, customers: int, rng: np.random.Generator) -> tuple[Prepared, Any]:
    """Simulate a log and make rows and features of it, split by time as the product splits."""
    tables = tables_of(simulate_log(world, customers, DAYS, rng))
    log = encode(tables, world.journey)
    builder = make_builder(world.journey, log, FeatureRules())
    trace = builder.machine.trace(log.history)
    rows = make_rows(log, None, world.journey, trace, RowRules(), rng)
    split = split_rows(rows, np.zeros(customers, dtype=np.int64), Split(), True)
    candidates = tables.decisions.column("candidates").combine_chunks()
    return prepare(world.journey, builder, log, trace, split), candidates


def lesson_of(prepared: Prepared) -> Lesson:
    """All rows before the test part: what is learned from, by us and by every rival."""
    rows, part = prepared.rows, prepared.split.part
    known = (rows.response != UNKNOWN) & (rows.next_phase != UNKNOWN) & np.isfinite(rows.reward)
    use = np.flatnonzero((part < Part.TEST) & known)
    return Lesson(
        customer_x=prepared.customer_x[use],
        candidate_x=prepared.candidate_x[use],
        phase=prepared.situations.phase[use],
        treatment=rows.treatment[use],
        next_phase=rows.next_phase[use],
        response=rows.response[use],
        reward=rows.reward[use],
        probability=rows.action_probability[use],
        situation=use,
    )
