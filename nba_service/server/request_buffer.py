"""The bytes of one request as they arrive, until it is whole.

Pure: no socket, no clock. The worker's event loop feeds it, so that a client that sends slowly holds a few
hundred bytes and no thread. It only finds where a request ends (RFC 9112, sections 6 and 7.1); gunicorn's
parser reads what the request says, and refuses what is malformed.
"""

from __future__ import annotations

import enum
import re
from typing import Final

MAX_HEAD_BYTES: Final = 65_536
"""Longer heads go to the parser as they are, which refuses them."""

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length[ \t]*:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
_CODED: Final = re.compile(rb"\r\ntransfer-encoding[ \t]*:", re.IGNORECASE)
_EXPECTS: Final = re.compile(rb"\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_CHUNK_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,16}[ \t]*(?:;[^\r\n]*)?")
_TRAILERS: Final = re.compile(rb"(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\0\r\n]*)*")
_MAX_DIGITS: Final = 20
_MAX_SIZE_LINE: Final = 256


class Stage(enum.Enum):
    """How far a request has come."""

    HEAD = "head"
    """Its head is not complete."""
    BODY = "body"
    """Its head is there, its body is not."""
    WHOLE = "whole"
    """A thread can answer it without waiting for the client."""
    MALFORMED = "malformed"
    """Its chunks cannot be read: nobody can tell where it ends."""
    TOO_LARGE = "too large"
    """Its chunks are more than is collected: a thread would wait for the rest."""


class RequestBuffer:
    """Collects one request; what follows it (pipelining) stays behind ``WHOLE``.

    ``max_body``: bodies that are longer are not collected: of a stated length (``too_long``) the application
    refuses them by their head, in chunks they are ``TOO_LARGE``.
    """

    __slots__ = ("_body_at", "_end", "_scanned", "data", "expects_continue", "max_body", "stage", "too_long")

    def __init__(self, max_body: int) -> None:
        self.data = bytearray()
        self.stage = Stage.HEAD
        self.expects_continue = self.too_long = False
        self.max_body = max_body
        self._body_at = 0
        self._end: int | None = None  # where the body ends, where its length is stated
        self._scanned = 0  # up to where heads or chunks have been read

    def feed(self, received: bytes) -> Stage:
        """Add what has come; the stage after it."""
        self.data += received
        if self.stage is Stage.HEAD:
            self._look_for_head()
        if self.stage is Stage.BODY:
            self._look_for_end()
        return self.stage

    def take(self) -> bytes:
        """All bytes that have come; the buffer is as new afterwards."""
        taken = bytes(self.data)
        self.__init__(self.max_body)  # type: ignore[misc]  # every field, as at first
        return taken

    @property
    def head(self) -> bytes:
        """The request line and headers, once they are there."""
        return bytes(self.data[: self._body_at])

    def _look_for_head(self) -> None:
        at = self.data.find(_HEAD_END, max(self._scanned - 3, 0))
        if at < 0:
            self._scanned = len(self.data)
            if len(self.data) > MAX_HEAD_BYTES:
                self.stage = Stage.WHOLE
            return
        self._body_at = self._scanned = at + len(_HEAD_END)
        head = bytes(self.data[: self._body_at])
        self.stage = Stage.BODY
        self.expects_continue = _EXPECTS.search(head) is not None
        if _CODED.search(head) is not None:
            return
        length = _LENGTH.search(head)
        digits = b"0" if length is None else length[1]
        size = int(digits) if len(digits) < _MAX_DIGITS else self.max_body + 1
        self.too_long = size > self.max_body
        self._end = self._body_at + (0 if self.too_long else size)

    def _look_for_end(self) -> None:
        if self._end is not None:
            if len(self.data) >= self._end:
                self.stage = Stage.WHOLE
            return
        while self.stage is Stage.BODY and self._read_chunk():
            pass
        if self.stage is Stage.BODY and len(self.data) - self._body_at > self.max_body:
            self.stage = Stage.TOO_LARGE

    def _read_chunk(self) -> bool:
        """Step over one chunk; whether there was a whole one, and more may follow."""
        line_end = self.data.find(b"\r\n", self._scanned)
        if line_end < 0:
            if len(self.data) - self._scanned > _MAX_SIZE_LINE:
                self.stage = Stage.MALFORMED
            return False
        line = bytes(self.data[self._scanned : line_end])
        if _CHUNK_SIZE.fullmatch(line) is None:
            self.stage = Stage.MALFORMED
            return False
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            self._look_for_trailers(line_end)
            return False
        after = line_end + 2 + size
        if size > self.max_body:
            self.stage = Stage.TOO_LARGE
            return False
        if len(self.data) < after + 2:
            return False
        if self.data[after : after + 2] != b"\r\n":
            self.stage = Stage.MALFORMED
            return False
        self._scanned = after + 2
        return True

    def _look_for_trailers(self, line_end: int) -> None:
        end = self.data.find(_HEAD_END, line_end)
        if end >= 0:
            read = _TRAILERS.fullmatch(self.data, line_end, end) is not None
            self.stage = Stage.WHOLE if read else Stage.MALFORMED
        elif len(self.data) - line_end > MAX_HEAD_BYTES:
            self.stage = Stage.MALFORMED
