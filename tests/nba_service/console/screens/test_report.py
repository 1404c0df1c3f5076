"""The training report in the console: what a manifest says, whole, and an unknown bundle is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from nba_service.console.facts.bundle_facts import Gain
from nba_service.console.screens import report
from nba_service.console.wording import Words
from tests.nba_service.console.screens.bundle_builder import facts


@pytest.mark.parametrize(
    ("gain", "english", "german"),
    [
        (None, "cannot tell", "sagt das Protokoll nicht"),
        (Gain(value=2.0, low=1.0, high=3.0), "gains 2.00\u00a0EUR", "mehr als nichts zu tun"),
        (Gain(value=-2.0, low=-3.0, high=-1.0), "loses 2.00\u00a0EUR", "weniger als nichts zu tun"),
        (Gain(value=0.0, low=-1.0, high=1.0), "not proved", "nicht belegt"),
    ],
)
def test_each_case_has_its_headline(gain: Gain | None, english: str, german: str) -> None:
    assert english in report.finding(Words("en"), facts(gain=gain))
    assert german in report.finding(Words("de"), facts(gain=gain))


def test_every_figure_of_the_manifest_is_in_the_table() -> None:
    one = replace(facts(), metrics={"response": {"overall": {"auc": 0.8123456}}, "curve": [1, 2]})

    assert report._all_table(one).rows == [("response.overall.auc", 0.8123)]


def test_values_over_other_policies_are_drawn() -> None:
    values = {
        "do nothing": {"value": 2.0, "low": 1.0, "high": 3.0},
        "playbook": {"value": 0, "low": -1, "high": 1},
    }

    assert "doing nothing" in report.draw_values(Words("en"), values)
    assert report.draw_values(Words("en"), {}) == ""


def test_the_page_of_a_bundle(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()

    assert "b-2" in client.get("/console/report?bundle=b-2").text
    assert client.get("/console/report").status_code == 200
    assert client.get("/console/report?bundle=gone").status_code == 404


def test_what_the_choices_gain_is_on_the_page(sign_in: Callable[..., FlaskClient]) -> None:
    """A bundle without the figure says why there is none."""
    page = sign_in().get("/console/report?bundle=b-2")

    assert "The log could not tell" in page.text
