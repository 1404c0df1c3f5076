"""Computed facts: from a company's own module, lazy, checked, and harmless when they fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import flask
import pytest

from nba_service.content.facts import Fact, FactBook, FactType, KnownFacts
from nba_service.content.limits import RenderTimeoutError, clock, make_environment, render_within
from nba_service.settings import Authentication, Settings
from tests.nba_service.content.test_fact_loading import MODULE

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def fact(compute: Callable[[Mapping[str, Any], datetime], Any], **options: Any) -> Fact:
    return Fact(**{"name": "one", "type": FactType.NUMBER, "label": "One", "compute": compute, **options})


def test_a_fact_is_computed_once_a_decision_and_only_if_it_is_read() -> None:
    asked: list[datetime] = []

    def compute(attributes: Mapping[str, Any], moment: datetime) -> float:
        asked.append(moment)
        return float(attributes["a"]) + 1

    known = FactBook.of([fact(compute)]).about({"a": 1}, NOW)

    assert asked == []
    assert (known["one"], known["one"]) == (2, 2)
    assert asked == [NOW]


@pytest.mark.parametrize(
    ("compute", "options", "reason"),
    [
        (lambda a, m: 1 / 0, {}, "ZeroDivisionError"),
        (lambda a, m: "text", {}, "expected a number, got a str"),
        (lambda a, m: True, {}, "expected a number, got a bool"),
        (lambda a, m: 1, {"type": FactType.BOOLEAN}, "expected a boolean, got a int"),
        (lambda a, m: float("nan"), {}, "out of range"),
        (lambda a, m: 11, {"maximum": 10}, "out of range"),
        (lambda a, m: "xxx", {"type": FactType.TEXT, "longest": 2}, "too long"),
    ],
)
def test_a_fact_that_fails_is_missing_and_counted(
    compute: Callable[..., Any], options: dict[str, Any], reason: str
) -> None:
    book = FactBook.of([fact(compute, **options)])

    assert "one" not in dict(book.facts) or book.about({}, NOW).get("one") is None
    assert book.failures() == {("one", reason): 1}


def test_a_fact_that_cannot_be_said_is_missing_and_no_failure() -> None:
    book = FactBook.of([fact(lambda a, m: None), fact(lambda a, m: a["x"], name="two", needs=("x",))])
    known = book.about({}, NOW)

    assert (known.get("one"), known.get("two"), known.get("unheard_of")) == (None, None, None)
    assert book.failures() == {}


def test_days_are_facts() -> None:
    book = FactBook.of([fact(lambda a, m: m.date(), type=FactType.DATE)])

    assert book.about({}, NOW)["one"] == date(2026, 11, 20)


def test_an_answer_carries_facts_and_counts_what_fell_back(
    make_app: Callable[[Settings], flask.Flask], tmp_path: Path, tiny_journey_text: str
) -> None:
    facts, journey = tmp_path / "facts.py", tmp_path / "journey.yaml"
    facts.write_text(MODULE.replace("roof_area_m2", "age"))
    written = """{title: "Hello {{ customer.first_name | default: 'there' }}", body: Have a look.}"""
    text = tiny_journey_text.replace(written, '{title: T, body: "Twice is {{ facts.doubled | number }}"}')
    assert text != tiny_journey_text
    journey.write_text(text.replace("horizon_days: 7", "horizon_days: 7\n  exploration: {method: none}"))
    app = make_app(
        Settings(
            database_url=f"sqlite:///{tmp_path}/nba.sqlite",
            registry=tmp_path / "none",
            journey=journey,
            facts=(str(facts),),
            authentication=Authentication.OFF,
        )
    )

    def content_of(attributes: dict[str, Any]) -> dict[str, str]:
        body = {
            "customer_id": f"c-{len(attributes)}",
            "profile": {"attributes": attributes},
            "channels": ["web"],
        }
        answer = app.test_client().post("/v1/decisions", json=body).get_json()
        found: dict[str, str] = answer["actions"][0]["content"]
        return found

    assert content_of({"age": 30})["body"] == "Twice is 60"
    assert content_of({})["fallback"] == "VARIABLE_MISSING"
    decisions = app.extensions["nba"].decisions
    assert decisions.counts.content_fallbacks.counts() == {("teaser", "web", "VARIABLE_MISSING"): 1}


def test_a_slow_fact_takes_none_of_the_templates_time() -> None:
    """A roof is counted in more CPU than a text may take; the customer reads the text all the same."""

    def slow(_: Mapping[str, Any], __: datetime) -> int:
        begun = time.thread_time()
        return next(n for n in count() if time.thread_time() > begun + 0.1)

    fact = Fact(name="slow", label="slow", type=FactType.NUMBER, compute=slow)
    facts = KnownFacts(FactBook({"slow": fact}), {}, datetime(2026, 1, 1, tzinfo=UTC))
    template = make_environment(html=False).from_string("{% if facts.slow > 0 %}yes{% endif %} {{ 1 }}")

    assert render_within(template, {"facts": facts}, clock() + 0.08) == "yes 1"
    with pytest.raises(RenderTimeoutError):
        render_within(template, {"facts": facts}, clock() - 1)
