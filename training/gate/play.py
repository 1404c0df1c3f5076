"""What the new bundle and the champion would have done in later situations, worked out once.

Gate and report both ask; neither scores again. Knows candidates, worth and a reward model; judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bundle import Bundle, Models
from models.errors import NBAError
from training.evaluation.policies import candidate_mask, thinned
from training.evaluation.reward_model import cross_fitted
from training.fit import Prepared
from training.gate.champion import Contestant, candidates_of, champion_contestant, contestant, worth
from training.split import Part
from training.tables import Tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Play:
    """k later rows with what each bundle would have chosen.

    Attributes:
        rows: shape (k,). Positions; with probabilities and rewards where the log has any.
        ours: shape (k,). Treatment that the new bundle values most.
        over_nothing: shape (k,). What it values that more than doing nothing, EUR.
        theirs: shape (k,). The champion's choice; None where there is no champion that can play.
        expected: shape (k, T). Reward by models of other customers; None where the log cannot be weighted.
    """

    rows: Ints
    ours: Ints
    over_nothing: Floats
    theirs: Ints | None
    expected: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineUp:
    """Who plays. ``problem``: why the champion cannot, or None; ``champion``: its id."""

    ours: Contestant
    theirs: Contestant | None
    champion: str | None
    problem: str | None


def line_up(prepared: Prepared, models: Models, champion: Bundle | None, tables: Tables) -> LineUp:
    """The new bundle and, where there is one that can read this log, the champion."""
    ours = contestant(prepared, models, "new")
    name = None if champion is None else champion.manifest.bundle_id
    theirs, problem = None, None
    if champion is not None:
        try:
            theirs = champion_contestant(prepared, champion, tables)
        except NBAError as error:
            problem = f"the champion cannot read this log ({error})"
    return LineUp(ours=ours, theirs=theirs, champion=name, problem=problem)


def play(line: LineUp, candidates_json: Any, rng: np.random.Generator) -> Play:
    """Let both choose.

    Args:
        candidates_json: per logged decision the JSON of its candidates, or None where it has none.
        rng: draws customers where there are too many, and the reward model's rows.
    """
    prepared = line.ours.prepared
    rows, journey = prepared.rows, prepared.journey
    test = prepared.split.of(Part.TEST)
    known = test & np.isfinite(rows.action_probability) & np.isfinite(rows.reward)
    weighted = bool(known.any())
    use = thinned(np.flatnonzero(known if weighted else test), rows, len(journey.treatments), rng)
    masks = _masks(line, use, candidates_json if weighted else None)
    values = worth(line.ours, use, masks[0], journey)
    ours = values.argmax(axis=1).astype(np.int64)
    theirs = None
    if line.theirs is not None:
        theirs = worth(line.theirs, use, masks[1], journey).argmax(axis=1).astype(np.int64)
    each, learned = np.arange(len(use)), np.flatnonzero(prepared.split.part < Part.TEST)
    return Play(
        rows=use,
        ours=ours,
        over_nothing=values[each, ours] - values[:, 0],
        theirs=theirs,
        expected=cross_fitted(prepared, learned, use, rng) if weighted else None,
    )


def _masks(line: LineUp, use: Ints, candidates_json: Any) -> list[Mask]:
    """What each could choose: as logged where both have one journey file, else by the rules of its own."""
    prepared, theirs = line.ours.prepared, line.theirs
    if theirs is None or theirs.engine.journey.sha256 == prepared.journey.sha256:
        same = candidate_mask(prepared, line.ours.engine, use, candidates_json)
        same[:, 0] = True
        return [same, same]
    return [candidates_of(player, use, prepared.journey) for player in (line.ours, theirs)]
