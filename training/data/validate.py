"""Validates raw tables into the four tables.

With every row that is not in them, and its reason. Knows what a right row is: types, zones, ranges, ids once,
names that the journey file has, outcomes with a decision. A customer who has interactions or decisions and no
row of their own is given one, and counted. Knows nothing of where rows come from or what is learned from
them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Ints, Mask
from models.domain.actions import NOTHING
from models.domain.field_values import (
    LOCALE_EXPECTED,
    TIME_ZONE_EXPECTED,
    attribute_expected,
    is_locale,
    is_time_zone,
)
from models.domain.ids import read_id, why_no_id
from models.domain.journey import Attribute, Journey
from models.errors import TrainingDataError
from training.data.columns import (
    check_finite,
    check_repeats,
    check_required,
    exact,
    mask,
    to_schema,
    unknown_columns,
)
from training.data.read_texts import Unread
from training.data.rejects import Checks, Reject, RowsRejectedError, summary
from training.data.tables import REWARD, SCHEMAS, Tables, empty_table
from training.data.versions import fold, read_versions, repeated

_EARLIEST, _LATEST = 0, 4_102_444_800_000  # 1970 to 2100: outside, a time is a mistake of units


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """The four tables and what was found on the way.

    ``kept``: per table which of the rows read are in it; empty where nobody needs to know any more.
    """

    tables: Tables
    rejects: tuple[Reject, ...]
    customers_made: int  # customers without a row of their own
    rows_read: Mapping[str, int]
    unused_columns: Mapping[str, tuple[str, ...]]
    kept: Mapping[str, Mask] = field(default_factory=dict)


def validate_tables(
    raw: Mapping[str, Any], journey: Journey, time_zone: str | None = None, reject_share: float = 0.01
) -> Validated:
    """Check every row.

    Args:
        raw: table name → Arrow table as the SQL gave it; missing ones are empty.
        journey: the names that rows may use.
        time_zone: of times without a zone; None refuses them.
        reject_share: at most this share of a table's rows may be rejected.

    Raises:
        TrainingDataError: a column is missing or of the wrong type, there is no interaction, or more
            than ``reject_share`` of a table is rejected.
    """
    validated = check_rows(raw, journey, time_zone)
    stop_if_too_many(validated.rejects, validated.rows_read, reject_share)
    return replace(validated, kept={})


def check_rows(raw: Mapping[str, Any], journey: Journey, time_zone: str | None = None) -> Validated:
    """``validate_tables`` of some of the customers: how much may be rejected is asked of all together."""
    unread: dict[str, list[Unread]] = {name: [] for name in SCHEMAS}
    shaped = {
        name: to_schema(name, raw[name], time_zone, unread[name]) if name in raw else empty_table(name)
        for name in SCHEMAS
    }
    checks = {name: Checks(name, table.column(0)) for name, table in shaped.items()}
    for name, table in shaped.items():
        for wrong in unread[name]:
            checks[name].refuse(wrong.rows, wrong.column, wrong.reason)
        check_required(checks[name], name, table)
        if name == "customers":
            checks[name].refuse(
                repeated(table),
                "customer_id",
                "expected a customer once for each `valid_from`, got them again; the first row is kept",
            )
        else:
            check_repeats(checks[name], table, SCHEMAS[name].names[0])
        _check_times(checks[name], table)
        if "customer_id" in table.column_names:
            _check_ids(checks[name], table)
    _check_customers(checks["customers"], shaped["customers"], journey)
    _check_interactions(checks["interactions"], shaped["interactions"], journey)
    _check_decisions(checks["decisions"], shaped["decisions"], journey)
    reward = _reward(checks["decisions"], raw.get("decisions"))
    _check_outcomes(checks["outcomes"], shaped, checks["decisions"], journey)
    rejects = tuple(reject for check in checks.values() for reject in check.rejects)
    good = {name: _final(name, table.filter(pa.array(checks[name].good))) for name, table in shaped.items()}
    good["customers"], first = fold(good["customers"])
    good["customers"], customers_made = _with_all_customers(good)
    kept = {name: check.good for name, check in checks.items()}
    kept["customers"][kept["customers"]] = first
    return Validated(
        tables=Tables(
            **good,
            reward=None if reward is None else pa.array(reward[checks["decisions"].good], pa.float64()),
        ),
        rejects=rejects,
        customers_made=customers_made,
        rows_read={name: table.num_rows for name, table in shaped.items()},
        unused_columns={
            name: tuple(unused) for name, table in raw.items() if (unused := unknown_columns(name, table))
        },
        kept=kept,
    )


def _final(name: str, table: Any) -> Any:
    return table.cast(SCHEMAS[name]).combine_chunks()


def _check_times(checks: Checks, table: Any) -> None:
    for column in table.schema:
        if pa.types.is_timestamp(column.type):
            values = pc.fill_null(pc.cast(table.column(column.name), pa.int64()), _EARLIEST).to_numpy()
            bad = (values < _EARLIEST) | (values > _LATEST)
            checks.refuse(bad, column.name, "expected a time from 1970 to 2100; is its unit right?")


def _check_ids(checks: Checks, table: Any) -> None:
    """As at every other door: a placeholder would make one customer of all whose tags are broken alike."""
    _check_texts(checks, table, "customer_id", lambda text: None if read_id(text) else why_no_id(text))


def _check_customers(checks: Checks, table: Any, journey: Journey) -> None:
    attributes = {attribute.name: attribute for attribute in journey.attributes}
    _check_texts(checks, table, "attributes", lambda text: _attribute_problem(text, attributes))
    _check_texts(checks, table, "attribute_versions", lambda text: _versions_problem(text, attributes))
    own = {each.name: each for each in journey.accounts.attributes} if journey.accounts is not None else {}
    _check_texts(checks, table, "account_attributes", lambda text: _attribute_problem(text, own))
    _check_texts(checks, table, "consent", _consent_problem)
    _check_texts(checks, table, "time_zone", _zone_problem)
    _check_texts(checks, table, "locale", _locale_problem)


def _check_texts(checks: Checks, table: Any, column: str, problem_of: Callable[[str], str | None]) -> None:
    """Look at each text of a column once."""
    texts = table.column(column).combine_chunks().dictionary_encode()
    problems = [None if text is None else problem_of(text) for text in texts.dictionary.to_pylist()]
    if not any(problems):
        return
    codes = pc.fill_null(texts.indices, -1).to_numpy(zero_copy_only=False)
    of_row = [problems[code] if code >= 0 else None for code in codes]
    bad = np.array([problem is not None for problem in of_row], dtype=bool)
    checks.refuse(bad, column, lambda row: str(of_row[row]))


def _attribute_problem(text: str, attributes: Mapping[str, Attribute]) -> str | None:
    values = _json_object(text)
    if values is None:
        return f"expected a JSON object, got {text[:80]!r}"
    return _misfit(values, attributes)


def _versions_problem(text: str, attributes: Mapping[str, Attribute]) -> str | None:
    try:
        problems = [_misfit(version.attributes, attributes) for version in read_versions(text)]
    except (ValueError, TypeError) as error:
        return f"expected what `nba tables` writes, got {text[:80]!r} ({error})"
    return next((problem for problem in problems if problem), None)


def _misfit(values: Mapping[str, Any], attributes: Mapping[str, Attribute]) -> str | None:
    for name, value in values.items():
        if name not in attributes:
            return f"expected an attribute of the journey file, got {name!r}"
        expected = attribute_expected(attributes[name], value)
        if expected:
            return f"attribute {name!r}: expected {expected}, got {value!r}"
    return None


def _consent_problem(text: str) -> str | None:
    values = _json_object(text)
    if values is None or not all(isinstance(value, bool) for value in values.values()):
        return f"expected a JSON object of true and false, got {text[:80]!r}"
    return None


def _zone_problem(name: str) -> str | None:
    return None if is_time_zone(name) else f"expected {TIME_ZONE_EXPECTED}, got {name!r}"


def _locale_problem(text: str) -> str | None:
    return None if is_locale(text) else f"expected {LOCALE_EXPECTED}, got {text!r}"


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _check_interactions(checks: Checks, table: Any, journey: Journey) -> None:
    check_finite(checks, table, "value")
    _check_name(checks, table, "channel", journey.channel_index)
    _check_name(checks, table, "action", journey.action_index)
    _check_name(checks, table, "phase", journey.phase_index)
    _check_properties(checks, table, "touchpoint", journey)


def _check_properties(checks: Checks, table: Any, named: str, journey: Journey) -> None:
    """What events tell is an object that fits its types; ``named``: the column of their names."""
    _check_json(checks, table, "properties")
    for event, typed in journey.event_properties.items():
        _check_typed(checks, table, np.flatnonzero(mask(pc.equal(table.column(named), event))), typed)


def _check_typed(checks: Checks, table: Any, rows: Ints, typed: Mapping[str, Attribute]) -> None:
    """What the events of one name tell fits its types."""
    texts = table.column("properties").take(pa.array(rows)).to_pylist()
    told = {text: _property_problem(text, typed) for text in set(texts) if text is not None}
    wrong = {row: told[text] for row, text in zip(rows.tolist(), texts, strict=True) if told.get(text)}
    bad = np.zeros(table.num_rows, dtype=bool)
    bad[list(wrong)] = True
    checks.refuse(bad, "properties", lambda row: str(wrong[row]))


def _property_problem(text: str, typed: Mapping[str, Attribute]) -> str | None:
    values = _json_object(text) or {}
    wanted = ((name, attribute_expected(typed[name], values[name])) for name in typed if name in values)
    wrong = ((name, expected) for name, expected in wanted if expected)
    return next((f"property {n!r}: expected {e}, got {values[n]!r}" for n, e in wrong), None)


def _check_decisions(checks: Checks, table: Any, journey: Journey) -> None:
    _check_name(checks, table, "action", {NOTHING, *journey.action_index})
    _check_name(checks, table, "channel", journey.channel_index)
    pairs = pc.binary_join_element_wise(
        table.column("action"), pc.fill_null(table.column("channel"), ""), "@", null_handling="replace"
    )
    known = [f"{t.action}@{t.channel or ''}" for t in journey.treatments]
    bad = ~mask(pc.is_in(pairs, value_set=pa.array([*known], pa.string())))
    checks.refuse(
        bad, "channel", lambda row: f"expected a treatment of the journey file, got {pairs[row].as_py()!r}"
    )
    probability = table.column("action_probability").to_numpy()
    stated = mask(table.column("action_probability").is_valid())
    with np.errstate(invalid="ignore"):
        bad = stated & ~((probability > 0) & (probability <= 1))
    checks.refuse(
        bad, "action_probability", lambda row: f"expected a number in (0, 1], got {probability[row]}"
    )
    _check_json(checks, table, "context")


def _reward(checks: Checks, raw: Any) -> Any:
    """The source's own reward per decision, in the journey's currency, or None."""
    if raw is None or REWARD not in raw.column_names:
        return None
    values = pc.cast(exact(raw.column(REWARD)), pa.float64()).to_numpy()
    checks.refuse(~np.isfinite(values), REWARD, "expected a finite number, got nothing or NaN")
    return values


def _check_outcomes(checks: Checks, shaped: Mapping[str, Any], decisions: Checks, journey: Journey) -> None:
    table = shaped["outcomes"]
    check_finite(checks, table, "value")
    _check_name(checks, table, "outcome", {journey.default_outcome, *journey.outcome_index})
    good_decisions = shaped["decisions"].filter(pa.array(decisions.good))
    position = pc.index_in(
        table.column("decision_id"), value_set=good_decisions.column("decision_id").combine_chunks()
    ).combine_chunks()
    checks.refuse(
        mask(position.is_null()), "decision_id", "expected the id of a decision that is kept, got another"
    )
    decided = good_decisions.column("decided_at").combine_chunks().take(position)
    early = mask(pc.less(table.column("occurred_at"), decided))
    checks.refuse(early, "occurred_at", "expected a time after the decision, got an earlier one")
    _check_properties(checks, table, "outcome", journey)


def _check_name(checks: Checks, table: Any, column: str, known: Iterable[str]) -> None:
    values = table.column(column)
    names = sorted(known)
    bad = mask(values.is_valid()) & ~mask(pc.is_in(values, value_set=pa.array(names, pa.string())))
    if bad.any():
        listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
        checks.refuse(bad, column, lambda row: f"expected one of {listed}, got {values[row].as_py()!r}")


def _check_json(checks: Checks, table: Any, column: str) -> None:
    values = table.column(column)
    if values.null_count == len(values):
        return
    texts = values.to_pylist()
    bad = np.array([text is not None and _json_object(text) is None for text in texts], dtype=bool)
    checks.refuse(bad, column, lambda row: f"expected a JSON object, got {str(texts[row])[:80]!r}")


def stop_if_too_many(rejects: Sequence[Reject], rows_read: Mapping[str, int], share: float) -> None:
    """
    Raises:
        TrainingDataError: more than ``share`` of a table is rejected, or there is nothing to learn from.
    """
    for name, n in rows_read.items():
        mine = [reject for reject in rejects if reject.table == name]
        if len(mine) > share * n:
            worst = "; ".join(
                f"{column}: {reason} ({rows:,} rows)" for _, column, reason, rows in summary(mine)[:3]
            )
            raise RowsRejectedError(
                f"table {name!r}: {len(mine):,} of {n:,} rows are rejected, more than the "
                f"share of {share:g} that `reject_share` allows. Row {mine[0].row} is the first. {worst}. "
                "Correct the SQL or the data, or state a higher share.",
                rejects,
            )
    if rows_read["interactions"] + rows_read["decisions"] == 0:
        raise TrainingDataError(
            "tables 'interactions' and 'decisions' are empty; there is nothing to learn from"
        )


def _with_all_customers(good: Mapping[str, Any]) -> tuple[Any, int]:
    """The customers, and one bare row for each who is only known by what they did."""
    customers = good["customers"]
    known = customers.column("customer_id")
    seen = pc.unique(
        pa.chunked_array(
            [
                chunk
                for name in ("interactions", "decisions")
                for chunk in good[name].column("customer_id").chunks
            ],
            pa.string(),
        )
    )
    new = seen.filter(pc.invert(pc.is_in(seen, value_set=known.combine_chunks())))
    if len(new) == 0:
        return customers, 0
    bare = pa.table(
        [new, *(pa.nulls(len(new), field.type) for field in SCHEMAS["customers"] if field.nullable)],
        schema=SCHEMAS["customers"],
    )
    return pa.concat_tables([customers, bare]).combine_chunks(), len(new)
