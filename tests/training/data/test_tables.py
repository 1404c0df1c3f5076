"""The fingerprint of the tables follows their rows, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

from training.cli import tables as tables_command
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


ROOT = Path(__file__).parents[3]
SOLAR = ROOT / "examples" / "solar"
PAGE = (ROOT / "docs" / "reference" / "tables.md").read_text()


def section(name: str) -> str:
    return re.split(r"^## ", PAGE.split(f"\n## {name}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_page_has_every_column_with_its_type_and_whether_it_is_required(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (yes|no) \|", section(name), re.MULTILINE)
    kinds = {"text": "string", "time": "timestamp[ms, tz=UTC]", "number": "double"}

    documented = [(column, kinds.get(kind, "string"), needed) for column, kind, needed in rows]
    columns = [(c.name, str(c.type), "no" if c.nullable else "yes") for c in SCHEMAS[name]]
    assert documented == columns


def test_the_pages_rows_are_read_as_they_stand(tmp_path: Path) -> None:
    for name in SCHEMAS:
        rows = re.findall(r"```csv\n(.*?)```", section(name), re.DOTALL)
        (tmp_path / f"{name}.csv").write_text(rows[0])
    config = {
        "journey": str(SOLAR / "journey.yaml"),
        "sources": {name: {"file": f"{name}.csv"} for name in SCHEMAS},
        "tables": {name: f"SELECT * FROM {name}" for name in SCHEMAS},  # noqa: S608 - our own names
    }
    (tmp_path / "training.yaml").write_text(yaml.safe_dump(config))
    command = ["--config", tmp_path / "training.yaml", "--data", tmp_path, "--out", tmp_path / "out"]

    done = CliRunner().invoke(tables_command, [str(word) for word in command], catch_exceptions=False)

    assert done.exit_code == 0, done.output
    rows_read = {name: pq.read_table(tmp_path / "out" / f"{name}.parquet").num_rows for name in SCHEMAS}
    assert rows_read == {"customers": 2, "interactions": 3, "decisions": 2, "outcomes": 1}
