"""What new bundle and champion would have done later.

Worked out once for later situations. Gate and report both ask; neither scores again. Knows candidates and
worth; judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints
from models.bundle import Bundle, Models
from models.errors import NBAError
from models.policy.choice.bounds import costs_satisfaction
from training.data.tables import Tables
from training.evaluation.figures.scored_rows import ScoredRows, thinned
from training.evaluation.off_policy.served import pleasing
from training.fit.prepared import Prepared
from training.gate.champion import Contestant, candidates_of, champion_contestant, contestant, worth


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choices:
    """k later rows with what each bundle would have chosen.

    Attributes:
        rows: shape (k,). Positions; with probabilities and rewards where the log has any.
        ours: shape (k,). Treatment that the new bundle values most.
        over_nothing: shape (k,). What it ranks that above doing nothing, EUR.
        response: shape (k,). What the response to it brings by the models, less the cost, EUR.
        theirs: shape (k,). The champion's choice; None where there is no champion that can take part.
        expected: shape (k, T). Reward by models of other customers; None where the log cannot be weighted.
    """

    rows: Ints
    ours: Ints
    over_nothing: Floats
    response: Floats
    theirs: Ints | None
    expected: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contest:
    """The new bundle and the champion.

    ``champion``: its id; ``problem``: why it cannot take part.
    """

    ours: Contestant
    theirs: Contestant | None
    champion: str | None
    problem: str | None


def contestants(prepared: Prepared, models: Models, champion: Bundle | None, tables: Tables) -> Contest:
    """The new bundle and, where there is one that can read this log, the champion."""
    ours = contestant(prepared, models, "new")
    name = None if champion is None else champion.manifest.bundle_id
    theirs, problem = None, None
    if champion is not None:
        try:
            theirs = champion_contestant(prepared, champion, tables)
        except NBAError as error:
            problem = f"the champion cannot read this log ({error})"
    return Contest(ours=ours, theirs=theirs, champion=name, problem=problem)


def choose_all(contest: Contest, scored: ScoredRows, rng: np.random.Generator) -> Choices:
    """Let both choose among the candidates of the scored rows; by one journey file from the same ones.

    Args:
        scored: the test rows as the new bundle sees them.
        rng: draws customers where there are too many.
    """
    prepared = contest.ours.prepared
    journey = prepared.journey
    use = thinned(scored.rows, prepared.rows, len(journey.treatments), rng)
    at = np.searchsorted(scored.rows, use)
    theirs = None
    if contest.theirs is None or contest.theirs.engine.journey.sha256 == journey.sha256:
        mask = scored.mask[at]
        mask[:, 0] = True
        phase = prepared.situations.phase[use]
        treatment = np.arange(mask.shape[1])
        allowed = mask & ~costs_satisfaction(scored.engine, phase, treatment)
        values = np.where(allowed, pleasing(scored.engine, scored.priority[at], phase), -np.inf)
    else:
        mask = candidates_of(contest.theirs, use, journey)
        values = worth(contest.ours, use, candidates_of(contest.ours, use, journey), journey)
    if contest.theirs is not None:
        theirs = worth(contest.theirs, use, mask, journey).argmax(axis=1).astype(np.int64)
    ours = values.argmax(axis=1).astype(np.int64)
    factors = scored.engine.factors
    return Choices(
        rows=use,
        ours=ours,
        over_nothing=values[np.arange(len(use)), ours] - values[:, 0],
        response=scored.propensity[at, ours] * factors.stake[ours] - factors.cost[ours],
        theirs=theirs,
        expected=None if scored.expected is None else scored.expected[at],
    )
