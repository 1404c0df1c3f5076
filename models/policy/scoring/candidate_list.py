"""Candidates of a decision, made when they are read.

A decision has dozens of candidates and answers one: building fifteen fields for each of the others would
take as long as screening them. Knows columns of scores; computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints
from models.domain.actions import Treatment
from models.domain.decision import PropensityEstimate, ScoredCandidate, Value
from models.policy.scoring.candidate_record import CandidateLayout, PackedCandidates, pack
from models.policy.scoring.scoring import Scores
from models.statistics import NORMAL_90


class CandidateList(Sequence[ScoredCandidate]):
    """Doing nothing first, then by name.

    Equal to any sequence of equal candidates.

    Args:
        treatments: of the journey.
        phases: names, in the order of ``scores.leads_to``.
        codes: shape (k,). The candidates' treatments.
        probability: shape (k,). Action probabilities in the first slot.
        scores: of the candidates.
    """

    __slots__ = ("_codes", "_phases", "_probability", "_read", "_scores", "_treatments")

    def __init__(
        self,
        treatments: tuple[Treatment, ...],
        phases: tuple[str, ...],
        codes: Ints,
        probability: Floats,
        scores: Scores,
    ) -> None:
        self._treatments = treatments
        self._phases = phases
        self._codes = codes
        self._probability = probability
        self._scores = scores
        self._read: tuple[ScoredCandidate, ...] | None = None

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> ScoredCandidate: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ScoredCandidate]: ...
    def __getitem__(self, index: int | slice) -> ScoredCandidate | Sequence[ScoredCandidate]:
        if self._read is None and isinstance(index, int) and 0 <= index < len(self):
            return self.one(index)
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._codes.tobytes())

    def __repr__(self) -> str:
        return repr(self._all())

    def records(self) -> list[dict[str, Any]]:
        """Every candidate as plain dictionaries, straight from the columns; what the log keeps."""
        rows = zip(*(column.tolist() for column in self._columns()), strict=True)
        return [
            {
                "action": self._treatments[code].action,
                "channel": self._treatments[code].channel,
                "action_probability": probability,
                "propensity": {"value": propensity, "low": low, "high": high, "evidence": evidence},
                "value": {
                    "immediate": immediate,
                    "journey": journey,
                    "cost": cost,
                    "priority": priority,
                    "over_nothing": over_nothing,
                    "over_nothing_low": gain_low,
                    "over_nothing_high": gain_high,
                },
                "leads_to": dict(zip(self._phases, leads_to, strict=True)),
            }
            for (
                code, probability, propensity, low, high, evidence,
                immediate, journey, cost, priority, over_nothing, gain_low, gain_high, leads_to,
            ) in rows
        ]  # fmt: skip

    def packed(self) -> PackedCandidates:
        """Every candidate as the log keeps it."""
        layout = _layout(self._treatments, self._phases)
        return pack(layout, self._codes, self._probability, self._scores)

    def one(self, index: int) -> ScoredCandidate:
        """The candidate at ``index``, from 0, without making columns of all."""
        code, scores = self._codes.item(index), self._scores
        gain = scores.over_nothing.item(index)
        half = NORMAL_90 * scores.deviation.item(index) if code else 0.0
        return _candidate(
            self._treatments[code],
            self._phases,
            self._probability.item(index),
            scores.propensity.item(index),
            scores.low.item(index),
            scores.high.item(index),
            scores.evidence.item(index),
            scores.immediate.item(index),
            scores.journey.item(index),
            scores.cost.item(index),
            scores.priority.item(index),
            gain,
            gain - half,
            gain + half,
            scores.leads_to[index].tolist(),
        )

    def _all(self) -> tuple[ScoredCandidate, ...]:
        if self._read is None:
            columns: list[list[Any]] = [column.tolist() for column in self._columns()]
            self._read = tuple(
                _candidate(self._treatments[code], self._phases, *row)
                for code, *row in zip(*columns, strict=True)
            )
        return self._read

    def _columns(self) -> tuple[NDArray[Any], ...]:
        scores = self._scores
        half = np.where(self._codes == 0, 0.0, NORMAL_90 * scores.deviation)
        interval = (scores.over_nothing - half, scores.over_nothing + half)
        return (*self._plain_columns(), *interval, scores.leads_to)

    def _plain_columns(self) -> tuple[NDArray[Any], ...]:
        scores = self._scores
        return (
            self._codes,
            self._probability,
            scores.propensity,
            scores.low,
            scores.high,
            scores.evidence,
            scores.immediate,
            scores.journey,
            scores.cost,
            scores.priority,
            scores.over_nothing,
        )


def _candidate(
    treatment: Treatment,
    phases: tuple[str, ...],
    probability: float,
    propensity: float,
    low: float,
    high: float,
    evidence: float,
    immediate: float,
    journey: float,
    cost: float,
    priority: float,
    over_nothing: float,
    gain_low: float,
    gain_high: float,
    leads_to: list[float],
) -> ScoredCandidate:
    return ScoredCandidate(
        action=treatment.action,
        channel=treatment.channel,
        action_probability=probability,
        propensity=PropensityEstimate(value=propensity, low=low, high=high, evidence=evidence),
        value=Value(
            immediate=immediate,
            journey=journey,
            cost=cost,
            priority=priority,
            over_nothing=over_nothing,
            over_nothing_low=gain_low,
            over_nothing_high=gain_high,
        ),
        leads_to=dict(zip(phases, leads_to, strict=True)),
    )


_LAYOUTS: Final[dict[int, tuple[tuple[Treatment, ...], CandidateLayout]]] = {}
"""The layouts of catalogues that decide now, by identity: hashing a thousand treatments takes long."""


def _layout(treatments: tuple[Treatment, ...], phases: tuple[str, ...]) -> CandidateLayout:
    known = _LAYOUTS.get(id(treatments))
    if known is not None and known[0] is treatments:
        return known[1]
    layout = CandidateLayout.of(treatments, phases)
    if len(_LAYOUTS) >= 16:
        _LAYOUTS.clear()
    _LAYOUTS[id(treatments)] = (treatments, layout)
    return layout
