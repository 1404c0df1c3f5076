"""The treatments of a journey as arrays, in the order of their codes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.domain.actions import Purpose
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue

# nothing, care on the web, offer by mail, teaser by mail, teaser on the web


@pytest.fixture
def catalogue(tiny_journey: Journey) -> Catalogue:
    return Catalogue.of(tiny_journey)


def test_columns_say_what_the_file_says(catalogue: Catalogue) -> None:
    assert catalogue.value.tolist() == [0.0, 1.0, 10.0, 2.0, 2.0]
    assert catalogue.cost.tolist() == [0.0, 0.001, 0.1, 0.1, 0.001]
    assert catalogue.marketing.tolist() == [False, False, True, True, True]
    assert catalogue.outbound.tolist() == [False, False, True, True, False]
    assert catalogue.action.tolist() == [-1, 2, 1, 0, 0]  # codes by the order of the file
    assert catalogue.channel.tolist() == [-1, 0, 1, 1, 0]


def test_phases_admit_what_is_meant_for_them_and_doing_nothing(catalogue: Catalogue) -> None:
    stranger, interested, customer = catalogue.phases.tolist()

    assert stranger == [True, False, False, True, True]
    assert interested == [True, False, True, True, True]
    assert customer == [True, True, False, False, False]


def test_an_action_conflicts_with_itself_and_with_what_either_names(tiny_journey: Journey) -> None:
    actions = tuple(replace(a, conflicts=("care",)) if a.name == "offer" else a for a in tiny_journey.actions)
    conflicts = Catalogue.of(replace(tiny_journey, actions=actions)).conflicts

    assert conflicts[3].tolist() == [False, False, False, True, True]
    assert conflicts[1, 2]
    assert conflicts[2, 1]
    assert not conflicts[0].any()


def test_filters_narrow_together_and_never_take_doing_nothing(catalogue: Catalogue) -> None:
    assert catalogue.where().tolist() == [False, True, True, True, True]
    assert catalogue.where(channels=["email"]).tolist() == [False, False, True, True, False]
    assert catalogue.where(groups=["awareness"], channels=["web"]).tolist() == [False] * 4 + [True]
    assert catalogue.where(purposes=[Purpose.SERVICE]).tolist() == [False, True, False, False, False]


def test_levers_of_an_action_and_of_its_group_multiply(tiny_journey: Journey) -> None:
    """2 for the teaser times 3 for what raises awareness; the offer's group has 5."""
    levers = {"teaser": 2.0, "awareness": 3.0, "sales": 5.0}
    journey = replace(tiny_journey, objective=replace(tiny_journey.objective, levers=levers))

    assert Catalogue.of(journey).lever.tolist() == [1.0, 1.0, 5.0, 6.0, 6.0]
