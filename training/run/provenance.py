"""Where a bundle comes from.

Data, rows, sizes, figures and the gate's verdict, as its manifest tells.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from models.bundle import Provenance
from models.bundle.figures import EXTRA as FIGURES
from models.bundle.gate import EXTRA as GATE
from models.bundle.gate import Verdict
from models.domain.history import from_ms
from models.drift import EXTRA as DRIFT
from models.learned.trees.parameters import TreeParameters
from models.policy.rehearsal.shadow_prices import EXTRA
from training.config import TrainingConfig
from training.data.rejects import summary
from training.data.validate import Validated
from training.fit.prepared import Prepared
from training.fit.tune import Tuned
from training.rows.labels import NEVER
from training.rows.rows import count_by_source
from training.rows.split import Part, SplitRows

_LIBRARIES: Final = ("duckdb", "lightgbm", "numpy", "pyarrow", "scikit-learn", "scipy")


def provenance(
    *,
    config: TrainingConfig,
    prepared: Prepared,
    validated: Validated,
    fingerprint: str,
    metrics: Mapping[str, Any],
    seed: int,
    parameters: TreeParameters,
    verdict: Verdict,
    prices: Mapping[str, float],
    drift: Mapping[str, Any],
    tuned: Tuned | None,
    pages: Mapping[str, Any],
) -> Provenance:
    """For the manifest.

    Args:
        fingerprint: SHA-256 of the tables.
        prices: EUR by channel, see ``shadow_prices``.
        drift: see ``drift_reference``.
        pages: see ``page_figures``.
        tuned: sizes of trees that were searched for; None: they are the configuration's.
    """
    rows, split = prepared.rows, prepared.split
    learned = rows.decided_at if config.refit else rows.decided_at[split.part < Part.TEST]
    return Provenance(
        training_from=_instant(int(learned.min())),
        training_until=_instant(int(learned.max())),
        data_sha256=fingerprint,
        metrics=metrics,
        extra={
            GATE: verdict.to_json(),
            "seed": seed,
            EXTRA: prices,
            DRIFT: drift,
            FIGURES: pages,
            "trees": asdict(parameters),
            **({"models": {n: asdict(each) for n, each in config.models.items()}} if config.models else {}),
            "tuned": None
            if tuned is None
            else {"trials": tuned.trials, "loss": tuned.loss, "start_loss": tuned.start_loss},
            "tables": validated.tables.counts,
            "rejected": [
                {"table": table, "column": column, "reason": reason, "rows": number}
                for table, column, reason, number in summary(validated.rejects)[:50]
            ],
            "rejected_rows": len(validated.rejects),
            "customers_made": validated.customers_made,
            "unused_columns": {name: list(columns) for name, columns in validated.unused_columns.items()},
            "rows": {
                **count_by_source(rows),
                "train": int(split.of(Part.TRAIN).sum()),
                "calibrate": int(split.of(Part.CALIBRATE).sum()),
                "test": int(split.of(Part.TEST).sum()),
                "purged_responses": split.purged,
                **_early(split),
            },
            "refit": config.refit,
            "split": {
                "by": config.split.by,
                "calibrate_from": _instant(split.calibrate_from).isoformat(),
                "test_from": _instant(split.test_from).isoformat(),
            },
            "libraries": {"python": platform.python_version(), **{n: version(n) for n in _LIBRARIES}},
        },
    )


def _early(split: SplitRows) -> dict[str, int]:
    """Responses that count although their window had not passed, where they were asked for."""
    if split.weight is None:
        return {}
    limit = np.array([split.calibrate_from, split.test_from, NEVER])[split.part]
    early = (split.rows.response == 1) & (split.rows.response_known_at > limit)
    return {"early_responses": int(early.sum())}


def _instant(milliseconds: int) -> datetime:
    return from_ms(milliseconds)
