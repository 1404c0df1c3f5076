"""The fingerprint of the tables follows their rows, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training.data.tables import SCHEMAS, Tables, data_sha256, empty_table, write_tables


def tables() -> Tables:
    made = {name: empty_table(name) for name in SCHEMAS}
    row = {
        name: [f"c{i}" for i in range(3)] if name == "customer_id" else [None] * 3
        for name in SCHEMAS["customers"].names
    }
    return Tables(**(made | {"customers": pa.table(row, schema=SCHEMAS["customers"])}))


def test_the_same_rows_have_the_same_fingerprint_however_they_are_chunked() -> None:
    whole = tables()
    parts = pa.concat_tables([whole.customers.slice(0, 1), whole.customers.slice(1)])

    assert data_sha256(whole) == data_sha256(replace(whole, customers=parts))


def test_order_values_and_what_is_missing_change_it() -> None:
    whole = tables()
    turned = whole.customers.take([2, 1, 0])
    named = whole.customers.set_column(4, SCHEMAS["customers"].field(4), pa.array(["de", None, None]))
    rewarded = replace(whole, reward=pa.array([], pa.float64()))

    hashes = {
        data_sha256(each)
        for each in (whole, replace(whole, customers=turned), replace(whole, customers=named), rewarded)
    }
    assert len(hashes) == 4


def test_what_lies_under_a_null_does_not_count() -> None:
    whole = tables()
    hidden = pa.array(
        ["left over", "b", "c"], mask=pa.array([True, False, False]).to_numpy(zero_copy_only=False)
    )
    plain = pa.array([None, "b", "c"])
    both = [
        whole.customers.set_column(4, SCHEMAS["customers"].field(4), values) for values in (hidden, plain)
    ]

    assert data_sha256(replace(whole, customers=both[0])) == data_sha256(replace(whole, customers=both[1]))


def test_written_tables_are_read_back(tmp_path: Path) -> None:
    write_tables(tables(), tmp_path / "new")

    assert pq.read_table(tmp_path / "new" / "customers.parquet").equals(tables().customers)
    assert tables().counts == {"customers": 3, "interactions": 0, "decisions": 0, "outcomes": 0}
