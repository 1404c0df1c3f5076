"""The table of an export is the same table for every task of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from models.domain.history import to_ms
from training.batch.availability import keep_availability, read_availability
from training.shards.work_folder import WorkFolder

AT = datetime(2026, 11, 20, 6, tzinfo=UTC)


def test_what_is_kept_is_read(tmp_path: Path) -> None:
    exported = pa.table(
        {
            "configurator": ["car", "car"],
            "option": ["motor", "motor"],
            "choice": ["m150", "m300"],
            "region": ["*", "north"],
            "available": [True, False],
            "from": pa.array(["2026-12-01", None], pa.string()),
            "until": pa.array([None, None], pa.string()),
            "as_of": pa.array([AT, AT], pa.timestamp("us", tz="UTC")),
            "table_as_of": pa.array([AT, AT], pa.timestamp("us", tz="UTC")),
        }
    )
    work = WorkFolder(str(tmp_path))
    keep_availability(work, exported)

    table = read_availability(work).of("car")

    assert table.as_of == to_ms(AT)
    assert table.windows["motor", "m150", "*"] == ("2026-12-01", "9999-12-31")
    assert table.windows["motor", "m300", "north"].empty


def test_an_export_without_it_says_nothing_of_any_configurator(tmp_path: Path) -> None:
    work = WorkFolder(str(tmp_path))
    keep_availability(work, None)

    assert read_availability(work).of("car").as_of == 0
