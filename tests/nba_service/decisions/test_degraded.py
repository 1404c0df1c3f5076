"""What kept an answer from being as good as it can be, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest

from nba_service.decisions.degraded import Degraded, circumstances, mark, of_contents, of_copy, reason_of
from nba_service.errors import ContentionError, StoreError
from nba_service.resilience.errors import StoreCatchingUpError, StoreTimeoutError

WELL: dict[str, Any] = {"decision_id": "d", "degraded": False, "degraded_by": []}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoreTimeoutError("x"), Degraded.STORE_SLOW),
        (StoreCatchingUpError("x"), Degraded.STORE_CATCHING_UP),
        (StoreError("x"), Degraded.STORE_UNAVAILABLE),
        (ContentionError("x"), Degraded.CUSTOMER_BUSY),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_of_the_store_has_its_reason(error: StoreError, reason: Degraded) -> None:
    assert reason_of(error) is reason


def test_an_answer_without_reasons_is_as_it_was() -> None:
    assert mark(WELL) == WELL
    assert mark(WELL) is not WELL


def test_reasons_are_added_once_each_in_their_order() -> None:
    once = mark(WELL, Degraded.STORE_SLOW)
    twice = mark(once, Degraded.TOO_LATE, Degraded.STORE_SLOW)

    assert (once["degraded"], once["degraded_by"]) == (True, ["STORE_SLOW"])
    assert twice["degraded_by"] == ["STORE_SLOW", "TOO_LATE"]
    assert WELL == {"decision_id": "d", "degraded": False, "degraded_by": []}, "the answer is not changed"


def test_the_reasons_of_a_recorded_answer_are_read_back() -> None:
    marked = mark(WELL, Degraded.STORE_SLOW, Degraded.NOT_RECORDED)

    assert circumstances(marked) == (Degraded.STORE_SLOW, Degraded.NOT_RECORDED)
    assert circumstances({"decision_id": "before there were reasons"}) == ()


def test_a_copy_of_the_bundle_is_a_reason() -> None:
    assert of_copy(True) == (Degraded.REGISTRY_UNAVAILABLE,)
    assert of_copy(False) == ()


@pytest.mark.parametrize(
    ("fallbacks", "reasons"),
    [
        ([], ()),
        ([None], ()),
        (["", None], ()),
        (["NO_CONTENT"], ()),
        (["NO_CONTENT", "TOO_LONG"], (Degraded.CONTENT_FAILED,)),
        (["EMPTY", "TOO_LONG"], (Degraded.CONTENT_FAILED,)),
    ],
)
def test_a_written_text_that_is_not_shown_is_a_reason_and_one_that_is_not_written_is_none(
    fallbacks: list[str | None], reasons: tuple[Degraded, ...]
) -> None:
    contents = [None if text is None else {"title": "T", "fallback": text} for text in fallbacks]

    assert of_contents(contents) == reasons
