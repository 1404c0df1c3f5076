"""Two policies on the same decisions of a log.

What one would have earned more than the other, per decision and per customer, where they disagree and what
that is worth, and how well each knew what followed. Decisions are later than what either learned from, unless
another start is stated. Knows choices and what was logged; knows nothing of how policies came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.bundle import Manifest, Models
from models.domain.history import from_ms
from models.domain.journey import Journey
from models.errors import TrainingDataError
from models.policy.engine import Engine
from training.data.tables import Tables
from training.evaluation.figures.scored_rows import candidate_mask, thinned
from training.evaluation.off_policy.bootstrap import Estimate, mean_interval, sums_by_customer
from training.evaluation.off_policy.logged_candidates import candidates_column
from training.evaluation.off_policy.overlap import find_overlap, overlap_note
from training.evaluation.off_policy.reward_model import cross_fitted
from training.fit.prepared import Prepared
from training.gate.champion import Contestant, candidates_of, seen_by, worth
from training.gate.foresight import Foresight, foresight
from training.gate.gain import Gain, paired_gain, row_differences
from training.report.journey_figures import treatment_label
from training.rows.split import Part
from training.run.dataset import Dataset
from training.streams import Stream, generator
from training.studies.later_rows import later_rows
from training.studies.plain import plain

NOTHING: Final = "nothing"
"""Names the policy that never acts."""

MOST_DISAGREEMENTS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """A policy that takes part.

    ``models`` None: it never acts, and its journey file is the other's. ``learned_until``: None: not known.
    """

    name: str
    journey: Journey
    models: Models | None
    manifest: Manifest | None = None
    learned_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A part of the decisions: a phase, or a pair of choices.

    ``agree``: share in which both choose alike; ``gain``: per decision of this part.
    """

    label: str
    decisions: int
    agree: float
    gain: Gain


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What ``a`` does and earns next to ``b``.

    Attributes:
        since: decisions are later than that; None: all of the log.
        agree: share of the decisions in which both choose alike.
        per_decision: what ``a`` earns more, in ``currency``; positive: ``a`` is ahead.
        per_customer: the same, a customer's decisions added up; None where the log cannot tell.
        phases: in the order of the journey.
        disagreements: pairs of choices, the most frequent first.
        foresight: how well each knew what followed, on the same rows.
        origin: what differs in where they come from: field, ``a``, ``b``.
        notes: what to keep in mind.
    """

    a: str
    b: str
    currency: str
    since: datetime | None
    decisions: int
    customers: int
    agree: float
    per_decision: Gain
    per_customer: Estimate | None
    phases: tuple[Where, ...]
    disagreements: tuple[Where, ...]
    foresight: tuple[Foresight, ...]
    origin: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values, the verdict first."""
        return {"verdict": self.verdict, **plain(self)}

    @property
    def verdict(self) -> str:
        """The first sentence that somebody reads."""
        gain = self.per_decision
        if gain.estimate is None:
            return f"The log cannot tell which earns more: {gain.refused}."
        if not gain.differ:
            return "Both choose alike in every decision, so neither earns more."
        e, money = gain.estimate, self.currency
        interval = f"95 % interval {e.low:+.3f} to {e.high:+.3f}"
        if e.low > 0:
            return f"{self.a} earns {e.value:+.3f} {money} per decision more than {self.b} ({interval})."
        if e.high < 0:
            return f"{self.a} earns {-e.value:.3f} {money} per decision less than {self.b} ({interval})."
        return (
            f"The log does not show that either earns more: {self.a} {e.value:+.3f} {money} per decision "
            f"against {self.b} ({interval})."
        )


