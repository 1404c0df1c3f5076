"""Data frames of any library become the same Arrow table."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from models.errors import TrainingDataError
from training.data.frames import to_arrow

EXPECTED = pa.table({"customer_id": ["c1", "c2"], "value": [1.5, None]})


class Streaming:
    """What pandas, Polars and DuckDB have: the Arrow stream interface and nothing else that is asked."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return EXPECTED.__arrow_c_stream__(requested_schema)


class Interchanging:
    """An older frame, with the interchange protocol alone."""

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        return EXPECTED.__dataframe__(nan_as_null, allow_copy)


@pytest.mark.parametrize(
    "frame",
    [
        EXPECTED,
        Streaming(),
        Interchanging(),
        {"customer_id": ["c1", "c2"], "value": [1.5, None]},
        [{"customer_id": "c1", "value": 1.5}, {"customer_id": "c2", "value": None}],
    ],
    ids=["arrow", "stream", "interchange", "columns", "rows"],
)
def test_every_kind_of_frame_gives_the_same_table(frame: Any) -> None:
    assert to_arrow(frame, "customers").to_pylist() == EXPECTED.to_pylist()


def test_what_is_no_frame_is_told_with_what_would_be_one() -> None:
    with pytest.raises(TrainingDataError, match=r"customers: expected a data frame .* got str"):
        to_arrow("customers.csv", "customers")  # type: ignore[arg-type]


def test_columns_that_do_not_fit_together_are_told() -> None:
    with pytest.raises(TrainingDataError, match="customers: its columns cannot be read"):
        to_arrow({"customer_id": ["c1", "c2"], "value": [1.0]}, "customers")
