"""The table of effects on scores: read as it was written, or refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.errors import BundleError
from models.learned.satisfaction import EFFECT_FILE, FILE, SatisfactionModel


def test_a_table_is_read_as_it_was_written_and_a_damaged_one_is_refused() -> None:
    written = SatisfactionModel(
        fact="csat", window_days=30.0, scores=500, effect=np.full((3, 4), -0.3), error=np.full((3, 4), 0.02)
    )
    files = written.to_files()
    read = SatisfactionModel.from_files(files)

    assert read is not None
    assert (read.fact, read.window_days, read.scores) == ("csat", 30.0, 500)
    np.testing.assert_array_equal(read.effect, written.effect)
    assert SatisfactionModel.from_files({}) is None
    with pytest.raises(BundleError, match="expected format 1, got 9"):
        SatisfactionModel.from_files({**files, FILE: files[FILE].replace(b'"format": 1', b'"format": 9')})
    other = replace(written, effect=written.effect[:, :2]).to_files()
    with pytest.raises(BundleError, match="as large as"):
        SatisfactionModel.from_files({**files, EFFECT_FILE: other[EFFECT_FILE]})
