"""What bundles would have earned, had they been trained in the past.

At each cut a bundle is trained from what was known then, exactly as ``nba train`` would have, its floor and
its choice of account included; then it chooses in the decisions until the next cut, which it never saw. Next
to it stand what was really done, doing nothing, and the first bundle, as if nobody had trained again. Nothing
is published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints
from models.bundle import Models
from models.domain.history import from_ms, to_ms
from models.errors import TrainingDataError
from models.policy.engine import Engine
from training.evaluation.figures.scored_rows import candidate_mask, thinned
from training.evaluation.off_policy.bootstrap import Estimate, mean_interval
from training.evaluation.off_policy.logged_candidates import candidates_column
from training.evaluation.off_policy.off_policy import LoggedDecisions, evaluate, row_gains
from training.evaluation.off_policy.reward_model import cross_fitted
from training.fit.prepared import Prepared
from training.gate.champion import Contestant, worth
from training.gate.foresight import foresight
from training.rows.rows import DecisionRows
from training.rows.split import Part
from training.run.dataset import Dataset
from training.run.learning import Learned, Task, prepare_task
from training.run.measuring import learn_and_measure
from training.run.progress import Progress
from training.streams import Stream, generator
from training.studies.known_rows import as_of, rows_at
from training.studies.plain import plain

FIRST: Final = 0.5
"""Share of the decisions before the first of evenly spaced cuts."""

AGAINST: Final = ("what was done", "doing nothing", "the first bundle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Decisions between two cuts.

    And what the bundle that was trained at the first would have earned in them.

    Attributes:
        cut, until: aware; decisions are of ``cut`` or later and before ``until``.
        logged: per decision, what was really earned.
        earned: per decision, by the bundle's best choices; None: ``refused`` says why.
        more: per decision, what it earns more than each of ``AGAINST``; empty where the log cannot tell.
        auc: of its propensities for contacts that were made; nan without any of both kinds.
        ranks_by: the account that it ranks by, or the simple policy that it is.
    """

    cut: datetime
    until: datetime
    learned_from: int
    decisions: int
    customers: int
    logged: Estimate | None
    earned: Estimate | None
    more: dict[str, Estimate]
    refused: str
    auc: float
    ranks_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """Windows in the order of time.

    ``more``: over all of them together, per decision, in ``currency``.
    """

    currency: str
    windows: tuple[Window, ...]
    more: dict[str, Estimate]

    @property
    def verdict(self) -> str:
        """The first sentence that somebody reads."""
        found = self.more.get(AGAINST[0])
        told = sum(window.earned is not None for window in self.windows)
        if found is None:
            return f"The log cannot tell what bundles would have earned: {self.windows[0].refused}."
        number = len(self.windows)
        times = "once in the past" if number == 1 else f"again at each of {number} cuts"
        word = "more" if found.low > 0 else "less" if found.high < 0 else "neither surely more nor less"
        return (
            f"Trained {times}, it would have earned {word} than what was "
            f"done: {found.value:+.3f} {self.currency} per decision (95 % interval {found.low:+.3f} to "
            f"{found.high:+.3f}; {told} windows can be judged)."
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values, the verdict first."""
        return {"verdict": self.verdict, **plain(self)}


def backtest(
    dataset: Dataset,
    cuts: int | Sequence[datetime] = 4,
    *,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Train at several cuts and judge each bundle on the decisions until the next.

    Args:
        cuts: how many, evenly spaced by decisions over the second half of the log; or aware instants.
        seed: of everything that is drawn; None: the configuration's.
        progress: told which stage runs.

    Raises:
        TrainingDataError: a cut leaves too little before it or nothing after it.
    """
    drawn = dataset.config.seed if seed is None else seed
    task = Task(dataset=dataset, seed=drawn, progress=progress or Progress())
    whole = prepare_task(task)
    edges = _edges(whole.split.whole.decided_at, cuts)
    rng = generator(drawn, Stream.BACKTEST)
    windows, gains, first = [], [], None
    for cut, until in pairwise(edges):
        known = as_of(
            whole, cut, dataset.config.split, dataset.config.rows.purge, dataset.config.rows.early_labels
        )
        learned, _ = learn_and_measure(replace(task, prepared=known))
        first = first or learned.models
        decided = whole.split.whole.decided_at
        here = _all_tested(rows_at(whole, np.flatnonzero((decided >= cut) & (decided < until))))
        window, each = _window(dataset, here, learned, first, rng, (cut, until))
        windows.append(window)
        gains.append(each)
    return Backtest(
        currency=dataset.journey.currency, windows=tuple(windows), more=_pooled(gains, dataset, rng)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gains:
    """By decision of a window, and whose it is."""

    customer: Ints
    more: dict[str, Floats]


def _edges(decided_at: Ints, cuts: int | Sequence[datetime]) -> list[int]:
    """Cuts and the end of the log, in milliseconds."""
    ascending = np.sort(decided_at)
    end = int(ascending[-1]) + 1
    if isinstance(cuts, int):
        if cuts < 1:
            raise TrainingDataError(f"cuts: expected at least 1, got {cuts}.")
        shares = FIRST + (1 - FIRST) * np.arange(cuts) / cuts
        edges = [int(ascending[int(share * len(ascending))]) for share in shares]
    else:
        edges = [to_ms(cut) for cut in sorted(cuts)]
        outside = [from_ms(edge) for edge in edges if not ascending[0] < edge < end]
        if outside or not edges:
            raise TrainingDataError(
                f"cuts: expected times within the log ({from_ms(int(ascending[0])):%Y-%m-%d} to "
                f"{from_ms(end):%Y-%m-%d}), got {', '.join(f'{cut:%Y-%m-%d}' for cut in outside) or 'none'}."
            )
    if len(set(edges)) < len(edges):
        raise TrainingDataError("cuts: several fall on the same moment; take fewer.")
    return [*edges, end]


def _all_tested(prepared: Prepared) -> Prepared:
    rows = prepared.split.whole
    part = np.full(len(rows), Part.TEST, dtype=np.int8)
    return replace(prepared, split=replace(prepared.split, rows=rows, part=part))


def _window(
    dataset: Dataset,
    here: Prepared,
    learned: Learned,
    first: Models,
    rng: np.random.Generator,
    edges: tuple[int, int],
) -> tuple[Window, _Gains]:
    found = _Found.of(dataset, here, learned.models, first, rng)
    resamples = dataset.config.evaluation.bootstrap
    foreseen = foresight(found.player, "then", here, np.arange(len(here.rows)))
    contest, rows = learned.contest, found.rows

    def mean(each: Floats) -> Estimate:
        return mean_interval(rows.customer, each, rng, resamples)

    window = Window(
        cut=from_ms(edges[0]),
        until=from_ms(edges[1]),
        learned_from=int((learned.prepared.split.part < Part.TEST).sum()),
        decisions=len(here.rows),
        customers=len(np.unique(here.rows.customer)),
        logged=mean(rows.reward) if len(rows) else None,
        earned=None if found.refused else mean(found.earned),
        more={name: mean(each) for name, each in found.more.items()},
        refused=found.refused,
        auc=foreseen.auc,
        ranks_by=contest.floor or ("effects in money" if contest.ranks else "responses and next phases"),
    )
    return window, _Gains(customer=rows.customer, more=found.more)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """By decision with probability and reward, what policies would have earned; empty where refused."""

    player: Contestant
    rows: DecisionRows
    refused: str
    earned: Floats
    more: dict[str, Floats]

    @classmethod
    def of(
        cls, dataset: Dataset, here: Prepared, models: Models, first: Models, rng: np.random.Generator
    ) -> _Found:
        player = Contestant(engine=Engine(here.journey, models, "then"), prepared=here)
        known = np.isfinite(here.rows.action_probability) & np.isfinite(here.rows.reward)
        use = thinned(np.flatnonzero(known), here.rows, len(here.journey.treatments), rng)
        rows = here.rows.take(use)
        if not len(use):
            why = "no decision has an action probability and a known reward"
            return cls(player=player, rows=rows, refused=why, earned=np.zeros(0), more={})
        mask = candidate_mask(here, player.engine, use, candidates_column(dataset.tables))
        mask[:, 0] = True
        old = replace(player, engine=Engine(here.journey, first, "first"))
        expected = cross_fitted(here, np.arange(len(here.rows)), use, rng)
        ours, kept = (
            _log(rows, worth(each, use, mask, here.journey).argmax(axis=1), expected)
            for each in (player, old)
        )
        nothing = _log(rows, np.zeros(len(use), dtype=np.int64), expected)
        objections = evaluate(ours, rng, resamples=1).refused
        if objections:
            return cls(player=player, rows=rows, refused="; ".join(objections), earned=np.zeros(0), more={})
        done = replace(ours, target=ours.logged, model_target=ours.model_logged)
        rivals = dict(zip(AGAINST, (done, nothing, kept), strict=True))
        more = {
            name: row_gains(ours, rival)
            for name, rival in rivals.items()
            if name == AGAINST[0] or not evaluate(rival, rng, resamples=1).refused
        }
        return cls(player=player, rows=rows, refused="", earned=rows.reward + more[AGAINST[0]], more=more)


def _log(rows: DecisionRows, chosen: Ints, expected: Floats) -> LoggedDecisions:
    """The decisions with what a policy would have chosen in each."""
    each = np.arange(len(rows))
    return LoggedDecisions(
        customer=rows.customer,
        reward=rows.reward,
        logged=rows.action_probability,
        target=(rows.treatment == chosen).astype(np.float64),
        model_logged=expected[each, rows.treatment],
        model_target=expected[each, chosen],
    )


def _pooled(gains: Sequence[_Gains], dataset: Dataset, rng: np.random.Generator) -> dict[str, Estimate]:
    """Over the decisions of all windows that can be judged, customers drawn as a whole."""
    pooled = {}
    for name in AGAINST:
        told = [each for each in gains if name in each.more]
        if told:
            customer = np.concatenate([each.customer for each in told])
            rows = np.concatenate([each.more[name] for each in told])
            pooled[name] = mean_interval(customer, rows, rng, dataset.config.evaluation.bootstrap)
    return pooled
