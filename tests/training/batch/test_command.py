"""Decisions for an audience: limits hold over all buckets, and a run may be repeated."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from models.errors import TrainingConfigError
from models.policy.decide import decide
from models.policy.engine import Engine
from models.registry import Registry
from training import api
from training.batch.command import decide_on_tables
from training.batch.requests import Mailing, requests_of, with_past
from training.batch.run import BatchResult
from training.data.encode import encode

AT = datetime(2026, 5, 2, 9, tzinfo=UTC)
AUDIENCE = [f"c{number}" for number in range(0, 600, 4)] + ["nobody-knows-me"]
ROOM = 40


def run(folder: Path, out: Path, **options: Any) -> BatchResult:
    stated = {"engine": "shards", "channel": "email", "audience": AUDIENCE, "shards": 5, **options}
    return decide_on_tables(
        registry=folder / "registry",
        data=str(folder / "tables"),
        at=AT,
        run_id="mail-7",
        out=str(out),
        **stated,
    )


def rows(out: Path) -> dict[str, dict[str, Any]]:
    found = [
        row for path in sorted(out.glob("decisions/*.parquet")) for row in pq.read_table(path).to_pylist()
    ]
    return {row["customer_id"]: row for row in found}


def test_everybody_has_one_decision_and_the_channel_is_never_overfull(
    batch_folder: Path, tmp_path: Path
) -> None:
    told = run(batch_folder, tmp_path)

    found = rows(tmp_path)
    assert set(found) == set(AUDIENCE)
    assert told.decisions == len(AUDIENCE)
    contacts = [row for row in found.values() if row["channel"] == "email"]
    assert len(contacts) == ROOM, "more want one than there is room for, and none is left over"
    assert told.moved > 0
    assert told.prices["email"] > 0
    assert all(0 < row["action_probability"] <= 1 for row in found.values())


def test_number_of_buckets_and_a_second_run_change_nothing(batch_folder: Path, tmp_path: Path) -> None:
    run(batch_folder, tmp_path / "a")
    before = {path.name: path.read_bytes() for path in (tmp_path / "a").glob("decisions/*.parquet")}
    run(batch_folder, tmp_path / "a")
    run(batch_folder, tmp_path / "b", shards=2)

    assert {path.name: path.read_bytes() for path in (tmp_path / "a").glob("decisions/*.parquet")} == before
    assert rows(tmp_path / "a") == rows(tmp_path / "b")


def test_each_decision_is_what_decide_says_alone(batch_folder: Path, tmp_path: Path) -> None:
    """A run's row can be replayed: the same request gives the same action and probability."""
    registry = Registry(batch_folder / "registry")
    bundle = registry.load(str(registry.champion()))
    engine = Engine(bundle.journey, bundle.models, bundle.manifest.bundle_id, trained=bundle.journey)
    dataset = api.load_tables(batch_folder / "tables", None, journey=batch_folder / "journey.yaml")
    log = encode(dataset.tables, bundle.journey)
    run(batch_folder, tmp_path, channel="web")
    mailing = Mailing(run_id="mail-7", channel="web", decided_at=AT)

    for request in requests_of(log, AUDIENCE[:20], mailing):
        decision = decide(engine, with_past(bundle.journey, log, request))
        row = rows(tmp_path)[request.customer.customer_id]
        assert (decision.actions[0].action, decision.actions[0].action_probability) == (
            row["action"],
            row["action_probability"],
        )


def test_a_channel_that_the_journey_does_not_have_is_refused(batch_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingConfigError, match=r"--channel: expected one of .*email.*got 'fax'"):
        run(batch_folder, tmp_path, channel="fax")


def test_a_run_with_fewer_buckets_leaves_nothing_of_the_one_before(
    batch_folder: Path, tmp_path: Path
) -> None:
    """And another run's decisions stay."""
    run(batch_folder, tmp_path, shards=5)
    other = tmp_path / "decisions/mail-70-00000.parquet"
    other.write_bytes((tmp_path / "decisions/mail-7-00000.parquet").read_bytes())

    run(batch_folder, tmp_path, shards=2)

    assert sorted(path.name for path in (tmp_path / "decisions").iterdir()) == [
        "mail-7-00000.parquet",
        "mail-7-00001.parquet",
        other.name,
    ]


def test_what_others_have_of_the_day_is_not_given_away_again(batch_folder: Path, tmp_path: Path) -> None:
    """Decisions of the same local day take their contacts; those of this very run do not."""
    table = pq.read_table(batch_folder / "tables/decisions.parquet")
    mails = table.filter(pc.equal(table["channel"], "email")).slice(0, 14)
    times = [AT.replace(hour=5)] * 10 + [AT - timedelta(days=1)] * 4
    ids = [f"other/{number}" for number in range(12)] + ["mail-7/c1", "mail-7/c2"]
    days = [*times[:8], *times[10:], *times[8:10]]
    at, key = (mails.schema.get_field_index(name) for name in ("decided_at", "decision_id"))
    mails = mails.set_column(key, mails.schema.field(key), pa.array(ids))
    mails = mails.set_column(at, mails.schema.field(at), pa.array(days, mails.schema.field(at).type))
    shutil.copytree(batch_folder, tmp_path / "later")
    pq.write_table(pa.concat_tables([table, mails]), tmp_path / "later/tables/decisions.parquet")

    run(tmp_path / "later", tmp_path / "out")

    contacts = [row for row in rows(tmp_path / "out").values() if row["channel"] == "email"]
    assert len(contacts) == ROOM - 8
