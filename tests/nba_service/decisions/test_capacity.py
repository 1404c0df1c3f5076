"""What is left of scarce channels on a day of the company, and what a decision takes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.domain.history import to_ms
from models.domain.journey import Journey
from models.policy.batch.capacity import local_day, scarce
from models.policy.engine import Engine
from nba_service.content.facts import FactBook
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.decisions.capacity import (
    RemainingCapacity,
    remaining_capacity,
    reserved_capacity,
)
from nba_service.decisions.made import MadeDecision, claim, decision_row
from nba_service.decisions.render import decide_and_render
from nba_service.decisions.request_builder import build_request
from nba_service.engine.loading import NO_BUNDLE
from nba_service.engine.serving import Serving
from nba_service.settings import Settings
from nba_service.store import open_store
from nba_service.store.interface import Store
from nba_service.store.rows import Seat, StoredState

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def limited(tiny_journey: Journey) -> Journey:
    """The tiny journey with three e-mails a day, and nothing drawn at random."""
    channels = tuple(
        replace(one, daily_capacity=3) if one.name == "email" else one for one in tiny_journey.channels
    )
    exploration = replace(tiny_journey.objective.exploration, floor=0.0)
    objective = replace(tiny_journey.objective, exploration=exploration)
    return replace(tiny_journey, channels=channels, objective=objective)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(Settings(database_url=f"sqlite:///{tmp_path}/nba.sqlite"))
    made.migrate()
    yield made
    made.close()


def decided(journey: Journey, customer: str, channel: str, at: datetime = NOON) -> MadeDecision:
    call = DecisionCall(
        customer_id=customer,
        phase="interested",
        channels=(channel,),
        profile=Profile(consent={"email": True}),
        decided_at=at,
    )
    serving = Serving.of(Engine(journey, None, NO_BUNDLE))
    state = StoredState(customer=None, events=())
    request = build_request(serving.names, call, state, decision_id=f"d-{customer}", decided_at=at)
    return decide_and_render(serving, call, request, FactBook.of([]))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(1970, 1, 1, 12, tzinfo=UTC), 0),
        (datetime(2026, 11, 20, 22, 59, tzinfo=UTC), 20_777),
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), 20_778),  # midnight in Berlin, winter time
        (datetime(2026, 7, 20, 21, 59, tzinfo=UTC), 20_654),
        (datetime(2026, 7, 20, 22, 0, tzinfo=UTC), 20_655),  # midnight in Berlin, summer time
    ],
)
def test_a_day_begins_at_the_companys_midnight(limited: Journey, moment: datetime, day: int) -> None:
    assert local_day(limited, to_ms(moment)) == day


def test_only_channels_with_a_capacity_are_scarce(tiny_journey: Journey, limited: Journey) -> None:
    assert scarce(tiny_journey) == {}
    assert scarce(limited) == {"email": 3}


def test_where_nothing_is_scarce_the_store_is_not_asked(tiny_journey: Journey, store: Store) -> None:
    store.close()

    assert remaining_capacity(store, tiny_journey, to_ms(NOON)) == {}


def test_a_decision_takes_a_seat_of_its_day_and_the_next_day_has_all_again(
    limited: Journey, store: Store
) -> None:
    assert remaining_capacity(store, limited, to_ms(NOON)) == {"email": 3}

    for customer in ("ada", "eve"):
        made = decided(limited, customer, "email")
        assert made.decision.actions[0].channel == "email"
        store.add_decisions([decision_row(made)], {made.decision.decision_id: claim(made)})

    assert remaining_capacity(store, limited, to_ms(NOON)) == {"email": 1}
    tomorrow = to_ms(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    assert remaining_capacity(store, limited, tomorrow) == {"email": 3}


def test_seats_are_those_of_scarce_channels_on_the_decisions_day(
    limited: Journey, tiny_journey: Journey
) -> None:
    by_mail = decided(limited, "ada", "email").decision
    by_web = decided(limited, "ada", "web").decision

    assert reserved_capacity(limited, by_mail) == (Seat(channel="email", day=20_777, most=3),)
    assert by_web.actions[0].channel == "web"
    assert reserved_capacity(limited, by_web) == ()
    assert reserved_capacity(tiny_journey, by_mail) == ()


def test_doing_nothing_takes_no_seat(limited: Journey) -> None:
    at_night = decided(limited, "ada", "email", datetime(2026, 11, 20, 22, 0, tzinfo=UTC)).decision

    assert [one.action for one in at_night.actions] == ["nothing"]
    assert reserved_capacity(limited, at_night) == ()


def test_a_batch_reads_once_a_day_what_is_left(
    limited: Journey, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half past eleven in the evening UTC is the next day in Berlin."""
    days: list[int] = []
    read = store.used_seats
    monkeypatch.setattr(store, "used_seats", lambda names, day: days.append(day) or read(names, day))
    remaining = RemainingCapacity(store)

    for moment in (NOON, NOON.replace(hour=8), NOON.replace(hour=23, minute=30)):
        assert remaining.of(limited, to_ms(moment)) == {"email": 3}

    today = local_day(limited, to_ms(NOON))
    assert days == [today, today + 1]


def test_where_no_channel_is_scarce_nothing_is_read(tiny_journey: Journey, store: Store) -> None:
    store.close()
    assert RemainingCapacity(store).of(tiny_journey, to_ms(NOON)) == {}
