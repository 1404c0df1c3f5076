"""Rows come out of the exchange in their buckets, and ids that came again are found there; without Spark."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from training.shards.work_folder import WorkFolder
from training.spark.exchange import Exchange, Piece, pieces_of
from training.spark.sources import BUCKET, ID_HASH


def sent(exchange: Exchange, name: str, *batches: dict[str, list[object]]) -> list[Piece]:
    told = exchange.sender(name)(pa.record_batch(batch) for batch in batches)
    return pieces_of(value for batch in told for value in batch.column("told").to_pylist())


def of(pieces: list[Piece], bucket: int) -> list[Piece]:
    return [piece for piece in pieces if piece.bucket == bucket]


@pytest.fixture(params=["local", "fsspec"])
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Exchange:
    if request.param == "fsspec":
        pytest.importorskip("fsspec")
        return Exchange(WorkFolder(f"memory://{tmp_path.name}"), 3)
    return Exchange(WorkFolder(str(tmp_path)), 3)


def test_every_row_comes_to_its_bucket_in_the_order_it_was_sent(exchange: Exchange) -> None:
    first = {"customer_id": ["a", "b", None], BUCKET: [2, 0, 0]}
    second = {"customer_id": ["c", "d"], BUCKET: [0, 2]}
    pieces = sent(exchange, "customers", first, second)
    empty = {"customers": pa.schema({"customer_id": pa.string()}), "outcomes": pa.schema({"x": pa.int64()})}

    rows = [exchange.rows(of(pieces, bucket), empty) for bucket in range(3)]

    assert [each["customers"]["customer_id"].to_pylist() for each in rows] == [
        ["b", None, "c"],
        [],
        ["a", "d"],
    ]
    assert all(each["outcomes"].schema == empty["outcomes"] for each in rows)


def test_nothing_is_told_of_no_rows(exchange: Exchange) -> None:
    assert sent(exchange, "customers") == []


def test_an_id_in_two_buckets_is_found_and_one_twice_in_its_bucket_is_not(exchange: Exchange) -> None:
    """Two tasks sent it, so neither could see it."""
    once = {"decision_id": ["d1", "d2"], BUCKET: [0, 1], ID_HASH: [-7, 8]}
    inside = sent(exchange, "decisions", once) + sent(exchange, "decisions", once)
    across = sent(exchange, "decisions", {"decision_id": ["d1"], BUCKET: [2], ID_HASH: [-7]})

    found = [exchange.repeated(of(inside, bucket)) for bucket in range(3)]
    then = [exchange.repeated(of(inside + across, bucket)) for bucket in range(3)]

    assert found == [[], [], []]
    assert sorted(then) == [[], [], ["decisions"]]


def test_files_are_gone_afterwards(tmp_path: Path) -> None:
    exchange = Exchange(WorkFolder(str(tmp_path)), 3)
    pieces = sent(exchange, "customers", {"customer_id": ["a"], BUCKET: [1]})

    exchange.delete(pieces)

    assert [*tmp_path.iterdir()] == []
