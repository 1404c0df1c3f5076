"""What decides depends neither on how many newer rows there are nor on what retention dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from models.domain.history import DAY_MS, to_ms
from nba_service.data.retention import forget
from nba_service.engine.loading import read_journey
from nba_service.settings import Authentication, Settings
from nba_service.store.interface import Store
from nba_service.store.rows import CustomerRow, DecisionRow, InteractionRow, OutcomeRow
from nba_service.store.sql.connection import WRITE
from tests.nba_service.conftest import NOW

NEWER = 2_100
"""More than any reader ever cut a past off at."""
OLD = to_ms(NOW) - 400 * DAY_MS

JOURNEY = """\
company: Lasting
currency: EUR
time_zone: Europe/Berlin
default_locale: en
consents: {email: E-mail, phone: Calls}
touchpoints:
  visit: Visit
  quote: Asked for an offer
  moved_away: Moved away
  unsubscribe: {label: Unsubscribed, withdraws: [phone]}
phases:
  stranger: {}
  interested: {}
  customer: {}
phase_rules:
  - {when: interaction.touchpoint == "quote", from: [stranger], to: interested}
channels:
  web: {cost: 0, inbound: true, placements: [banner]}
  email: {cost: 0, consent: email}
  phone: {cost: 0, consent: phone}
outcomes:
  response_window_days: 7
  default: no_response
  named:
    clicked: {sentiment: positive}
    no_response: {}
    complained: {sentiment: negative, withdraws: [email]}
actions:
  answered: {channels: [web], value: 5, stop_after_positive: true, prior: {propensity: 0.5}}
  ignored: {channels: [web], value: 5, stop_after_ignored: 3, prior: {propensity: 0.5}}
  refused: {channels: [web], value: 5, stop_after_ignored: 1, prior: {propensity: 0.5}}
  rested: {channels: [web], value: 5, repeat_after_days: 80, prior: {propensity: 0.5}}
  follows: {channels: [web], value: 5, requires: [answered], prior: {propensity: 0.5}}
  needs: {channels: [web], value: 5, requires: [letter], prior: {propensity: 0.5}}
  letter: {channels: [email], value: 5, prior: {propensity: 0.5}}
  call: {channels: [phone], value: 5, prior: {propensity: 0.5}}
  opener: {channels: [web], phases: [stranger], value: 5, prior: {propensity: 0.5}}
policies:
  - {code: GONE, tier: eligibility, actions: [rested], when: seen.moved_away == 0}
  - code: LATELY
    tier: eligibility
    actions: [follows]
    when: days_since.quote > 390 && days_since.quote < 410
  - {code: TWICE, tier: eligibility, actions: [follows], when: contacts.ignored == 3}
