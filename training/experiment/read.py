"""The file of an experiment.

Who got what, what came of it, and what was known before.

Knows columns and their types; knows nothing of journeys or models. Nothing is guessed in silence: which value
is the control, which columns are used and which rows are left out is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Floats, Ints
from models.errors import TrainingDataError
from training.config import Source, TrainingConfig
from training.data.load import load_tables

CONTROLS: Final = frozenset({"control", "none", "nothing", "no", "0", "false"})
"""Words for doing nothing; a value that is one of them is the control if no other is."""

MOST_WORDS: Final = 60
"""Different texts of a column that may still be categories."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Experiment:
    """n customers of an experiment.

    Attributes:
        arms: names, the control first.
        arm: shape (n,). Position in ``arms``.
        outcome: shape (n,). In any unit; money, or 1 for what was hoped for.
        probability: shape (n,). Of the arm that the customer was drawn into.
        attributes: Arrow table of n rows: what was known before.
        notes: what was taken for granted, and what was left out.
    """

    source: str
    arms: tuple[str, ...]
    arm: Ints
    outcome: Floats
    probability: Floats
    attributes: Any
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.arm)


def read_experiment(
    path: Path,
    *,
    treatment: str,
    outcome: str,
    control: str | None = None,
    probability: str | None = None,
    ignore: Sequence[str] = (),
) -> Experiment:
    """Read a CSV, JSON-lines or Parquet file with one row a customer.

    Args:
        treatment: column of the arm.
        outcome: column of what came of it: a number, or yes and no.
        control: the arm that got nothing; None: the one with a usual word for it.
        probability: column of the probability of the arm; None: the shares of the arms.
        ignore: columns that were measured afterwards, or that tell nothing.

    Raises:
        TrainingDataError: a column is missing or of the wrong type, there is no control, or an arm is alone.
    """
    return experiment_of(
        _table(path),
        str(path),
        treatment=treatment,
        outcome=outcome,
        control=control,
        probability=probability,
        ignore=ignore,
    )


def experiment_of(
    table: Any,
    source: str,
    *,
    treatment: str,
    outcome: str,
    control: str | None = None,
    probability: str | None = None,
    ignore: Sequence[str] = (),
) -> Experiment:
    """The same from an Arrow table; see ``read_experiment``."""
    wanted = [treatment, outcome, *([probability] if probability else []), *ignore]
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise TrainingDataError(
            f"{source}: expected columns {', '.join(wanted)}, got {', '.join(table.column_names)}; "
            f"{', '.join(missing)} is not there."
        )
    whole = pc.and_(pc.is_valid(table.column(treatment)), pc.is_valid(table.column(outcome)))
    rows = table.filter(whole)
    notes = []
    if rows.num_rows < table.num_rows:
        notes.append(f"{table.num_rows - rows.num_rows:,} rows without arm or outcome are left out")
    words = [str(value) for value in rows.column(treatment).to_pylist()]
    arms = _arms(words, control, treatment, source, notes)
    position = {name: code for code, name in enumerate(arms)}
    arm = np.array([position[word] for word in words], dtype=np.int64)
    drawn = _probability(rows, probability, arm, source, notes)
    return Experiment(
        source=source,
        arms=arms,
        arm=arm,
        outcome=_numbers(rows.column(outcome), outcome, source),
        probability=drawn,
        attributes=_attributes(rows, {treatment, outcome, probability, *ignore}, notes),
        notes=tuple(notes),
    )


def _table(path: Path) -> Any:
    if not path.is_file():
        raise TrainingDataError(f"the experiment's file {path} does not exist.")
    config = TrainingConfig(
        source=str(path),
        folder=path.parent,
        journey=None,
        time_zone=None,
        sources={"experiment": Source(files=(path.name,))},
        tables={"customers": "SELECT * FROM experiment"},
    )
    return load_tables(config, path.parent)["customers"]


def _arms(
    words: Sequence[str], control: str | None, treatment: str, source: str, notes: list[str]
) -> tuple[str, ...]:
    """Names of the arms, the control first, the others in the order of the alphabet."""
    found = sorted(set(words))
    if len(found) < 2:
        raise TrainingDataError(
            f"{source}: expected two arms or more in column {treatment}, got {', '.join(found) or 'none'}."
        )
    if control is None:
        usual = [name for name in found if name.casefold() in CONTROLS]
        if len(usual) != 1:
            raise TrainingDataError(
                f"{source}: which arm of {', '.join(found)} got nothing? State it with --control ARM."
            )
        control = usual[0]
        notes.append(f"the control is {control!r}, by its name")
    if control not in found:
        raise TrainingDataError(
            f"{source}: expected a control among {', '.join(found)}, got {control!r}; correct --control."
        )
    return (control, *(name for name in found if name != control))


def _probability(rows: Any, column: str | None, arm: Ints, source: str, notes: list[str]) -> Floats:
    shares = np.bincount(arm) / len(arm)
    if column is None:
        notes.append("everybody is taken to have been drawn with the shares of the arms")
        return np.asarray(shares[arm], np.float64)
    stated = _numbers(rows.column(column), column, source)
    bad = int((~((stated > 0) & (stated <= 1))).sum())
    if bad:
        raise TrainingDataError(
            f"{source}: {bad:,} of {len(stated):,} probabilities in column {column} are not in (0, 1]."
        )
    return stated


def _numbers(column: Any, name: str, source: str) -> Floats:
    kind = column.type
    if not (_is_number(kind) or pa.types.is_boolean(kind)):
        raise TrainingDataError(f"{source}: expected numbers in column {name}, got {kind}.")
    values: Floats = pc.cast(column, pa.float64()).to_numpy()
    if not np.isfinite(values).all():
        raise TrainingDataError(f"{source}: column {name} has values that are no finite numbers.")
    return values


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _attributes(rows: Any, used: set[str | None], notes: list[str]) -> Any:
    """Numbers, yes and no, and texts of few different words."""
    kept: list[str] = []
    left: list[str] = []
    for name in rows.column_names:
        if name in used:
            continue
        kind = rows.schema.field(name).type
        text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        few = text and len(pc.unique(rows.column(name))) <= MOST_WORDS
        (kept if _is_number(kind) or few or pa.types.is_boolean(kind) else left).append(name)
    notes.append(
        f"taken as known before: {', '.join(kept) or 'nothing'}; state what was measured afterwards as "
        "ignored"
    )
    if left:
        notes.append(f"not used, because neither numbers nor a few words: {', '.join(left)}")
    return rows.select(kept)
