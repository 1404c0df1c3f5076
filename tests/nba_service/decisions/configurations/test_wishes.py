"""A wish is noted once a customer, combination and day; that it cannot be harms nothing."""

from __future__ import annotations

from dataclasses import replace

from models.configurations.check import Code
from models.domain.configurations import Configured
from nba_service.decisions.configurations.wishes import Wishes
from nba_service.errors import StoreError
from nba_service.services import Services
from nba_service.store.records.configurations import Wish

CAR = Configured(configurator="car", region="north", wish={"motor": "m300"}, choices={"motor": "m300"})


def test_what_can_be_told_is_told(service: Services) -> None:
    wishes = Wishes(service.store)
    none = replace(CAR, choices={}, code=Code.NOTHING_DELIVERABLE)

    assert [wish.deliverable for wish in wishes.told("ada", CAR, 7)] == [True]
    assert [wish.deliverable for wish in wishes.told("ada", none, 7)] == [False]
    assert list(wishes.told("ada", replace(CAR, wish={}), 7)) == []
    assert list(wishes.told("ada", replace(none, code=Code.AVAILABILITY_STALE), 7)) == []


class Down:
    """A store that takes nothing."""

    calls = 0

    def note_wishes(self, wishes: list[Wish]) -> None:
        self.calls += 1
        raise StoreError("away")


def test_the_same_is_not_written_twice_a_day(service: Services) -> None:
    wishes = Wishes(service.store)
    told = list(wishes.told("ada", CAR, 7))

    assert wishes.note(told)
    assert wishes.note(told)
    assert service.store.plain.configurations.wishes(0, 10)[0].customer_id == "ada"


def test_a_store_that_is_away_is_asked_again(service: Services) -> None:
    down = Down()
    wishes = Wishes(down)  # type: ignore[arg-type]

    assert not wishes.note(wishes.told("ada", CAR, 7))
    assert not wishes.note(wishes.told("ada", CAR, 7))
    assert down.calls == 2
