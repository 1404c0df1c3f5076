"""Asks whether we can still reach our customers.

A rule or a renamed consent must not lock them all out. Knows eligibility of later rows; knows nothing of
scores.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Ints
from models.bundle.gate import GateCheck
from models.domain.objective import Gate
from training.gate.champion import Contestant, candidates_of

MOST_CUSTOMERS = 2_000
"""Customers that are asked about, each at one of their later decisions."""


def one_row_each(customer: Ints, rows: Ints, rng: np.random.Generator) -> Ints:
    """One of ``rows`` for each of at most ``MOST_CUSTOMERS`` customers."""
    shuffled = rng.permutation(rows)
    _, first = np.unique(customer[shuffled], return_index=True)
    chosen = shuffled[first]
    return np.sort(
        chosen if len(chosen) <= MOST_CUSTOMERS else rng.choice(chosen, MOST_CUSTOMERS, replace=False)
    )


def coverage(player: Contestant, rows: Ints) -> float:
    """Share of the rows with an eligible treatment other than doing nothing."""
    mask = candidates_of(player, rows, player.engine.journey)
    return float(mask[:, 1:].any(axis=1).mean()) if len(rows) else 0.0


def check_coverage(ours: Contestant, champion: Contestant | None, rows: Ints, gate: Gate) -> list[GateCheck]:
    """Of the new bundle by itself, and compared with the champion."""
    share = coverage(ours, rows)
    checks = [
        GateCheck(
            name="coverage",
            value=round(share, 4),
            threshold=gate.coverage_least,
            passed=share >= gate.coverage_least,
            sentence=(
                f"For {share:.1%} of {len(rows):,} later customers at least one action is allowed "
                f"(needed: {gate.coverage_least:.1%})."
            ),
        )
    ]
    if champion is not None:
        before = coverage(champion, rows)
        least = gate.coverage_share * before
        checks.append(
            GateCheck(
                name="coverage_beside_champion",
                value=round(share, 4),
                threshold=round(least, 4),
                passed=share >= least,
                comparative=True,
                sentence=(
                    f"The champion reaches {before:.1%} of these customers, the new bundle {share:.1%} "
                    f"(needed: {least:.1%})."
                ),
            )
        )
    return checks
