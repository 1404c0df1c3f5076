"""A zipped body is read whole, or refused; never a part of it."""

from __future__ import annotations

import gzip

import pytest
from werkzeug.exceptions import RequestEntityTooLarge

from nba_service.errors import Problem
from nba_service.http.content_coding import decode

TEXT = b'{"customer_id": "ada"}'


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_several_members_are_one_body(coding: str) -> None:
    zipped = gzip.compress(TEXT[:7]) + gzip.compress(b"") + gzip.compress(TEXT[7:])

    assert decode(zipped, coding, 100) == TEXT


@pytest.mark.parametrize("coding", ["", "identity", "Identity"])
def test_a_body_without_a_coding_stays_as_it_is(coding: str) -> None:
    assert decode(TEXT, coding, 3) == TEXT


@pytest.mark.parametrize(
    "sent",
    [
        TEXT,
        b"",
        gzip.compress(TEXT)[:-1],
        gzip.compress(TEXT) + b"rubbish",
        gzip.compress(TEXT) + gzip.compress(TEXT)[:12],
        gzip.compress(TEXT) + b"\0",
        gzip.compress(TEXT)[:-8] + b"\0" * 8,
        gzip.compress(b"") * 1_001,
    ],
)
def test_what_is_not_wholly_gzip_is_refused(sent: bytes) -> None:
    with pytest.raises(Problem) as refused:
        decode(sent, "gzip", 1_000)
    assert (refused.value.code, refused.value.status) == ("BODY_NOT_JSON", 400)


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "gzip;q=1"])
def test_another_coding_is_415_and_says_which_one_is_taken(coding: str) -> None:
    with pytest.raises(Problem) as refused:
        decode(gzip.compress(TEXT), coding, 100)
    assert (refused.value.status, refused.value.headers["Accept-Encoding"]) == (415, "gzip")
    assert repr(coding) in str(refused.value)


def test_the_bound_holds_for_all_members_together() -> None:
    """Two members of 60 bytes are 120, more than the 100 that are allowed."""
    with pytest.raises(RequestEntityTooLarge):
        decode(gzip.compress(b"a" * 60) * 2, "gzip", 100)
    assert len(decode(gzip.compress(b"a" * 50) * 2, "gzip", 100)) == 100
