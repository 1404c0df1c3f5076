"""What is counted of decisions: texts that fell back, by action, channel and reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from nba_service.decisions.answers import Answer
from nba_service.decisions.counts import text_fallbacks


@pytest.mark.parametrize(
    ("channel", "content", "counted"),
    [
        ("web", {"fallback": ""}, []),
        ("web", {"fallback": "TOO_LONG"}, [("teaser", "web", "TOO_LONG")]),
        (None, {"fallback": "TOO_LONG"}, [("teaser", "", "TOO_LONG")]),
        (None, None, []),  # doing nothing has no text
    ],
)
def test_only_texts_that_fell_back_are_counted(
    channel: str | None, content: Mapping[str, str] | None, counted: list[Any]
) -> None:
    answer = {"actions": [{"action": "teaser", "channel": channel, "content": content}]}

    assert list(text_fallbacks(cast(Answer, answer))) == counted
