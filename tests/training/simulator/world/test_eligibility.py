"""What a simulated customer may get agrees with the journey file: phase, consent, repeats, limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from models.domain.history import DAY_MS
from models.domain.journey import Journey
from training.simulator.world import World
from training.simulator.world.eligibility import Eligibility
from training.simulator.world.events import NEVER
from training.simulator.world.state import State

NOW = 1_000 * DAY_MS
Treatment = tuple[str, str | None]


@pytest.fixture
def state(solar: World, tiny_journey: Journey, alike: Callable[..., State]) -> State:
    """Two customers of the tiny journey, whom nobody has contacted."""
    made = alike(solar, 2, phase=0, warmth=0.0, fatigue=0.0, taste=0.0)
    treatments, channels = len(tiny_journey.treatments), len(tiny_journey.channels)
    return replace(
        made,
        available=np.ones((2, channels), dtype=bool),
        contacted_at=np.full((2, treatments), NEVER),
        answered=np.zeros((2, treatments), dtype=bool),
        contacts=[],
        times=[],
    )


def allowed(journey: Journey, state: State, phase: int = 0, now: int = NOW) -> list[set[Treatment]]:
    mask = Eligibility(journey).at(state, np.full(2, phase), np.full(2, now))
    treatments = np.array([(t.action, t.channel) for t in journey.treatments], dtype=object)
    return [{(action, channel) for action, channel in treatments[row]} for row in mask]


NOTHING = ("nothing", None)
TEASERS = {("teaser", "email"), ("teaser", "web")}


def test_the_phase_decides_and_doing_nothing_is_always_there(tiny_journey: Journey, state: State) -> None:
    assert allowed(tiny_journey, state, 0)[0] == {NOTHING, *TEASERS}
    assert allowed(tiny_journey, state, 1)[0] == {NOTHING, *TEASERS, ("offer", "email")}
    assert allowed(tiny_journey, state, 2)[0] == {NOTHING, ("care", "web")}


def test_a_channel_that_does_not_reach_somebody_is_closed_to_them_alone(
    tiny_journey: Journey, state: State
) -> None:
    state.available[0, tiny_journey.channel_index["email"]] = False

    first, second = allowed(tiny_journey, state)

    assert first == {NOTHING, ("teaser", "web")}
    assert second == {NOTHING, *TEASERS}


def test_an_action_comes_back_on_any_channel_after_its_days(tiny_journey: Journey, state: State) -> None:
    """Teasers repeat after three days; exactly then they are back."""
    state.contacted_at[0, tiny_journey.treatment_index["teaser", "web"]] = NOW - 3 * DAY_MS

    assert allowed(tiny_journey, state, now=NOW - 1)[0] == {NOTHING}
    assert allowed(tiny_journey, state, now=NOW)[0] == {NOTHING, *TEASERS}
    assert allowed(tiny_journey, state, now=NOW - 1)[1] == {NOTHING, *TEASERS}


def test_two_mails_a_week_are_enough(tiny_journey: Journey, state: State) -> None:
    """A mail exactly seven days ago no longer counts."""
    mail = tiny_journey.treatment_index["offer", "email"]
    state.contacts = [np.array([mail, 0]), np.array([mail, mail])]
    state.times = [np.full(2, NOW - 7 * DAY_MS), np.full(2, NOW - DAY_MS)]

    assert ("teaser", "email") not in allowed(tiny_journey, state, now=NOW - 1)[0]
    assert ("teaser", "email") in allowed(tiny_journey, state, now=NOW)[0]
    assert ("teaser", "email") in allowed(tiny_journey, state, now=NOW - 1)[1]


def test_what_was_answered_once_may_stop_for_good(tiny_journey: Journey, state: State) -> None:
    actions = tuple(replace(a, stop_after_positive=a.name == "teaser") for a in tiny_journey.actions)
    journey = replace(tiny_journey, actions=actions)
    state.answered[1, journey.treatment_index["teaser", "email"]] = True

    assert allowed(journey, state)[0] == {NOTHING, *TEASERS}
    assert allowed(journey, state)[1] == {NOTHING}
