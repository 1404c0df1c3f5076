"""Data frames of any library as Arrow tables.

pandas, Polars, DuckDB and Arrow itself, by the interfaces that they share. Knows no table's columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from models.errors import TrainingDataError


@runtime_checkable
class ArrowStream(Protocol):
    """A frame that hands over its columns as they lie in memory."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


@runtime_checkable
class Interchange(Protocol):
    """A frame of the older dataframe interchange protocol."""

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any: ...


Frame = (
    ArrowStream
    | Interchange
    | Mapping[str, Sequence[Any]]
    | list[Mapping[str, Any]]
    | tuple[Mapping[str, Any], ...]
)
"""A data frame, columns by name, or rows of values by name."""


def to_arrow(frame: Frame, name: str) -> Any:
    """The frame as an Arrow table.

    Args:
        name: what errors call it.

    Raises:
        TrainingDataError: it is no frame, or its columns do not fit together.

    Example:
        >>> to_arrow({"customer_id": ["c1", "c2"]}, "customers").num_rows
        2
    """
    try:
        if isinstance(frame, ArrowStream):
            return pa.table(frame)
        if isinstance(frame, Interchange):
            from pyarrow.interchange import from_dataframe

            return from_dataframe(frame)
        if isinstance(frame, Mapping):
            return pa.table({column: _plain(values) for column, values in frame.items()})
        if isinstance(frame, list | tuple):
            return pa.Table.from_pylist([dict(row) for row in frame])
    # Frames of other libraries fail in their own ways: by a type that Arrow lacks, or a protocol half done.
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError) as error:
        raise TrainingDataError(
            f"{name}: its columns cannot be read ({error}); check their types."
        ) from error
    raise TrainingDataError(
        f"{name}: expected a data frame (pandas, Polars, Arrow, DuckDB), columns by name or rows of "
        f"values by name, got {type(frame).__name__}."
    )


def _plain(values: Any) -> Any:
    return values if hasattr(values, "__len__") else list(values)
