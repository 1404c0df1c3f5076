"""Hands rows from tasks that read a table to tasks of buckets.

Rows lie in files of the work folder, each with the rows of many buckets one after the other; who reads knows
from where to where. Spark itself would turn every row into its own form and back to move it. Tasks may run
again: what a task wrote counts only if Spark took what it told.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import uuid4

import numpy as np
import pyarrow as pa

from training.config import TABLES
from training.shards.work_folder import WorkFolder
from training.spark.sources import BUCKET, ID_HASH

_MOST_BYTES: Final = 128 * 2**20
"""Of rows that a task holds before it writes them."""


class Piece(NamedTuple):
    """Bytes of a file: rows of one bucket, or hashes of ids."""

    table: str
    ids: bool
    bucket: int
    file: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hands rows over in files of a work folder.

    Attributes:
        buckets: how many there are.
    """

    work: WorkFolder
    buckets: int

    def sender(self, table: str) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
        """What a task does with a table: it writes rows and tells of its pieces.

        The told column is ``told binary``.
        """

        def send(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            held: list[pa.RecordBatch] = []
            for batch in batches:
                held.append(batch)
                if sum(each.nbytes for each in held) >= _MOST_BYTES:
                    yield _told(self._write(table, held))
                    held = []
            if sum(len(each) for each in held):
                yield _told(self._write(table, held))

        return send

    def rows(self, pieces: Sequence[Piece], empty: Mapping[str, pa.Schema]) -> dict[str, pa.Table]:
        """The tables of one bucket.

        Args:
            empty: of every table the columns, for those without a row here.
        """
        found: dict[str, list[pa.Table]] = {name: [] for name in empty}
        for piece in pieces:
            if not piece.ids:
                found[piece.table].append(self._read(piece))
        return {
            name: pa.concat_tables(parts) if parts else empty[name].empty_table()
            for name, parts in found.items()
        }

    def repeated(self, pieces: Sequence[Piece]) -> list[str]:
        """Tables with an id that, by its hash, has rows in several buckets.

        Args:
            pieces: those of one bucket; hashes are shared out among the buckets by themselves.
        """
        found = []
        for name in TABLES:
            parts = [self._read(piece) for piece in pieces if piece.ids and piece.table == name]
            if parts and _in_several(pa.concat_tables(parts)):
                found.append(name)
        return found

    def delete(self, pieces: Iterable[Piece]) -> None:
        """The files of some pieces."""
        for file in sorted({piece.file for piece in pieces}):
            self.work.delete(file)

    def _write(self, name: str, batches: Sequence[pa.RecordBatch]) -> list[Piece]:
        table = pa.Table.from_batches(batches)
        bucket = table.column(BUCKET).to_numpy()
        parts = [(False, table.drop_columns([each for each in _OURS if each in table.column_names]), bucket)]
        if ID_HASH in table.column_names:
            ids = table.select([ID_HASH, BUCKET])
            parts.append((True, ids, ids.column(ID_HASH).to_numpy() % self.buckets))
        file, sink, pieces = f"exchange-{name}-{uuid4().hex}.arrow", pa.BufferOutputStream(), []
        for are_ids, rows, of in parts:
            for number, own in _by_bucket(rows, of):
                begin = sink.tell()
                with pa.ipc.new_stream(sink, own.schema) as writer:
                    writer.write_table(own)
                pieces.append(Piece(name, are_ids, number, file, begin, sink.tell()))
        self.work.write(file, sink.getvalue())
        return pieces

    def _read(self, piece: Piece) -> pa.Table:
        data = self.work.read_part(piece.file, piece.begin, piece.end)
        return pa.ipc.open_stream(pa.BufferReader(data)).read_all()


_OURS: Final = (BUCKET, ID_HASH)


def pieces_of(told: Iterable[bytes]) -> list[Piece]:
    """What the tasks told, together."""
    return [piece for each in told for piece in pickle.loads(each)]  # noqa: S301 - made by our own tasks


def _told(pieces: list[Piece]) -> pa.RecordBatch:
    return pa.record_batch({"told": pa.array([pickle.dumps(pieces)], pa.binary())})


def _by_bucket(table: pa.Table, bucket: Any) -> Iterator[tuple[int, pa.Table]]:
    order = np.argsort(bucket, kind="stable")
    ordered = table.take(pa.array(order)).combine_chunks()
    present, first = np.unique(bucket[order], return_index=True)
    ends = [*first[1:].tolist(), len(bucket)]
    for number, begin, end in zip(present.tolist(), first.tolist(), ends, strict=True):
        yield number, ordered.slice(begin, end - begin)


def _in_several(ids: pa.Table) -> bool:
    """Whether a hash comes with different buckets."""
    hashed, bucket = ids.column(ID_HASH).to_numpy(), ids.column(BUCKET).to_numpy()
    order = np.argsort(hashed, kind="stable")
    same = hashed[order[1:]] == hashed[order[:-1]]
    return bool((same & (bucket[order[1:]] != bucket[order[:-1]])).any())
