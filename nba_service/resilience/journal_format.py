"""The bytes of a journal file.

A header, then records with a checksum each. Layout:: 8 bytes "NBAJRNL1", 8 random bytes (this file's
generation), then records: magic (4), length (4), CRC-32 of length and payload (4), payload

A file that was cut or damaged loses the damaged records and no other: reading goes on at the next whole one.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import Final

_FILE_MAGIC: Final = b"NBAJRNL1"
_GENERATION_BYTES: Final = 8
_RECORD_MAGIC: Final = b"\xa7NB\xf1"
_RECORD: Final = struct.Struct("<4sII")

RECORD_BYTES: Final = _RECORD.size
"""What a record has besides its payload."""

HEADER_BYTES: Final = len(_FILE_MAGIC) + _GENERATION_BYTES
"""Where the first record begins."""


def new_header() -> bytes:
    """The header of a new file, with a generation that no other file has."""
    return _FILE_MAGIC + os.urandom(_GENERATION_BYTES)


def generation_in(header: bytes) -> bytes:
    """The random bytes of a header; empty: it is not a journal's."""
    ours = len(header) == HEADER_BYTES and header.startswith(_FILE_MAGIC)
    return header[len(_FILE_MAGIC) :] if ours else b""


def generation_of(descriptor: int) -> bytes:
    """The generation of an open file; empty: it is not a journal."""
    return generation_in(os.pread(descriptor, HEADER_BYTES, 0))


def pack_record(payload: bytes) -> bytes:
    """A payload as a record of the file."""
    checksum = zlib.crc32(payload, len(payload))
    return _RECORD.pack(_RECORD_MAGIC, len(payload), checksum) + payload


def split_records(data: bytes) -> Iterator[tuple[bytes | None, int]]:
    """Payload and end of each record; None once for each damaged stretch."""
    at, size = 0, len(data)
    while at < size:
        payload = _payload(data, at)
        if payload is not None:
            at += _RECORD.size + len(payload)
        else:
            following = _next_whole(data, at + 1)
            at = size if following is None else following
        yield payload, at


def _payload(data: bytes, at: int) -> bytes | None:
    """The payload of the record at ``at``; None: there is no whole one."""
    if at + _RECORD.size > len(data):
        return None
    magic, length, checksum = _RECORD.unpack_from(data, at)
    if magic != _RECORD_MAGIC or at + _RECORD.size + length > len(data):
        return None
    payload = data[at + _RECORD.size : at + _RECORD.size + length]
    return payload if zlib.crc32(payload, length) == checksum else None


def _next_whole(data: bytes, at: int) -> int | None:
    while (at := data.find(_RECORD_MAGIC, at)) >= 0:
        if _payload(data, at) is not None:
            return at
        at += 1
    return None
