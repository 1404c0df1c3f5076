"""Journey map: each case has its headline, and a step its actions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from models.domain.journey import Journey
from nba_service.console import step_figures
from nba_service.console.desk import Desk
from nba_service.console.facts.moves import Move
from nba_service.console.screens import journey
from nba_service.console.sessions import Session
from nba_service.console.wording import Words
from nba_service.keys.scopes import Scope
from nba_service.measures.rollups.rollup import Rollup
from nba_service.store.rows import DecisionRow, InteractionRow
from tests.nba_service.console.conftest import NOW

sys.path.insert(0, str(Path(__file__).parent))

from bundle_builder import facts  # helpers of tests are not installed


def figures(tiny: Journey) -> Any:
    a, b, _ = (phase for phase in tiny.phases[:3])
    return replace(
        facts(),
        moves=[
            {"from": a.name, "to": b.name, "ours": 12.0, "nothing": 4.0},
            {"from": b.name, "to": a.name, "ours": 2.0, "nothing": 3.0},
        ],
        effects=[
            {
                "label": "Offer, E-mail",
                "step": f"{a.label} → {b.label}",
                "value": 3.0,
                "low": 1.2,
                "high": 8.0,
                "decisions": 90,
            },
        ],
        phases=[
            {"phase": a.name, "customers": 70, "days": [1, 5, 12, 30, 60], "stays": 40},
            {"phase": b.name, "customers": 30, "days": None, "stays": 3},
        ],
    )


@pytest.mark.parametrize(
    ("ours", "nothing", "english", "german"),
    [
        (12.0, 4.0, "With our actions 12 of 1,000", "Mit uns gehen 12 von 1.000"),
        (4.0, 12.0, "With our actions only 4", "Mit uns gehen nur 4"),
        (10.0, 10.0, "Our actions change little", "Wir ändern wenig"),
    ],
)
def test_each_case_has_its_headline(
    make_desk: Callable[..., Desk], ours: float, nothing: float, english: str, german: str
) -> None:
    moves = [Move(start=0, end=1, ours=ours, nothing=nothing)]

    assert journey.finding(make_desk("en"), moves).startswith(english)
    assert journey.finding(make_desk("de"), moves).startswith(german)


def test_where_most_turn_back_is_said(make_desk: Callable[..., Desk], tiny_journey: Journey) -> None:
    moves = [Move(start=0, end=1, ours=12, nothing=4), Move(start=1, end=0, ours=2, nothing=3)]
    labels = [phase.label for phase in tiny_journey.phases]

    assert journey.finding(make_desk(), moves).endswith(f"most turn back from {labels[1]} to {labels[0]}")
    assert (
        journey.map_title(make_desk().words, moves) == "Every step carries more people with us than without"
    )


def test_facts_and_steps_come_from_the_bundle(make_desk: Callable[..., Desk], tiny_journey: Journey) -> None:
    desk, champion = make_desk(), figures(tiny_journey)
    moves = [Move(start=0, end=1, ours=12, nothing=4), Move(start=1, end=0, ours=2, nothing=3)]
    told = journey.facts(desk, champion, moves)

    assert [number for number, _, _ in told] == ["2.0 back", "+8.0 on", "12 days"]
    assert "12.0" in journey.draw(desk, champion, moves)
    assert "<circle" in journey.draw_effects(desk, champion, moves[0])
    assert journey.draw_effects(desk, champion, moves[1]) == ""
    there = make_desk(**{"from": tiny_journey.phases[1].name, "to": tiny_journey.phases[0].name})
    assert journey.chosen_step(there, moves) == moves[1]
    assert journey.chosen_step(desk, moves) == moves[0]


def test_a_bundle_without_a_map_says_what_to_do(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in().get("/console/journey")

    assert page.status_code == 200
    assert "nba train" in page.text


def step_client(sign_in: Callable[..., FlaskClient], people: int) -> FlaskClient:
    """``people`` who visited, got a mail and asked for an offer three days later; rolled up."""
    client = sign_in()
    services = client.application.extensions["nba"]
    store, day, now = services.store.plain, 86_400_000, round(NOW.timestamp() * 1000)
    gone = dict.fromkeys(
        ("context", "candidates", "bundle", "policy", "arm", "request", "answer", "state"), None
    )
    for number in range(people):
        who = f"c-{number:02}"
        for touchpoint, back in (("visit", 9), ("quote", 6)):
            event = InteractionRow(
                interaction_id=f"{who}-{touchpoint}", customer_id=who, channel="web",
                occurred_at=now - back * day + number, touchpoint=touchpoint,
            )  # fmt: skip
            store.add_interactions([event])
        sent = DecisionRow(
            decision_id=f"d-{who}", customer_id=who, decided_at=now - 8 * day, delivered_at=now - 8 * day,
            action="teaser", channel="email", action_probability=0.5, contacts=(("teaser", "email"),), **gone,
        )  # fmt: skip
        store.add_decisions([sent])
    Rollup(store.rollups, services.source.current().journey, lambda: NOW).run()
    return client


def asked(client: FlaskClient, journey_of: Journey, session: Session, **args: str) -> dict[str, Any]:
    desk = Desk(screen="journey", words=Words("en"), args=args, session=session, now=NOW, journey=journey_of)
    with client.application.test_request_context():
        taken = step_figures.step_taken(desk, Move(start=0, end=1, ours=1, nothing=1))
        assert taken is not None
        return step_figures.step_figures(desk, taken) | {"table": step_figures.people_table(desk, taken)}


def test_a_step_opens_what_is_behind_it(
    sign_in: Callable[..., FlaskClient], tiny_journey: Journey, make_desk: Callable[..., Desk]
) -> None:
    """Twenty-two took it, after three days, all of them with a mail before."""
    client = step_client(sign_in, 22)
    found = asked(client, tiny_journey, make_desk().session)

    assert found["taken_title"] == "22 customers took this step in these days"
    assert found["times_title"] == "Half of those who took the step had been there for at most 3 days"
    assert found["behind_title"].startswith("100")
    assert "22" in found["behind"]
    assert found["triggers"] == "At that moment they did: Asked for an offer (22)."
    assert [who for _, who, _ in found["people"]][:2] == ["c-21", "c-20"]  # the latest first
    assert len(found["people"]) == len(found["table"].rows) == 10


def test_people_need_a_key_that_reads_and_small_steps_one_that_administers(
    sign_in: Callable[..., FlaskClient], tiny_journey: Journey, make_desk: Callable[..., Desk]
) -> None:
    client = step_client(sign_in, 3)
    looks = asked(client, tiny_journey, make_desk(scopes=(Scope.CONSOLE, Scope.ADMIN)).session)
    reads = asked(client, tiny_journey, make_desk(scopes=(Scope.CONSOLE, Scope.READ)).session)
    both = asked(client, tiny_journey, make_desk().session)

    assert (looks["people"], looks["table"].rows) == ([], [])
    assert (reads["people"], reads["taken"]["moves"], reads["behind"]) == ([], None, "")
    assert len(both["people"]) == 3
    nobody = asked(client, tiny_journey, make_desk().session, until="2026-11-13")
    assert nobody["taken_title"] == "Nobody took this step in these days"
