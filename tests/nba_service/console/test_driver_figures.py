"""The driver tree names what carries the difference, and its parts are drawn whole."""

from __future__ import annotations

from typing import Any

import pytest

from nba_service.console.driver_figures import driver_table, driver_tree
from nba_service.console.wording import Words


def answer(
    contacts: float = 1.0, responses: float = 4.0, value: float = 1.0, proved: str = "up"
) -> dict[str, Any]:
    factors = {"contacts_per_customer": 1.5, "responses_per_contact": 0.091, "eur_per_response": 171.0}
    return {
        "arms": [
            {"arm": "treatment", **factors, "eur_per_customer": 24.1},
            {"arm": "random", **factors, "eur_per_customer": 18.1},
        ],
        "tree": [
            {"arm": "treatment", "against": "random", "difference": contacts + responses + value,
             "contacts": contacts, "responses": responses, "value": value}
        ],
        "spend": [
            {"against": "random", "gain_eur": 100.0, "cost_eur": 10.0,
             "return": {"value": 10.0, "low": 2.0, "high": 18.0, "proved": proved}}
        ],
        "periods": [
            {"since": "2026-11-01", "until": "2026-11-08", "customers": 9, **factors, "eur_per_customer": 1.0}
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "english", "german"),
    [
        (answer(), "how often they respond", "wie oft jemand antwortet"),
        (answer(contacts=9.0), "how often people are contacted", "wie oft Kontakt"),
        (answer(value=-9.0), "what a response is worth", "was eine Antwort wert ist"),
        (answer(0.0, 0.0, 0.0), "are those of chance", "sind wie bei: chance"),
    ],
)
def test_the_headline_names_the_largest_part(given: Any, english: str, german: str) -> None:
    for language, words in (("en", english), ("de", german)):
        found = driver_tree(Words(language), given, "random", "chance")
        assert found is not None
        assert words in found.title


def test_the_parts_are_drawn_and_the_factors_stand_side_by_side() -> None:
    found = driver_tree(Words("en"), answer(), "random", "chance")

    assert found is not None
    assert [factor[1] for factor in found.factors] == ["1.50", "9.1", "171.00", "24.10"]
    assert "responses +4.00" in found.drawing
    assert "came back 10.0 times (between 2.0 and 18.0)" in found.spend
    assert "not proved" in (driver_tree(Words("en"), answer(proved="no"), "random", "x") or found).spend


def test_without_an_answer_there_is_no_tree_and_an_empty_table() -> None:
    assert driver_tree(Words("en"), None, "random", "chance") is None
    assert driver_tree(Words("en"), answer(), "playbook", "chance") is None
    assert driver_table(None).rows == []
    assert len(driver_table(answer()).rows) == 1
