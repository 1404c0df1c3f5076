"""The champion and the new bundle on the same rows.

Logged ones, each by its own journey file. Knows how to see the log with the champion's eyes; knows nothing of
rewards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.arrays import AnyInts, Codes, Floats, Ints, Mask
from models.bundle import Bundle, Models
from models.domain.journey import Journey
from models.policy.engine import Engine
from training.data.encode import encode
from training.data.tables import Tables
from training.evaluation.off_policy.candidates import eligible
from training.fit.prepared import Prepared, situate
from training.rows.blocks import by_customer

ROWS: int = 4_096
"""Rows that are scored at a time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contestant:
    """One bundle and the log as it sees it.

    ``rows`` of ``prepared`` are those of the new bundle's log.
    """

    engine: Engine
    prepared: Prepared


def contestant(prepared: Prepared, models: Models, name: str) -> Contestant:
    """The new bundle."""
    return Contestant(engine=Engine(prepared.journey, models, name), prepared=prepared)


def champion_contestant(prepared: Prepared, bundle: Bundle, tables: Tables) -> Contestant:
    """The champion; see ``seen_by``."""
    return seen_by(Engine(bundle.journey, bundle.models, bundle.manifest.bundle_id), prepared, tables)


def seen_by(engine: Engine, prepared: Prepared, tables: Tables) -> Contestant:
    """Another bundle. Its situations come from its own features and phases; treatments by name.

    Raises:
        NBAError: the log has names that its journey file does not know.
    """
    journey = engine.journey
    if journey.sha256 == prepared.journey.sha256:
        log, trace, rows = prepared.log, prepared.trace, prepared.rows
    else:
        log = encode(tables, journey)
        trace = engine.builder.machine.trace(log.history)
        stated = _recoded(prepared.journey, journey, prepared.rows.stated_phase)
        rows = replace(prepared.rows, stated_phase=stated)
    seen = replace(
        prepared,
        journey=journey,
        builder=engine.builder,
        log=log,
        trace=trace,
        split=replace(prepared.split, rows=rows),
        situations=situate(engine.builder, log, trace, rows),
    )
    return Contestant(engine=engine, prepared=seen)


def _recoded(ours: Journey, theirs: Journey, phase: Codes) -> Codes:
    table = np.array([*(theirs.phase_index.get(p.name, -1) for p in ours.phases), -1], dtype=np.int32)
    recoded: Codes = table[phase]
    return recoded


def treatment_positions(ours: Journey, theirs: Journey) -> Ints:
    """Per treatment of ``ours`` its position in ``theirs``; -1 where there is none."""
    index = theirs.treatment_index
    return np.array([index.get((t.action, t.channel), -1) for t in ours.treatments], dtype=np.int64)


def candidates_of(player: Contestant, rows: Ints, journey: Journey) -> Mask:
    """(k, T) in the treatments of ``journey``: what the player's own rules would have allowed."""
    own = eligible(player.prepared, player.engine, rows)
    where = treatment_positions(journey, player.engine.journey)
    return np.where(where >= 0, own[:, where], False)


def worth(player: Contestant, rows: Ints, mask: Mask, journey: Journey) -> Floats:
    """(k, T): what each candidate of each row ranks by, EUR, as the player sees it; -inf where it is none.

    That is the priority with what satisfaction is worth.

    Args:
        mask: (k, T). Candidates in the treatments of ``journey``; those the player does not know are
            left out. Doing nothing always is one.
    """
    where = treatment_positions(journey, player.engine.journey)
    known = mask & (where >= 0)
    priority = np.full(mask.shape, -np.inf)
    for part in by_customer(player.prepared.rows.customer[rows], ROWS):
        row, treatment = np.nonzero(known[part])
        situations = player.prepared.situations.take(rows[part])
        found = player.engine.score(situations, row, where[treatment]).priority
        priority[part[row], treatment] = found + _pleasing(player, situations.phase[row], where[treatment])
    return priority


def _pleasing(player: Contestant, phase: AnyInts, treatment: Ints) -> Floats:
    """EUR that satisfaction puts on the rank; -inf where it forbids the treatment."""
    own = player.engine.satisfaction
    if own is None:
        return np.zeros(len(treatment))
    return np.where(own.refused[phase, treatment], -np.inf, own.worth[phase, treatment])
