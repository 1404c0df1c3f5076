"""One word for each way in which a text can fail."""

from __future__ import annotations

import pytest
from liquid.exceptions import (
    ContextDepthError,
    FilterArgumentError,
    LiquidSyntaxError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    UndefinedError,
    UnknownFilterError,
)

from nba_service.content.failure import FAILURES, EmptyTextError, Fallback, TooLongError, reason_of
from nba_service.content.limits import RenderTimeoutError


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EmptyTextError("x"), Fallback.EMPTY),
        (TooLongError("x"), Fallback.TOO_LONG),
        (LoopIterationLimitError("x", token=None), Fallback.TOO_LONG),
        (OutputStreamLimitError("x", token=None), Fallback.TOO_LONG),
        (LocalNamespaceLimitError("x", token=None), Fallback.TOO_LONG),
        (RenderTimeoutError("x", token=None), Fallback.TOO_SLOW),
        (UndefinedError("x", token=None), Fallback.VARIABLE_MISSING),
        (UnknownFilterError("x", token=None), Fallback.TEMPLATE_BROKEN),
        (LiquidSyntaxError("x", token=None), Fallback.TEMPLATE_BROKEN),
        (FilterArgumentError("x", token=None), Fallback.FILTER_FAILED),
        (ContextDepthError("x", token=None), Fallback.TOO_LONG),
        (ValueError("x"), Fallback.FILTER_FAILED),
        (ZeroDivisionError("x"), Fallback.FILTER_FAILED),
        (RecursionError("x"), Fallback.FILTER_FAILED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_has_its_word(error: Exception, reason: Fallback) -> None:
    assert isinstance(error, FAILURES), "the renderer catches it"
    assert reason_of(error) is reason


def test_what_is_no_failure_of_a_text_is_not_caught() -> None:
    assert not isinstance(OSError(), FAILURES)
    assert not issubclass(KeyboardInterrupt, FAILURES)
