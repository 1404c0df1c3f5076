"""A request has the caller's id, if it can be one."""

from __future__ import annotations

import pytest

from nba_service.http.request_ids import request_id


@pytest.mark.parametrize("wanted", ["r-1", "a" * 64, "A_b.c-9"])
def test_the_callers_id_is_taken(wanted: str) -> None:
    assert request_id(wanted, lambda: "made") == wanted


@pytest.mark.parametrize("wanted", ["", "a" * 65, "two words", "line\nbreak", "ü"])
def test_what_is_no_id_is_replaced(wanted: str) -> None:
    assert request_id(wanted, lambda: "made") == "made"