playbook: {stranger: [opener], interested: [follows, answered, ignored, refused, rested, needs, letter, call]}
objective: {exploration: {floor: 0}}
"""


def contact(key: str, action: str, at: int) -> DecisionRow:
    return DecisionRow(
        decision_id=key, customer_id="c", decided_at=at, delivered_at=at, action=action, channel="web",
        action_probability=1.0, contacts=((action, "web"),), context=None, candidates=None, bundle=None,
        policy=None, arm=None, request="{}", answer="{}", state=None,
    )  # fmt: skip


def live(store: Store) -> None:
    """A year ago: an offer, a yes, a no, three contacts without an answer, a goodbye."""
    consents = {"email": True, "phone": True}
    store.put_customers([CustomerRow(customer_id="c", consent=consents, updated_at=OLD - DAY_MS)])
    touchpoints = ("visit", "quote", "moved_away", "unsubscribe")
    store.add_interactions(
        [
            InteractionRow(
                interaction_id=f"old {name}", customer_id="c", occurred_at=OLD + n, touchpoint=name
            )
            for n, name in enumerate(touchpoints)
        ]
    )
    actions = ("answered", "ignored", "ignored", "ignored", "refused")
    store.add_decisions([contact(f"old {n}", action, OLD + 100 + n) for n, action in enumerate(actions)])
    told = {"old 0": "clicked", "old 4": "complained"}
    store.add_outcomes(
        [
            OutcomeRow(outcome_id=f"of {key}", decision_id=key, outcome=name, occurred_at=OLD + 200)
            for key, name in told.items()
        ]
    )


def go_on(store: Store) -> None:
    rows = [
        InteractionRow(
            interaction_id=f"new {n}", customer_id="c", occurred_at=OLD + 10**9 + n, touchpoint="visit"
        )
        for n in range(NEWER - 5)
    ]
    rows += [
        InteractionRow(
            interaction_id=f"late {n}", customer_id="c", occurred_at=to_ms(NOW) - 1 - n, touchpoint="visit"
        )
        for n in range(5)
    ]
    for first in range(0, len(rows), 250):
        store.add_interactions(rows[first : first + 250])


def forget_states(app: flask.Flask) -> None:
    """As in a store of an older version."""
    database = app.extensions["nba"].store.plain._database
    with database.engine().connect().execution_options(**WRITE) as connection, connection.begin():
        connection.execute(sa.text("UPDATE states SET state = NULL, version = -1"))


def retain(store: Store, days: int, settings: Settings) -> None:
    assert settings.journey is not None
    journey = read_journey(settings.journey)
    forget(store, journey, days=days, now=NOW, unexported=True, dry_run=False)


@pytest.fixture
def lasting(tmp_path: Path) -> Settings:
    path = tmp_path / "lasting.yaml"
    path.write_text(JOURNEY)
    return Settings(
        database_url=f"sqlite:///{tmp_path}/lasting.sqlite",
        registry=tmp_path / "none",
        journey=path,
        authentication=Authentication.OFF,
    )


def decided(client: FlaskClient) -> tuple[Any, set[tuple[str, str, str]]]:
    """The phase, and who refused what."""
    call = {"customer_id": "c", "explain": True, "profile": {"consent": {"email": True, "phone": True}}}
    answer = client.post("/v1/decisions", json=call)
    assert answer.status_code == 200, answer.get_json()
    told = answer.get_json()
    refused = told["explanation"]["drop_outs"]
    return told["phase"], {(one["action"], one["code"], one["detail"]) for one in refused}


Step = Callable[[flask.Flask, Store, Settings], None]
NEWER_ROWS: Step = lambda app, store, settings: go_on(store)  # noqa: E731
RETENTION: Step = lambda app, store, settings: retain(store, 200, settings)  # noqa: E731
OLDER_VERSION: Step = lambda app, store, settings: forget_states(app)  # noqa: E731

THEN: dict[str, tuple[Step, ...]] = {
    "many newer rows": (NEWER_ROWS,),
    "retention": (RETENTION,),
    "newer rows, then retention": (NEWER_ROWS, RETENTION),
    "retention twice": (lambda app, store, settings: retain(store, 399, settings), RETENTION),
    "newer rows, in a store of an older version": (NEWER_ROWS, OLDER_VERSION),
    "retention, in a store of an older version": (OLDER_VERSION, RETENTION, NEWER_ROWS, OLDER_VERSION),
}


@pytest.mark.parametrize("then", THEN.values(), ids=THEN)
def test_facts_of_long_ago_still_decide(
    make_app: Callable[..., flask.Flask],
    lasting: Settings,
    then: tuple[Step, ...],
) -> None:
    app = make_app(lasting)
    client, store = app.test_client(), app.extensions["nba"].store.plain
    live(store)
    phase, refused = decided(client)
    assert phase["name"] == "interested"
    assert {(action, code) for action, code, _ in refused} == {
        ("answered", "ALREADY_ANSWERED"), ("ignored", "IGNORED"), ("refused", "IGNORED"), ("rested", "GONE"),
        ("needs", "REQUIRES"), ("letter", "CONSENT_MISSING"), ("call", "CONSENT_MISSING"),
        ("opener", "PHASE"),
    }  # fmt: skip

    for step in then:
        step(app, store, lasting)

    assert decided(client) == (phase, refused)
