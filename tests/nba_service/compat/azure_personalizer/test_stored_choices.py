"""Choices among actions that the journey file does not have, as the store keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from models.domain.history import to_ms
from nba_service.compat.azure_personalizer import stored_choices
from nba_service.compat.azure_personalizer.stored_choices import KEPT_DAYS, StoredChoices
from nba_service.errors import StoreError
from nba_service.resilience import open_resilient_store
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store.records.free_choices import Evidence, FreeChoice

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(playbook_settings: Settings, lay_store: Callable[[Settings], None]) -> Iterator[ResilientStore]:
    lay_store(playbook_settings)
    opened = open_resilient_store(playbook_settings)
    yield opened
    opened.close()


@pytest.fixture
def choices(store: ResilientStore) -> StoredChoices:
    return StoredChoices(store, lambda: NOW, 30.0)


def choice(event_id: str, action: str = "soup", *, at: datetime = NOW, shown: bool = True) -> FreeChoice:
    moment = to_ms(at)
    return FreeChoice(
        event_id=event_id,
        fingerprint="f",
        chosen_at=moment,
        action=action,
        answer="{}",
        activated_at=moment if shown else None,
    )


def test_a_choice_is_found_again(choices: StoredChoices) -> None:
    assert choices.find("e-1") is None

    assert choices.add(choice("e-1")) == choice("e-1")
    assert choices.find("e-1") == choice("e-1")


def test_of_two_choices_for_one_event_the_first_counts(choices: StoredChoices) -> None:
    choices.add(choice("e-1", "soup"))

    assert choices.add(choice("e-1", "salad")).action == "soup"


def test_evidence_comes_in_the_order_asked_and_is_none_for_what_is_new(choices: StoredChoices) -> None:
    choices.add(choice("e-1", "soup"))
    choices.reward("e-1", 0.5)

    assert choices.evidence(["salad", "soup"]) == [Evidence(), Evidence(1, 0.5)]


def test_what_was_not_shown_yet_counts_from_its_activation(choices: StoredChoices) -> None:
    choices.add(choice("e-1", shown=False))
    assert choices.evidence(["soup"]) == [Evidence()]

    choices.activate("e-1")

    assert choices.evidence(["soup"]) == [Evidence(1, 0.0)]
    stored = choices.find("e-1")
    assert stored is not None
    assert stored.activated_at == to_ms(NOW)


def test_the_first_reward_counts(choices: StoredChoices) -> None:
    choices.add(choice("e-1"))
    choices.reward("e-1", 1.0)
    choices.reward("e-1", -1.0)

    assert choices.evidence(["soup"]) == [Evidence(1, 1.0)]


def test_choices_of_more_than_ninety_days_ago_go_now_and_then(
    choices: StoredChoices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_choices, "_CLEAN_EVERY", 3)
    choices.add(choice("old", at=NOW - timedelta(days=KEPT_DAYS, seconds=1)))
    choices.add(choice("young", at=NOW - timedelta(days=KEPT_DAYS) + timedelta(seconds=1)))
    assert choices.find("old") is not None

    choices.add(choice("now"))

    assert choices.find("old") is None
    assert choices.find("young") is not None


def test_without_the_store_every_call_fails(choices: StoredChoices, store: ResilientStore) -> None:
    store.breaker.trip()

    calls: list[Callable[[], object]] = [
        lambda: choices.find("e-1"),
        lambda: choices.evidence(["soup"]),
        lambda: choices.add(choice("e-1")),
        lambda: choices.activate("e-1"),
        lambda: choices.reward("e-1", 1.0),
    ]
    for call in calls:
        with pytest.raises(StoreError):
            call()
