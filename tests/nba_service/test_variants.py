"""Variants of texts from end to end: drawn, answered, stored, learned from, replayed and read out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from click.testing import CliRunner

from nba_service.access.issuing import KeyIssuer
from nba_service.cli import main
from nba_service.keys.scopes import Scope
from nba_service.measures.rollups.rollup import Rollup
from nba_service.services import Services
from nba_service.settings import Authentication, Settings
from tests.conftest import TINY_JOURNEY
from tests.set_clock import SetClock

VARIANTS = """\
    variants:
      plain: {}
      question: {default: {en: {title: "Shall we?"}}}
"""
OFFER = "      default: {en: {title: Your offer, body: Ready when you are.}}\n"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def own(playbook_settings: Settings) -> Settings:
    """The playbook of a journey whose offer has two variants."""
    assert playbook_settings.journey is not None
    text = TINY_JOURNEY.replace(OFFER, OFFER + VARIANTS) + "  exploration: {floor: 0}\n"
    playbook_settings.journey.write_text(text)
    return replace(playbook_settings, update_seconds=3_600)


@pytest.fixture
def app(make_app: Callable[..., flask.Flask], own: Settings, clock: SetClock) -> flask.Flask:
    return make_app(own, clock=clock)


def parts(app: flask.Flask) -> Services:
    found: Services = app.extensions["nba"]
    return found


def decide(app: flask.Flask, numbers: range, phase: str = "interested") -> list[dict[str, Any]]:
    """Decisions for so many customers who may be written to."""
    asked = [
        {"customer_id": f"c-{number}", "phase": phase, "profile": {"consent": {"email": True}}}
        for number in numbers
    ]
    answer = app.test_client().post("/v1/decisions/batch", json={"decisions": asked}).get_json()
    return list(answer["decisions"])


def drawn(answer: dict[str, Any]) -> str:
    return str(answer["actions"][0]["variant"]["name"])


def learn(app: flask.Flask, clock: SetClock) -> list[dict[str, Any]]:
    """A hundred decisions, of which the questions alone are answered; then the next update."""
    answers = decide(app, range(100))
    outcomes = [
        {"decision_id": one["decision_id"], "outcome": "clicked", "outcome_id": one["decision_id"]}
        for one in answers
        if drawn(one) == "question"
    ]
    assert app.test_client().post("/v1/outcomes", json={"outcomes": outcomes}).status_code < 300
    clock.now += timedelta(days=8)
    parts(app).source.learn()
    return answers


def test_a_variant_is_drawn_shown_and_stored(app: flask.Flask) -> None:
    answers = decide(app, range(40))

    assert {drawn(one) for one in answers} == {"plain", "question"}
    for one in answers:
        (action,) = one["actions"]
        assert action["variant"]["probability"] == 0.5
        title = {"plain": "Your offer", "question": "Shall we?"}[drawn(one)]
        assert (action["content"]["title"], action["content"]["body"]) == (title, "Ready when you are.")
        row = parts(app).store.decisions([one["decision_id"]])[one["decision_id"]]
        assert (row.variant, row.variant_probability) == (drawn(one), 0.5)


def test_a_customer_keeps_the_variant_and_other_actions_have_none(app: flask.Flask, clock: SetClock) -> None:
    first = [drawn(one) for one in decide(app, range(20))]
    clock.now += timedelta(days=10)

    assert [drawn(one) for one in decide(app, range(20))] == first
    (stranger,) = decide(app, range(50, 51), phase="stranger")
    assert "variant" not in stranger["actions"][0]


def test_what_is_answered_more_is_drawn_more_and_every_decision_replays(
    app: flask.Flask, clock: SetClock
) -> None:
    before = learn(app, clock)

    after = decide(app, range(1_000, 1_100))

    shares = {drawn(one): one["actions"][0]["variant"]["probability"] for one in after}
    assert shares == {"question": 0.95, "plain": 0.05}
    assert Counter(map(drawn, after))["question"] > 85
    for one in (before[0], after[0], next(one for one in after if drawn(one) == "plain")):
        replay = app.test_client().get(f"/v1/decisions/{one['decision_id']}/replay").get_json()
        assert replay["identical"], replay


def test_variants_are_read_out(
    app: flask.Flask, own: Settings, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = learn(app, clock)
    plain = parts(app).store.plain
    Rollup(plain.rollups, parts(app).source.current().journey, clock).run()

    answer = app.test_client().get("/v1/measures/variants").get_json()

    rows = {row["variant"]: row for row in answer["variants"]}
    number = Counter(map(drawn, answers))
    assert [rows[name]["decisions"] for name in number] == list(number.values())
    assert (rows["question"]["rate"]["value"], rows["plain"]["responses"]) == (1.0, 0)
    assert rows["question"]["over_others"]["proved"] == "up"
    assert [row["share"] for row in answer["variants"]] == [0.05, 0.95]
    text = app.test_client().get("/v1/measures/variants.csv").get_data(as_text=True)
    assert text.startswith("action,label,channel,variant,share,")
    monkeypatch.setenv("NBA_DATABASE_URL", str(own.database_url))
    monkeypatch.setenv("NBA_JOURNEY", str(own.journey))
    monkeypatch.setenv("NBA_REGISTRY", str(own.registry))
    told = CliRunner().invoke(main, ["measures", "variants", "--json"], obj=clock)
    assert json.loads(told.stdout)["variants"] == answer["variants"]


def test_the_page_of_actions_says_which_text_is_better(
    make_app: Callable[..., flask.Flask], app: flask.Flask, own: Settings, clock: SetClock
) -> None:
    learn(app, clock)
    Rollup(parts(app).store.plain.rollups, parts(app).source.current().journey, clock).run()
    guarded = make_app(replace(own, authentication=Authentication.REQUIRED), clock=clock)
    issuer = KeyIssuer(parts(guarded).store.plain.keys, clock)
    _, token = issuer.create("anna", scopes=[Scope.CONSOLE, Scope.READ, Scope.ADMIN])
    client = guarded.test_client()
    client.post("/console/sign-in", data={"key": token, "next": "/console"})

    page = client.get("/console/actions?open=offer")

    assert "Responded to more often than its other texts: “question”" in page.text
    assert page.text.count("over the others (") == 2


def test_an_export_tells_variants(app: flask.Flask, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    from nba_service.data.tables import export_store

    answers = decide(app, range(5))
    export_store(parts(app).store.plain, tmp_path / "out")

    rows = pq.read_table(tmp_path / "out/decisions").to_pylist()
    told = {row["decision_id"]: (row["variant"], row["variant_probability"]) for row in rows}
    assert told == {one["decision_id"]: (drawn(one), 0.5) for one in answers}
