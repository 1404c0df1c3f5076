"""Texts of an action: their figures, hidden where they are of few, and what is no more in the file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.domain.actions import Content
from models.domain.journey import Journey
from nba_service.measures.actions.variants import variants
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading

SHARES = {("teaser", "email"): {"a": 0.7, "b": 0.3}}


@pytest.fixture(scope="module")
def worded(armed: Journey) -> Journey:
    """Two variants of the teaser's mail."""
    texts = {name: {"email": {"en": Content(title=name, body="x")}} for name in ("a", "b")}
    actions = tuple(replace(one, variants=texts) if one.name == "teaser" else one for one in armed.actions)
    return replace(armed, actions=actions)


@pytest.fixture(scope="module")
def drawn(reading: Reading) -> Reading:
    """The past of 800 mails, of which each third has the text ``a``, and the others one that went since."""
    records = reading.log.decisions.copy()
    third = np.arange(len(records)) % 3 == 0
    records["variant"] = np.where(third, reading.names.code("a"), reading.names.code("old"))
    records["variant_probability"] = np.where(third, 1 / 3, 2 / 3)
    return replace(reading, log=replace(reading.log, decisions=records))


def rows_of(reading: Reading, journey: Journey, **asked: Any) -> dict[str, dict[str, Any]]:
    answer = variants(reading, journey, Question(**{"hide_below": 0, **asked}), SHARES)
    return {row["variant"]: row for row in answer["variants"]}


def test_every_variant_of_the_file_and_of_the_log_has_a_row(drawn: Reading, worded: Journey) -> None:
    rows = rows_of(drawn, worded)

    assert {name: row["share"] for name, row in rows.items()} == {"a": 0.7, "b": 0.3, "old": None}
    assert sum(row["decisions"] for row in rows.values()) == 800
    assert rows["b"]["decisions"] == 0
    assert rows["a"]["rate"]["value"] == rows["a"]["responses"] / rows["a"]["judged"]
    assert rows["a"]["judged"] < rows["a"]["delivered"] == rows["a"]["decisions"]
    assert rows["a"]["over_others"]["value"] == pytest.approx(-rows["old"]["over_others"]["value"])
    assert rows["a"]["over_others"]["proved"] == "no"
    assert rows["b"]["over_others"] is None


def test_filters_hold_and_few_are_hidden(drawn: Reading, worded: Journey, armed: Journey) -> None:
    hidden = rows_of(drawn, worded, hide_below=1_000)["a"]

    assert (hidden["hidden"], hidden["customers"], hidden["rate"], hidden["over_others"]) == (
        True, None, None, None,
    )  # fmt: skip
    assert rows_of(drawn, worded, channel="web") == {}
    assert rows_of(drawn, worded, phase="customer")["a"]["decisions"] == 0
    assert rows_of(drawn, armed) == {}
