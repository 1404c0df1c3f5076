"""Rows with their features.

What every model is fitted on and judged on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.arrays import Floats32
from models.domain.journey import Journey
from models.domain.phases import PhaseTrace
from models.learned.features.builder import FeatureBuilder
from models.learned.features.choose_columns import Counts, spec_of_counts
from models.learned.features.situations import Situations
from models.learned.features.spec import FeatureSpec
from training.config import FeatureRules
from training.data.encode import Log
from training.fit.keep import Keep
from training.rows.rows import DecisionRows
from training.rows.split import SplitRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Rows with their features. n rows.

    ``customer_x``: (n, F); ``candidate_x``: (n, G), of the treatment taken; ``situations``: n.
    """

    journey: Journey
    builder: FeatureBuilder
    log: Log
    trace: PhaseTrace
    split: SplitRows
    situations: Situations
    customer_x: Floats32
    candidate_x: Floats32

    @property
    def rows(self) -> DecisionRows:
        return self.split.rows

    @property
    def spec(self) -> FeatureSpec:
        return self.builder.spec


def make_builder(journey: Journey, log: Log, rules: FeatureRules) -> FeatureBuilder:
    """What builds features, with the columns that ``choose_spec`` finds in a log."""
    counts = Counts.of(journey, log.history, log.all_attributes)
    return FeatureBuilder(choose_spec(journey, counts, rules), journey)


def choose_spec(journey: Journey, counts: Counts, rules: FeatureRules) -> FeatureSpec:
    """Which columns: the journey file's, and what the history shows to be frequent."""
    options: dict[str, Any] = {}
    if rules.windows_days is not None:
        options["windows_days"] = rules.windows_days
    if rules.frequent_touchpoints is not None:
        options["max_touchpoints"] = len(journey.touchpoints) + rules.frequent_touchpoints
    return spec_of_counts(journey, counts, **options)


def prepare(
    journey: Journey,
    builder: FeatureBuilder,
    log: Log,
    trace: PhaseTrace,
    split: SplitRows,
    keep: Keep = lambda make: make(),
) -> Prepared:
    """Build the features of every row; each sees only what is strictly before its moment.

    Args:
        keep: gives the matrices that its argument makes, or the same ones from an earlier run.
    """
    rows = split.rows
    situations = situate(builder, log, trace, rows)

    def make() -> dict[str, Any]:
        each = np.arange(len(rows))
        return {
            "customer_x": builder.customer_features(situations),
            "candidate_x": builder.candidate_features(situations, each, rows.treatment),
        }

    matrices = keep(make)
    return Prepared(
        journey=journey,
        builder=builder,
        log=log,
        trace=trace,
        split=split,
        situations=replace(situations, customer_x=matrices["customer_x"]),
        customer_x=matrices["customer_x"],
        candidate_x=matrices["candidate_x"],
    )


def situate(builder: FeatureBuilder, log: Log, trace: PhaseTrace, rows: DecisionRows) -> Situations:
    """The situations of rows, a phase that the caller stated included, attributes as they were then."""
    versions = log.versions
    return builder.situate(
        history=log.history,
        customer=rows.customer,
        instant=rows.decided_at,
        attributes=builder.attribute_matrix(log.attributes if versions is None else versions.attributes),
        time_zones=log.time_zones,
        stated_phase=rows.stated_phase,
        trace=trace,
        attribute_row=None if versions is None else versions.at(rows.customer, rows.decided_at),
    )