def compare(
    a: Side, b: Side, dataset: Dataset, *, since: datetime | None = None, seed: int | None = None
) -> Comparison:
    """Let both choose in the same logged decisions, and estimate the difference, doubly robust and paired.

    Args:
        since: only decisions later than that; None: later than what either learned from.
        seed: of intervals and of the rows that are drawn where there are too many; None: the configuration's.

    Raises:
        TrainingDataError: no such decisions, or both never act.
        NBAError: the log has names that a journey file does not know.
    """
    if a.models is None and b.models is None:
        raise TrainingDataError(f"both policies never act; compare bundles, or one with {NOTHING!r}.")
    rng = generator(dataset.config.seed if seed is None else seed, Stream.COMPARISON)
    lead = a if a.models is not None else b
    started = since or max((each for each in (a.learned_until, b.learned_until) if each), default=None)
    engine = Engine(lead.journey, lead.models, lead.name)
    prepared = later_rows(dataset, engine, started)
    rows = prepared.rows
    test = np.flatnonzero(prepared.split.of(Part.TEST))
    weighted = test[np.isfinite(rows.action_probability[test]) & np.isfinite(rows.reward[test])]
    use = thinned(weighted if len(weighted) else test, rows, len(prepared.journey.treatments), rng)
    sides = [_seen(each, engine, prepared, dataset.tables) for each in (a, b)]
    masks = _common_candidates(sides, use, prepared, dataset.tables)
    ours, theirs = (
        _choices(side, use, mask, prepared.journey) for side, mask in zip(sides, masks, strict=True)
    )
    part = rows.take(use)
    phase = prepared.situations.phase[use]
    expected = cross_fitted(prepared, np.arange(len(rows)), use, rng) if len(weighted) else None
    measure = _Measure(part, ours, theirs, expected, rng, dataset.config.evaluation.bootstrap)
    notes = _notes(prepared, use, since, a, b)
    return Comparison(
        a=a.name,
        b=b.name,
        currency=prepared.journey.currency,
        since=started,
        decisions=len(use),
        customers=len(np.unique(part.customer)),
        agree=float((ours == theirs).mean()),
        per_decision=measure.gain(None),
        per_customer=measure.per_customer(),
        phases=tuple(
            measure.where(each.label, phase == code)
            for code, each in enumerate(prepared.journey.phases)
            if (phase == code).any()
        ),
        disagreements=tuple(_disagreements(prepared.journey, ours, theirs, measure)),
        foresight=tuple(
            foresight(side, name, prepared, test)
            for side, name in zip(sides, (a.name, b.name), strict=True)
            if side is not None
        ),
        origin=tuple(_origin(a.manifest, b.manifest)),
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True)
class _Measure:
    """Gains on parts of the decisions, from one generator."""

    rows: Any
    ours: Ints
    theirs: Ints
    expected: Floats | None
    rng: np.random.Generator
    resamples: int

    def gain(self, part: Mask | None) -> Gain:
        if self.expected is None:
            use = np.ones(len(self.rows), dtype=bool) if part is None else part
            differ = float((self.ours != self.theirs)[use].mean())
            return Gain(
                estimate=None, refused="it has no action probabilities", differ=differ, rows=int(use.sum())
            )
        return paired_gain(self.rows, self.ours, self.theirs, self.expected, self.rng, self.resamples, part)

    def where(self, label: str, part: Mask) -> Where:
        agree = float((self.ours == self.theirs)[part].mean())
        return Where(label=label, decisions=int(part.sum()), agree=agree, gain=self.gain(part))

    def per_customer(self) -> Estimate | None:
        """A customer's decisions added up; None where the decisions themselves cannot be judged."""
        if self.expected is None or self.gain(None).estimate is None:
            return None
        each = row_differences(self.rows, self.ours, self.theirs, self.expected)
        sums = sums_by_customer(self.rows.customer, each[:, None])[:, 0]
        return mean_interval(np.arange(len(sums)), sums, self.rng, self.resamples)


def _seen(side: Side, engine: Engine, prepared: Prepared, tables: Tables) -> Contestant | None:
    """The log as the side sees it; None: it never acts."""
    if side.models is None:
        return None
    if side.models is engine.models and side.journey is engine.journey:
        return Contestant(engine=engine, prepared=prepared)
    return seen_by(Engine(side.journey, side.models, side.name), prepared, tables)


