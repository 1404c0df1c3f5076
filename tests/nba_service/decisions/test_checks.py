"""Every name, value and time that a call may not have, and what the caller is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from models.domain.journey import Journey
from nba_service.decisions.calls import (
    DecisionCall,
    InteractionCall,
    OutcomeCall,
    Profile,
    TakenCall,
    WindowCall,
)
from nba_service.decisions.checks import (
    decision_problems,
    interaction_problems,
    latest_time,
    outcome_problems,
    profile_problems,
    usable_attributes,
)
from nba_service.engine.names import Names

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def names(tiny_journey: Journey) -> Names:
    return Names.of(tiny_journey)


def problems(names: Names, path: str = "", **fields: Any) -> list[tuple[str, str]]:
    call = DecisionCall(**{"customer_id": "c", **fields})
    return [(found.field, found.code) for found in decision_problems(names, call, NOW, path)]


def test_a_call_that_fits_has_no_problem(names: Names) -> None:
    assert problems(names) == []
    everything = problems(
        names,
        phase="interested",
        channels=("email", "web"),
        placements=("banner",),
        exclude=("teaser", "offer@email"),
        context={"weights": {"offer": 2, "awareness": 0.5}, "device": "phone"},
        profile=Profile(attributes={"age": 40, "vip": None}),
        interactions=(InteractionCall(touchpoint="anything", occurred_at=NOW),),
        decided_at=NOW,
        window=WindowCall(begin=NOW, until=NOW),
        taken=TakenCall(action="offer", channel="email", probability=0.5),
    )
    assert everything == []


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"phase": "x"}, "phase", "UNKNOWN_PHASE"),
        ({"taken": TakenCall(action="x")}, "taken.action", "UNKNOWN_ACTION"),
        ({"taken": TakenCall(action="offer")}, "taken.channel", "UNKNOWN_CHANNEL"),
        ({"taken": TakenCall(action="offer", channel="web")}, "taken.channel", "UNKNOWN_CHANNEL"),
        ({"taken": TakenCall(action="nothing"), "limit": 2}, "taken", "FIELD_RANGE"),
        ({"channels": ("web", "fax")}, "channels", "UNKNOWN_CHANNEL"),
        ({"placements": ("web",)}, "placements", "UNKNOWN_PLACEMENT"),
        ({"exclude": ("offer@web",)}, "exclude", "UNKNOWN_ACTION"),
        ({"context": {"weights": {"offer@email": 2}}}, "context.weights", "UNKNOWN_ACTION"),
        ({"profile": Profile(attributes={"shoe": 1})}, "profile.attributes", "UNKNOWN_ATTRIBUTE"),
        (
            {"interactions": (InteractionCall(touchpoint="visit", occurred_at=NOW, action="x"),)},
            "interactions[0].action",
            "UNKNOWN_ACTION",
        ),
        ({"decided_at": NOW + timedelta(seconds=1)}, "context.time", "TIME_IN_FUTURE"),
        (
            {"window": WindowCall(begin=NOW + timedelta(hours=1), until=NOW)},
            "window.until",
            "FIELD_RANGE",
        ),
    ],
)
def test_each_name_and_time_that_cannot_be_is_found_under_its_path(
    names: Names, fields: dict[str, Any], field: str, code: str
) -> None:
    assert problems(names, **fields) == [(field, code)]
    assert problems(names, "decisions[3].", **fields) == [(f"decisions[3].{field}", code)]


def test_a_name_that_nearly_fits_is_suggested_and_another_one_is_looked_up(names: Names) -> None:
    near, far = (
        next(decision_problems(names, DecisionCall(customer_id="c", phase=phase), NOW))
        for phase in ("interestd", "xyz")
    )

    expected = "expected one of customer, interested, stranger, got"
    assert near.detail == f"{expected} 'interestd'. Did you mean 'interested'?"
    assert far.detail == f"{expected} 'xyz'. `nba journey show` lists them."


def test_every_problem_is_reported_not_only_the_first(names: Names) -> None:
    found = problems(names, phase="x", channels=("fax", "pigeon"), decided_at=NOW + timedelta(hours=1))

    assert found == [
        ("phase", "UNKNOWN_PHASE"),
        ("channels", "UNKNOWN_CHANNEL"),
        ("channels", "UNKNOWN_CHANNEL"),
        ("context.time", "TIME_IN_FUTURE"),
    ]


def test_a_time_in_the_future_is_told_in_utc_with_the_latest_that_may_be(names: Names) -> None:
    late = InteractionCall(touchpoint="visit", occurred_at=NOW + timedelta(minutes=1))

    (found,) = interaction_problems(names, late, NOW, "")

    assert found.field == "occurred_at"
    assert found.detail.startswith(
        "expected a time not after 2026-11-20T12:00:00Z, got 2026-11-20T12:01:00Z."
    )


def test_times_of_other_zones_are_compared_as_moments(names: Names) -> None:
    vienna = timezone(timedelta(hours=1))

    assert problems(names, decided_at=datetime(2026, 11, 20, 13, 0, tzinfo=vienna)) == []


def test_clocks_may_differ_by_so_many_seconds() -> None:
    assert latest_time(NOW, 300) == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("age", "old", "a number from 0 up to 150"),
        ("age", True, "a number from 0 up to 150"),
        ("age", -1, "a number from 0 up to 150"),
        ("age", 150.5, "a number from 0 up to 150"),
        ("vip", 1, "true or false"),
        ("vip", "true", "true or false"),
        ("segment", "x", "one of new, old"),
        ("segment", 1, "a text"),
        ("first_name", 5, "a text"),
        ("age", 0, None),
        ("age", 150, None),
        ("vip", False, None),
        ("segment", "old", None),
        ("first_name", "", None),
        ("age", None, None),
    ],
)
def test_an_attribute_has_the_type_and_the_bounds_of_the_journey_file(
    names: Names, name: str, value: object, expected: str | None
) -> None:
    found = list(profile_problems(names, Profile(attributes={name: value}), "profile."))

    if expected is None:
        assert found == []
    else:
        assert [(one.field, one.code) for one in found] == [(f"profile.attributes.{name}", "ATTRIBUTE_VALUE")]
        assert found[0].detail.startswith(f"expected {expected}, got ")


def test_stored_attributes_that_no_longer_fit_are_left_out_and_not_refused(names: Names) -> None:
    stored = {"age": 40, "vip": "yes", "segment": "gone", "shoe": 42, "first_name": None}

    assert usable_attributes(names, stored) == {"age": 40}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"decision_id": "d", "outcome": "clicked"}, []),
        ({"decision_id": "d", "outcome": "delivered"}, []),
        ({"decision_id": "d", "outcome": "clikced"}, [("outcome", "UNKNOWN_OUTCOME")]),
        ({"decision_id": "d", "outcome": "clicked", "action": "x"}, []),
        ({"outcome": "clicked", "customer_id": "c", "action": "offer", "channel": "email"}, []),
        (
            {"outcome": "clicked", "customer_id": "c"},
            [("action", "UNKNOWN_ACTION"), ("channel", "UNKNOWN_CHANNEL")],
        ),
        (
            {"outcome": "delivered", "customer_id": "c", "action": "offer", "channel": "email"},
            [("outcome", "FIELD_RANGE")],
        ),
        (
            {"decision_id": "d", "outcome": "clicked", "occurred_at": NOW + timedelta(seconds=1)},
            [("occurred_at", "TIME_IN_FUTURE")],
        ),
    ],
)
def test_an_outcome_names_its_decision_or_what_reached_the_customer(
    names: Names, fields: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    told = outcome_problems(names, OutcomeCall(**fields), NOW, "outcomes[1].")

    assert [(one.field.removeprefix("outcomes[1]."), one.code) for one in told] == found
