"""Where a request ends, however it arrives."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_service.server.request_buffer import MAX_HEAD_BYTES, RequestBuffer, Stage

MAX_BODY = 1_000
HEAD = b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
STATED = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\n0\r\n\r\n0\r\nTrailer: 1\r\n\r\n"
"""The second chunk holds what looks like the last one."""


def fed(*pieces: bytes) -> RequestBuffer:
    buffer = RequestBuffer(MAX_BODY)
    for piece in pieces:
        buffer.feed(piece)
    return buffer


@pytest.mark.parametrize(
    "request_bytes", [GET, STATED, CHUNKED.replace(b"3;a=b\r\n0\r\n\r\n", b"3;a=b\r\n0\r\n\r\n")]
)
def test_a_request_is_whole_with_its_last_byte_and_not_before(request_bytes: bytes) -> None:
    buffer = RequestBuffer(MAX_BODY)

    for index in range(len(request_bytes) - 1):
        assert buffer.feed(request_bytes[index : index + 1]) in {Stage.HEAD, Stage.BODY}
    assert buffer.feed(request_bytes[-1:]) is Stage.WHOLE
    assert buffer.take() == request_bytes


@given(st.lists(st.integers(1, len(CHUNKED) - 1), max_size=6))
def test_how_a_request_is_cut_changes_nothing(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(CHUNKED)]

    buffer = fed(*(CHUNKED[begin:end] for begin, end in pairwise(places)))

    assert buffer.stage is Stage.WHOLE


def test_what_follows_a_request_stays_behind_it() -> None:
    assert fed(STATED + GET).take() == STATED + GET


def test_a_buffer_that_was_taken_is_as_new() -> None:
    buffer = fed(STATED)
    buffer.take()

    assert (buffer.stage, bytes(buffer.data), buffer.feed(GET)) == (Stage.HEAD, b"", Stage.WHOLE)


@pytest.mark.parametrize(
    "chunks",
    [
        b"x\r\nhello\r\n0\r\n\r\n",
        b"-1\r\n",
        b"5\r\nhelloo\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n",
        b"5" * 300,
        b"\r\n",
        b"0\r\nno trailer\r\n\r\n",
        b"0\r\nA: b\r\nC\0: d\r\n\r\n",
    ],
)
def test_chunks_that_cannot_be_read_are_malformed(chunks: bytes) -> None:
    assert fed(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks).stage is Stage.MALFORMED


@pytest.mark.parametrize(
    "too_long",
    [
        HEAD + b"Content-Length: 1001\r\n\r\n",
        HEAD + b"Content-Length: 1" + b"0" * 30 + b"\r\n\r\n",
        HEAD + b"Content-Length: 1" + b"0" * 5_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"a" * MAX_HEAD_BYTES,
    ],
)
def test_what_is_too_long_is_not_collected_but_left_to_be_refused(too_long: bytes) -> None:
    """1,001 bytes where 1,000 are allowed: the application says 413 from the head alone."""
    assert fed(too_long).stage is Stage.WHOLE
    assert fed(too_long).too_long == (b"Content-Length" in too_long)


@pytest.mark.parametrize("chunks", [b"3e9\r\n", b"ffffffffffffffff\r\nhello", b"1\r\na\r\n" * 200])
def test_chunks_that_are_too_many_are_no_request_for_a_thread(chunks: bytes) -> None:
    assert fed(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks).stage is Stage.TOO_LARGE


def test_trailers_end_a_request() -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\nC-d:\r\n\r\n"
    assert fed(HEAD + chunks).stage is Stage.WHOLE


def test_a_body_of_the_greatest_length_is_collected() -> None:
    head = HEAD + b"content-LENGTH :  1000 \r\n\r\n"

    assert fed(head, b"a" * 999).stage is Stage.BODY
    assert fed(head, b"a" * 1_000).stage is Stage.WHOLE


def test_a_client_that_waits_for_its_go_is_known() -> None:
    buffer = fed(HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")

    assert (buffer.stage, buffer.expects_continue) == (Stage.BODY, True)
