"""Effects in money, as a bundle carries them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.arrays import Floats, Ints
from models.bundle import Models
from models.domain.journey import Journey
from models.errors import BundleError
from models.learned.advantage.contacts import Contacts
from models.learned.advantage.served import FILE, ServedAdvantage, Stakes
from models.learned.features.choose_columns import make_spec
from models.learned.features.spec import FeatureSpec

Make = Callable[[Journey, FeatureSpec], ServedAdvantage]


@pytest.fixture
def served(tiny_journey: Journey, make_advantage: Make) -> ServedAdvantage:
    return make_advantage(tiny_journey, make_spec(tiny_journey))


def test_what_is_written_is_read_back_to_the_bit(served: ServedAdvantage) -> None:
    files = served.to_files()
    again = ServedAdvantage.from_files(files)

    assert again is not None
    assert again.to_files() == files
    np.testing.assert_array_equal(again.advantage.money.by_phase, served.advantage.money.by_phase)
    assert again.treatments == served.treatments


def test_a_bundle_without_it_has_none(tiny_models: Models) -> None:
    files = tiny_models.to_files()

    assert not any(name.startswith("advantage") for name in files)
    assert Models.from_files(files).advantage is None


def test_another_format_is_refused(served: ServedAdvantage) -> None:
    files = dict(served.to_files())
    files[FILE] = json.dumps({**json.loads(files[FILE]), "format": 4}).encode()

    with pytest.raises(BundleError, match=r"format 4, this version reads 1 to 3.*train again"):
        ServedAdvantage.from_files(files)


def test_what_is_at_stake_by_hand() -> None:
    """Stay for 0 EUR or move on for 10 × 1.5 + 5 EUR, even chances: variance 100, four times the usual."""
    stakes = Stakes(
        reward=np.array([[0.0, 10.0], [0.0, 0.0]]),
        after=np.array([0.0, 5.0]),
        margin=np.array([0.5]),
        variance=np.array([25.0, 1.0]),
        up=np.array([[False, True], [False, False]]),
    )
    chance, x, phase = np.array([[0.5, 0.5]]), np.array([[1.0]]), np.array([0])

    assert stakes.variance_ahead(chance, x, phase) == pytest.approx([100.0])
    assert stakes.tilt(chance, x, phase) == pytest.approx([4.0])
    assert stakes.stake(chance, x, phase) == pytest.approx([5.0])  # 0.5 × (20 - 10)


def test_a_bundle_of_before_effects_on_moves_answers_as_it_did(served: ServedAdvantage) -> None:
    """Format 1: no tables of moves, and effects are those in money alone."""
    old = replace(served, advantage=replace(served.advantage, moves=None))
    files = old.to_files()

    again = ServedAdvantage.from_files(files)

    assert json.loads(files[FILE])["format"] == 1
    assert again is not None
    assert again.advantage.moves is None
    contacts = Contacts(
        recent=np.ones((1, len(served.treatments))), felt=np.ones((1, 4)), taste=np.ones((1, 2))
    )
    customer_x = np.full((1, int(served.attributes.position.max()) + 1), 30.0, dtype=np.float32)
    phases = len(served.step_days)
    asked = contacts, customer_x, np.array([0]), np.full((1, phases), 1 / phases)
    for found, expected in zip(again.effects(*asked), old.effects(*asked), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert np.abs(served.effects(*asked)[0] - old.effects(*asked)[0]).max() > 0.1


def test_effects_of_a_situation_are_in_eur_of_what_is_at_stake(served: ServedAdvantage) -> None:
    """Twice the usual deviation at stake doubles every effect; doing nothing has none."""
    treatments, phases = len(served.treatments), len(served.step_days)
    contacts = Contacts(recent=np.zeros((1, treatments)), felt=np.zeros((1, 4)), taste=np.zeros((1, 2)))
    width = int(served.attributes.position.max()) + 1
    customer_x, phase = np.full((1, width), 50.0, dtype=np.float32), np.array([1])
    chance = np.full((1, phases), 1 / phases)

    situation = served.situation(contacts, customer_x, phase, chance)
    x = served.attributes.read(customer_x)
    tilt = served.stakes.tilt(chance, x, phase)

    assert situation.scale == pytest.approx(np.sqrt(served.stakes.variance[1]) * tilt)
    assert served.advantage.effect(situation)[0, 0] == 0.0
    effect, deviation = served.effects(contacts, customer_x, phase, chance)
    assert effect == pytest.approx(served.advantage.effect(situation))
    expected = np.hypot(situation.scale[0] * served.error[1], situation.stake[0] * served.error_of_moves[1])
    assert deviation[0] == pytest.approx(expected)


def asked(served: ServedAdvantage, n: int) -> tuple[Contacts, Floats, Ints, Floats, Ints]:
    """Made-up customers; the last are phases stated lately."""
    rng = np.random.default_rng(5)
    treatments, phases = len(served.treatments), len(served.step_days)
    contacts = Contacts(
        recent=rng.random((n, treatments)),
        felt=rng.standard_normal((n, 4)),
        taste=rng.standard_normal((n, len(served.channels))),
    )
    customer_x = rng.uniform(18, 90, (n, int(served.attributes.position.max()) + 1))
    phase, chance = rng.integers(0, phases, n), rng.dirichlet(np.ones(phases), n)
    stated = np.column_stack([rng.integers(-1, phases, (n, 4)), phase])
    return contacts, customer_x, phase, chance, stated


@pytest.mark.parametrize("believes", [False, True])
def test_effects_of_a_customer_do_not_depend_on_who_else_is_asked(
    served: ServedAdvantage, believing: Callable[[ServedAdvantage], ServedAdvantage], believes: bool
) -> None:
    model = believing(served) if believes else served
    contacts, customer_x, phase, chance, stated = asked(served, 40)

    together = model.effects(contacts, customer_x, phase, chance, stated)

    for row in range(40):
        own = slice(row, row + 1)
        told = Contacts(recent=contacts.recent[own], felt=contacts.felt[own], taste=contacts.taste[own])
        alone = model.effects(told, customer_x[own], phase[own], chance[own], stated[own])
        for column, one in zip(together, alone, strict=True):
            np.testing.assert_array_equal(column[own], one)


def test_a_phase_that_is_doubted_moves_effects_towards_those_of_others(
    served: ServedAdvantage, believing: Callable[[ServedAdvantage], ServedAdvantage]
) -> None:
    """The fast form and the plain one say the same; statements that contradict each other change it."""
    model = believing(served)
    contacts, customer_x, phase, chance, stated = asked(served, 40)
    situation = model.situation(contacts, customer_x, phase, chance, stated)

    effect, _ = model.effects(contacts, customer_x, phase, chance, stated)

    assert effect == pytest.approx(model.advantage.effect(situation))
    assert situation.belief.max(axis=1).min() < 0.9
    steady = np.repeat(phase[:, None], 5, axis=1)
    assert np.abs(model.effects(contacts, customer_x, phase, chance, steady)[0] - effect).max() > 0.1


def test_how_phases_are_believed_is_written_and_read_back(
    served: ServedAdvantage, believing: Callable[[ServedAdvantage], ServedAdvantage]
) -> None:
    model = believing(served)
    again = ServedAdvantage.from_files(model.to_files())

    assert json.loads(model.to_files()[FILE])["format"] == 3
    assert again is not None
    assert again.to_files() == model.to_files()
    for found, expected in zip(
        again.effects(*asked(served, 3)), model.effects(*asked(served, 3)), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
