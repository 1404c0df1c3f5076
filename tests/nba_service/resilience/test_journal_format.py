"""The bytes of a journal: a known layout, and one damaged record costs no other."""

from __future__ import annotations

import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nba_service.resilience.journal_format import (
    HEADER_BYTES,
    generation_in,
    generation_of,
    new_header,
    pack_record,
    split_records,
)

payloads = st.lists(st.binary(min_size=1, max_size=40), max_size=8)


def test_a_record_is_magic_length_checksum_and_payload() -> None:
    checksum = zlib.crc32(b"abc", 3)

    assert pack_record(b"abc") == b"\xa7NB\xf1" + b"\x03\0\0\0" + checksum.to_bytes(4, "little") + b"abc"


@given(payloads)
def test_records_come_back_with_their_ends(sent: list[bytes]) -> None:
    data = b"".join(map(pack_record, sent))

    assert [payload for payload, _ in split_records(data)] == sent
    assert [end for _, end in split_records(data)] == [
        sum(12 + len(payload) for payload in sent[: number + 1]) for number in range(len(sent))
    ]


def test_a_damaged_stretch_is_said_once_and_skipped() -> None:
    data = pack_record(b"a") + b"rubbish of any kind" + pack_record(b"b")

    assert [payload for payload, _ in split_records(data)] == [b"a", None, b"b"]


def test_a_payload_may_hold_the_magic_itself() -> None:
    inner = pack_record(b"inner")

    assert [payload for payload, _ in split_records(pack_record(inner))] == [inner]


def test_each_file_has_a_generation_and_another_header_has_none(tmp_path: Path) -> None:
    header = new_header()
    assert len(header) == HEADER_BYTES == 16
    assert len(generation_in(header)) == 8
    assert generation_in(header) != generation_in(new_header())
    assert generation_in(header[:-1]) == b""
    assert generation_in(b"X" + header[1:]) == b""

    path = tmp_path / "journal"
    path.write_bytes(header + pack_record(b"a"))
    with path.open("rb") as file:
        assert generation_of(file.fileno()) == generation_in(header)