def _common_candidates(
    sides: Sequence[Contestant | None], use: Ints, prepared: Prepared, tables: Tables
) -> list[Mask]:
    """Per side what it may choose: as logged, or by its own rules; by one journey file the same."""
    lead = next(side for side in sides if side is not None)
    shared = candidate_mask(prepared, lead.engine, use, candidates_column(tables))
    masks = []
    for side in sides:
        own = side is not None and side.engine.journey.sha256 != prepared.journey.sha256
        mask = candidates_of(side, use, prepared.journey) if own and side is not None else shared.copy()
        mask[:, 0] = True
        masks.append(mask)
    return masks


def _choices(side: Contestant | None, use: Ints, mask: Mask, journey: Journey) -> Ints:
    if side is None:
        return np.zeros(len(use), dtype=np.int64)
    best: Ints = worth(side, use, mask, journey).argmax(axis=1).astype(np.int64)
    return best


def _disagreements(journey: Journey, ours: Ints, theirs: Ints, measure: _Measure) -> list[Where]:
    """Pairs of different choices, the most frequent first."""
    pair = ours * len(journey.treatments) + theirs
    codes, counts = np.unique(pair[ours != theirs], return_counts=True)
    most = codes[np.argsort(-counts, kind="stable")][:MOST_DISAGREEMENTS]
    return [
        measure.where(f"{treatment_label(journey, a)} instead of {treatment_label(journey, b)}", pair == code)
        for code in most.tolist()
        for a, b in [divmod(code, len(journey.treatments))]
    ]


def _origin(a: Manifest | None, b: Manifest | None) -> list[tuple[str, str, str]]:
    """Fields of the two manifests that differ."""
    ours, theirs = _fields(a), _fields(b)
    return [
        (name, ours.get(name, "-"), theirs.get(name, "-"))
        for name in dict.fromkeys([*ours, *theirs])
        if ours.get(name) != theirs.get(name)
    ]


def _fields(manifest: Manifest | None) -> dict[str, str]:
    if manifest is None:
        return {}
    own = manifest.provenance
    extra = own.extra
    return {
        "made": f"{manifest.created_at:%Y-%m-%d %H:%M} UTC",
        "learned until": "-" if own.training_until is None else f"{own.training_until:%Y-%m-%d %H:%M} UTC",
        "data": (own.data_sha256 or "-")[:12],
        "journey file": manifest.journey_sha256[:12],
        "features": str(len(manifest.customer_features) + len(manifest.candidate_features)),
        **{f"rows: {name}": f"{rows:,}" for name, rows in extra.get("rows", {}).items()},
        **{f"trees: {name}": str(value) for name, value in extra.get("trees", {}).items()},
        "seed": str(extra.get("seed", "-")),
        **{f"library: {name}": str(version) for name, version in extra.get("libraries", {}).items()},
        "ranks by": _ranks_by(own.metrics.get("effects_in_money")),
        "gate": "passed" if extra.get("gate", {}).get("passed") else "refused",
    }


def _ranks_by(contest: Any) -> str:
    if not contest:
        return "-"
    if contest["floor"] is not None:
        return str(contest["floor"])
    return "effects in money" if contest["ranks"] else "responses and next phases"


def _notes(prepared: Prepared, use: Ints, since: datetime | None, a: Side, b: Side) -> list[str]:
    notes = []
    learned = max((each for each in (a.learned_until, b.learned_until) if each), default=None)
    first = from_ms(int(prepared.rows.decided_at[use].min()))
    if since is not None and learned is not None and first <= learned:
        notes.append(
            "some of these decisions were learned from, so models look better than they are: the last one "
            f"learned from is of {learned:%Y-%m-%d %H:%M} UTC"
        )
    if a.models is not None and b.models is not None and a.journey.sha256 != b.journey.sha256:
        notes.append(
            f"the journey files differ: each chooses by its own, and rewards are counted by that of {a.name}"
        )
    overlap = overlap_note(
        find_overlap(prepared.rows.take(use), prepared.situations.phase[use], prepared.journey)
    )
    if overlap is not None:
        notes.append(f"per customer: {overlap}")
    return notes
