"""How good the propensities are, compared with a table.

Figures are overall and by action, phase and group. Knows predictions and labels of test rows; knows nothing
of how they were made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.arrays import AnyInts, Floats, Mask
from training.metrics import auc, calibration_error, log_loss


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFigures:
    """Figures of one part of the test rows.

    The table is phase × treatment, shrunk to its margins.
    """

    rows: int
    base_rate: float
    auc: float
    log_loss: float
    calibration_error: float
    table_auc: float
    table_log_loss: float
    base_rate_log_loss: float  # of predicting the training rows' mean response

    def to_json(self) -> dict[str, Any]:
        return {
            key: None if value != value else round(value, 6) if isinstance(value, float) else value
            for key, value in asdict(self).items()
        }


def response_figures(
    label: AnyInts, probability: Floats, table: Floats, train_rate: float, rows: Mask | None = None
) -> ResponseFigures:
    """Figures of the rows in a mask.

    Args:
        label: shape (n,). 0 or 1.
        probability: shape (n,). Of the model.
        table: shape (n,). Of the table alone.
        train_rate: mean response of the training rows.
        rows: shape (n,), or None for all.
    """
    if rows is not None:
        label, probability, table = label[rows], probability[rows], table[rows]
    return ResponseFigures(
        rows=len(label),
        base_rate=float(label.mean()) if len(label) else float("nan"),
        auc=auc(label, probability),
        log_loss=log_loss(label, probability),
        calibration_error=calibration_error(label, probability),
        table_auc=auc(label, table),
        table_log_loss=log_loss(label, table),
        base_rate_log_loss=log_loss(label, np.full(len(label), train_rate)),
    )


def by_code(
    label: AnyInts,
    probability: Floats,
    table: Floats,
    train_rate: float,
    codes: AnyInts,
    names: Sequence[str],
) -> Mapping[str, ResponseFigures]:
    """Figures of each name that has rows; ``codes``: shape (n,), positions in ``names``, -1 none."""
    return {
        name: response_figures(label, probability, table, train_rate, codes == code)
        for code, name in enumerate(names)
        if (codes == code).any()
    }
