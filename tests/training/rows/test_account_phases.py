"""Phases of accounts in the past are those that a decision would have known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.domain.account import AccountContact, account_state, colleague_of
from models.domain.history import build_history, from_ms
from models.domain.interaction import Interaction
from models.domain.past import build_past, event_of
from models.domain.phases import PhaseMachine
from models.errors import TrainingDataError
from models.journey_file import parse_journey
from models.policy.eligibility.accounts import AccountRules
from tests.account_journey import ACCOUNT_JOURNEY
from training.api import tables_from_frames
from training.config import RowRules
from training.data.encode import encode
from training.rows.account_phases import AccountPhases, AccountsThen
from training.rows.rows import make_rows

PEOPLE = {
    "zoe": ("acme", "user"),
    "tom": ("acme", "technical"),
    "eve": (None, None),
    "dora": ("brix", "decider"),
}
EVENTS = [
    ("zoe", "trial_started", 10),
    ("zoe", "quote_requested", 20),
    ("eve", "trial_started", 25),
    ("tom", "quote_requested", 30),
    ("dora", "quote_requested", 40),
]
ATTRIBUTES: dict[str | None, dict[str, object]] = {"acme": {"employees": 120}, "brix": {"employees": 5}}
BY_SIZE = ACCOUNT_JOURNEY.replace(
    "account.people_seen.trial_started > 0, to",
    "account.attributes.employees > 50.0 && account.people_seen.trial_started > 0, to",
).replace(
    "account.roles_seen.quote_requested >= 2, to",
    "account.attributes.employees < 50.0 && account.roles_seen.quote_requested >= 1, to",
)
DAY = 86_400_000


def frames() -> dict[str, dict[str, list[object]]]:
    return {
        "customers": {
            "customer_id": list(PEOPLE),
            "account_id": [account for account, _ in PEOPLE.values()],
            "role": [role for _, role in PEOPLE.values()],
            "account_attributes": [
                json.dumps(ATTRIBUTES[account]) if account else None for account, _ in PEOPLE.values()
            ],
        },
        "interactions": {
            "interaction_id": [f"i-{place}" for place in range(len(EVENTS))],
            "customer_id": [who for who, _, _ in EVENTS],
            "occurred_at": [from_ms(day * DAY) for _, _, day in EVENTS],
            "touchpoint": [name for _, name, _ in EVENTS],
        },
        "decisions": {
            "decision_id": ["d-1", "d-2"],
            "customer_id": ["tom", "eve"],
            "decided_at": [from_ms(15 * DAY), from_ms(35 * DAY)],
            "delivered_at": [from_ms(15 * DAY), from_ms(35 * DAY)],
            "action": ["newsletter", "newsletter"],
            "channel": ["email", "email"],
            "action_probability": [0.5, 0.5],
        },
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journey.yaml"
    made.write_text(ACCOUNT_JOURNEY)
    return made


@pytest.mark.parametrize("text", [ACCOUNT_JOURNEY, BY_SIZE])
def test_they_are_what_serving_finds_at_the_same_moment(path: Path, text: str) -> None:
    path.write_text(text)
    journey = parse_journey(path.read_bytes(), "journey.yaml")
    log = encode(tables_from_frames(path, **frames()).tables, journey)
    phases, rules = AccountPhases(journey, log), AccountRules(journey)
    position = {who: place for place, who in enumerate(log.customer_ids.to_pylist())}
    past = {
        who: build_past(
            event_of(Interaction(occurred_at=from_ms(day * DAY), channel=None, touchpoint=name), f"{day}")
            for one, name, day in EVENTS
            if one == who
        )
        for who in PEOPLE
    }

    for day in (5, 10, 11, 20, 21, 30, 31, 45):
        for who in ("zoe", "tom", "dora"):
            account, role = PEOPLE[who]
            others = [
                colleague_of(str(PEOPLE[o][1]), past[o], known=True, moment=day * DAY, since=0)
                for o in PEOPLE
                if PEOPLE[o][0] == account and o != who
            ]
            events = [
                Interaction(occurred_at=from_ms(d * DAY), channel=None, touchpoint=name)
                for one, name, d in EVENTS
                if one == who
            ]
            state = account_state(str(account), str(role), ATTRIBUTES[account], others)
            served = rules.phase(state, build_history(journey, [events]), day * DAY)
            found = phases.at(np.array([position[who]]), np.array([day * DAY]))
            assert found.tolist() == [served], (who, day)


def test_a_decision_of_the_past_had_its_colleagues_events_and_contacts(path: Path) -> None:
    journey = parse_journey(path.read_bytes(), "journey.yaml")
    log = encode(tables_from_frames(path, **frames()).tables, journey)
    position = {who: place for place, who in enumerate(log.customer_ids.to_pylist())}
    then = AccountsThen(journey, log)

    zoe = then.state_of(position["zoe"], 16 * DAY)

    assert zoe is not None
    assert (zoe.role, zoe.people) == ("user", {"technical": 1})
    assert zoe.contacts == (AccountContact(15 * DAY, "newsletter", "email"),)
    assert zoe.acted == {"newsletter": 1}
    assert "trial_started" not in zoe.seen  # her own
    assert then.state_of(position["zoe"], 23 * DAY).contacts == ()  # type: ignore[union-attr]
    assert then.state_of(position["eve"], 16 * DAY) is None


def test_who_is_in_no_account_has_a_phase_of_their_own(path: Path) -> None:
    journey = parse_journey(path.read_bytes(), "journey.yaml")
    log = encode(tables_from_frames(path, **frames()).tables, journey)
    eve = log.customer_ids.to_pylist().index("eve")

    assert AccountPhases(journey, log).at(np.array([eve]), np.array([50 * DAY])).tolist() == [-1]


def test_rows_are_in_the_accounts_phase_and_lead_to_it(path: Path) -> None:
    journey = parse_journey(path.read_bytes(), "journey.yaml")
    log = encode(tables_from_frames(path, **frames()).tables, journey)
    trace = PhaseMachine(journey).trace(log.history)

    rows = make_rows(log, None, journey, trace, RowRules(), np.random.default_rng(1))

    named = dict(zip(log.customer_ids.take(rows.customer).to_pylist(), range(2), strict=True))
    assert journey.phases[rows.stated_phase[named["tom"]]].name == "testing"
    assert rows.stated_phase[named["eve"]] == -1


def test_a_horizon_of_the_next_phase_is_refused(path: Path) -> None:
    path.write_text(ACCOUNT_JOURNEY + "\nobjective: {horizon_days: next}\n")
    journey = parse_journey(path.read_bytes(), "journey.yaml")
    log = encode(tables_from_frames(path, **frames()).tables, journey)
    trace = PhaseMachine(journey).trace(log.history)

    with pytest.raises(TrainingDataError, match="horizon_days"):
        make_rows(log, None, journey, trace, RowRules(), np.random.default_rng(1))
