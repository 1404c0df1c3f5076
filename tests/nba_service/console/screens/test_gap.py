"""Gap and touchpoints: half-cells by steps, effects by marks, hidden cells are no zeros."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from nba_service.console.desk import Desk
from nba_service.console.screens import gap
from nba_service.console.wording import Words


def cell(theirs: float | None, ours: float | None, proved: str | None = None, **more: Any) -> dict[str, Any]:
    effect = None if proved is None else {"value": 1.4, "low": 1.1, "high": 1.8, "proved": proved}
    usual = {"phase": "new", "customers": 30, "contacts": 40, "hidden": theirs is None, "list": None}
    return {"theirs": theirs, "ours": ours, "effect": effect, **usual, **more}


def answer(**lists: Any) -> dict[str, Any]:
    row = {"touchpoint": "visit", "label": "Visit", "ownership": "owned"}
    rows = [{**row, "cells": [cell(0.38, 0.02, "up"), cell(0.1, 0.5, "no")]}]
    return {"rows": rows, "missing": [], "idle": [], "unmoved": [], **lists}


def entry(**more: Any) -> dict[str, Any]:
    usual = {
        "number": 1,
        "label": "Comparison portal",
        "touchpoint": "portal",
        "phase": "gone",
        "theirs": 0.38,
    }
    return {**usual, "ours": 0.0, "customers": 985, "contacts": 6_100, "basis": "like_contacts_here",
            "eur_month": {"value": 7_900.4, "low": -200.0, "high": 16_000.0}, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "english", "german"),
    [
        (
            answer(missing=[entry()]),
            "38\u00a0% of those in gone use “Comparison portal”",
            "38\u00a0% derer in gone",
        ),
        (answer(unmoved=[entry()]), "6,100 contacts by “Comparison portal” move nothing", "6.100 Kontakte"),
        (answer(), "Nothing stands out", "Nichts fällt"),
    ],
)
def test_each_case_has_its_headline(
    make_desk: Callable[..., Desk], given: Any, english: str, german: str
) -> None:
    assert english in gap.finding(Words("en"), make_desk(), given)
    assert german in gap.finding(Words("de"), make_desk("de"), given)


def test_half_cells_have_steps_and_hidden_ones_no_numbers() -> None:
    t = Words("en")
    shown = gap.cell_of(t, cell(0.62, 0.04, "down", list=3))

    assert (shown["theirs"], shown["their_step"], shown["our_step"], shown["number"]) == ("62", 5, 0, 3)
    assert "fewer take the next step" in shown["says"]
    hidden = gap.cell_of(t, cell(None, None))
    assert (hidden["theirs"], hidden["ours"], hidden["empty"]) == ("··", "··", False)
    assert gap.cell_of(t, cell(0.0, 0.0))["empty"]
    assert [gap.step(share) for share in (None, 0.0, 0.05, 0.3, 0.9)] == [0, 0, 1, 3, 5]


def test_the_title_counts_what_is_proved_and_lists_say_what_it_is_worth(
    make_desk: Callable[..., Desk],
) -> None:
    t = Words("en")

    assert gap.matrix_title(t, answer()).startswith("In 1 of 2 cells")
    (line,) = gap.listed(t, make_desk(), [entry()])
    assert line[1:] == (
        "Comparison portal in gone",
        "theirs 38\u00a0%, ours 0\u00a0%; if contacts there did what others do here, −200 to 16,000",
        "985 people",
        "+7,900\u00a0EUR",
    )
    assert gap.grouped(t, answer()["rows"])[0][0] == "Owned: ours"


def test_attribution_ranks_by_what_would_be_missing(make_desk: Callable[..., Desk]) -> None:
    def touchpoint(label: str, value: float | None) -> dict[str, Any]:
        removal = None if value is None else {"value": value, "low": value - 0.05, "high": value + 0.05}
        return {"label": label, "removal": removal, "ownership": "owned", "shapley": 0.2, "last": 0.1}

    rows = [touchpoint("A", 0.1), touchpoint("B", 0.3), touchpoint("C", None)]
    title = gap.touchpoints_title(Words("en"), make_desk(), {"touchpoints": rows, "target": "x"})

    assert title == "“B” is on most ways into x"
    assert gap.draw_touchpoints(Words("en"), rows).count("<circle") == 4  # two widths
    assert gap.touchpoints_title(Words("en"), make_desk(), None) == "What leads into a phase"


def test_weak_touchpoints_say_what_is_wrong_with_them() -> None:
    def weak(label: str, why: str | None) -> dict[str, Any]:
        effect, drop = {"value": 0.5}, {"value": 0.4}
        return {
            "label": label,
            "weak": why,
            "use": 0.2,
            "effect": effect,
            "drop_off": drop,
            "drop_off_usual": 0.1,
        }

    rows = [weak("A", "no_effect"), weak("B", "turns_away"), weak("C", None)]

    assert gap.weak_title(Words("en"), rows) == "After “B” fewer move on than after anything else"
    assert gap.weak_title(Words("de"), rows[2:]).startswith("Kein Kontaktpunkt")
    assert gap.weak_row(Words("en"), weak("D", "drops_off")) == (
        "D", "40\u00a0% fall silent, usually 10\u00a0%", "20\u00a0%"
    )  # fmt: skip


def test_euros_are_credited_next_to_entries() -> None:
    shares = {"removal": {"value": 0.4, "low": 0.3, "high": 0.5}, "shapley": 0.3, "last": 0.2}
    rows = [{"label": "Visit", "ownership": "owned", "value": shares}, {"label": "X", "value": None}]
    answer = {"touchpoints": rows, "value_eur": 1_000.0}

    assert gap.value_title(Words("en"), answer) == "40\u00a0% of 1,000\u00a0EUR are credited to “Visit”"
    assert gap.draw_value(Words("en"), rows).count("<circle") == 2
    assert gap.value_title(Words("en"), None) == "What the EUR are credited to"


def test_a_narrow_page_shows_the_phase_of_the_address_or_the_fullest(make_desk: Callable[..., Desk]) -> None:
    phases = [
        {"phase": "a", "customers": 3},
        {"phase": "b", "customers": 9},
        {"phase": "c", "customers": None},
    ]

    assert gap.column_of(make_desk(), phases) == 1
    assert gap.column_of(make_desk(column="c"), phases) == 2
    assert gap.column_of(make_desk(), []) == 0


def test_before_anything_is_rolled_up_the_page_says_so(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in().get("/console/gap")

    assert page.status_code == 200
    assert "nba rollup" in page.text
