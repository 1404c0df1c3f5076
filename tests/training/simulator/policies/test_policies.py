"""Logged probabilities are exact, and nothing ineligible is ever chosen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.history import DAY_MS
from models.policy.eligibility.contact import ContactLimits
from models.policy.eligibility.contact_record import RecordKeeper
from training.simulator.log.log import look, simulate_log
from training.simulator.policies.policies import (
    DoNothing,
    LoggingPolicy,
    MostPopular,
    PlaybookPolicy,
    Policy,
    RandomEligible,
    View,
    draw,
)
from training.simulator.world.events import GrowingHistory
from training.simulator.world.state import State
from training.simulator.world.world import World
from training.simulator.world_file.truth import LoggingTruth


def view_of(world: World, n: int, steps: int = 3) -> View:
    rng = np.random.default_rng(2)
    state, _ = world.start(world.people(n, rng), rng)
    for _ in range(steps):
        chosen = draw(RandomEligible().probabilities(look(world, state, remaining=1)), rng.random(n))
        world.step(state, chosen, world.noise(n, rng), rng)
    return look(world, state, remaining=1)


def test_logging_probabilities_worked_by_hand(
    benchmark_world: Callable[[str], World], alike: Callable[..., State]
) -> None:
    """customer: playbook [service_tip, upsell], two channels each, all eligible, so five treatments.
    Exploration 0.25 → 0.05 each. Else pause 0.3; else sharpness 0.6: weights 0.6 and 0.24, normalised
    5/7 and 2/7, half on each channel: 0.75 · 0.7 · 5/14 = 0.1875 and 0.75 · 0.7 · 2/14 = 0.075."""
    world = benchmark_world("base")
    phase = world.journey.phase_index["customer"]
    state = alike(world, 2, phase=phase, warmth=0.0, fatigue=0.0, taste=0.0)
    policy = LoggingPolicy(world.journey, world.file.logging)
    got = policy.probabilities(look(world, state, remaining=1))[0]
    index = world.journey.treatment_index
    assert got[0] == pytest.approx(0.05 + 0.75 * 0.3)
    for channel in ("email", "web"):
        assert got[index[("service_tip", channel)]] == pytest.approx(0.05 + 0.1875)
        assert got[index[("upsell", channel)]] == pytest.approx(0.05 + 0.075)


@pytest.mark.parametrize("world_name", ["solar", "base"])
def test_every_policy_is_a_distribution_over_the_eligible(
    solar: World, benchmark_world: Callable[[str], World], world_name: str
) -> None:
    world = solar if world_name == "solar" else benchmark_world(world_name)
    view = view_of(world, 500)
    policies: list[Policy] = [
        DoNothing(),
        RandomEligible(),
        MostPopular(np.arange(len(world.journey.treatments), dtype=float)),
        PlaybookPolicy(world.journey),
        LoggingPolicy(world.journey, world.file.logging),
        LoggingPolicy(
            world.journey, LoggingTruth(exploration=0.0, pause=0.0, sharpness=1.0, mix_channels=0.0)
        ),
    ]
    for policy in policies:
        probabilities = policy.probabilities(view)
        assert np.allclose(probabilities.sum(axis=1), 1.0), policy.name
        assert not probabilities[~view.eligible].any(), policy.name
        assert (probabilities >= 0).all(), policy.name


def test_the_log_holds_the_probability_with_which_it_was_drawn(solar: World) -> None:
    """Inverse probabilities average to the number of eligible treatments, and the mean draw of each
    treatment is its mean probability: the check fails if another probability than the drawn one is kept."""
    log = simulate_log(solar, 1500, 14 * 10, np.random.default_rng(8))
    assert (log.probability > 0).all()
    assert (log.probability <= 1).all()
    policy, rng = LoggingPolicy(solar.journey, solar.file.logging), np.random.default_rng(9)
    view = view_of(solar, 1500)
    probabilities = policy.probabilities(view)
    draws = np.stack([draw(probabilities, rng.random(1500)) for _ in range(40)])
    inverse = 1 / probabilities[np.arange(1500), draws]
    expected = (probabilities > 0).sum(axis=1).mean()
    error = inverse.std() / np.sqrt(inverse.size)
    assert abs(inverse.mean() - expected) < 4 * error


def test_doing_nothing_has_a_sizable_share_of_the_log(solar: World) -> None:
    log = simulate_log(solar, 500, 14 * 26, np.random.default_rng(8))
    assert 0.2 < (log.treatment == 0).mean() < 0.5
    nothing = log.probability[log.treatment == 0]
    assert nothing.min() > 0.25  # the pause alone is 0.75 · 0.35


def test_a_log_without_exploration_is_certain(benchmark_world: Callable[[str], World]) -> None:
    log = simulate_log(benchmark_world("unexplored"), 200, 14 * 5, np.random.default_rng(1))
    assert (log.probability == 1.0).all()


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda w: sum(w) > 0.01), st.floats(0, 0.999999)
)
def test_what_has_no_probability_is_never_drawn(weights: list[float], u: float) -> None:
    p = np.array([weights]) / sum(weights)
    assert p[0, draw(p, np.array([u]))[0]] > 0


def test_contact_limits_agree_with_the_service(solar: World) -> None:
    """What the simulator calls eligible, the service's own contact limits admit, and the other way round."""
    rng = np.random.default_rng(10)
    n = 200
    limits, keeper = ContactLimits.compile(solar.journey), RecordKeeper(solar.journey)
    state, events = solar.start(solar.people(n, rng), rng)
    state.available[:] = True
    growing = GrowingHistory(n, solar.emission.touchpoints)
    barred = 0
    for _ in range(12):
        growing.append(events)
        history, who, instant = growing.history(), np.arange(n), solar.instant(state)
        moments = zip(who.tolist(), history.ends(who, instant).tolist(), instant.tolist(), strict=True)
        records = [keeper.read(history, *moment) for moment in moments]
        room = np.stack([limits.headroom(record) for record in records])
        full = ((room <= 0)[:, :, None] & limits.members[None]).any(axis=1)
        ours = solar.eligibility.limited(state, instant)
        assert np.array_equal(ours, full)
        barred += int(full.sum())
        chosen = draw(RandomEligible().probabilities(look(solar, state, remaining=1)), rng.random(n))
        events = solar.step(state, chosen, solar.noise(n, rng), rng).events
    assert barred > 0


def test_repeats_wait_as_long_as_the_journey_file_says(solar: World) -> None:
    rng = np.random.default_rng(12)
    n = 300
    state, _ = solar.start(solar.people(n, rng), rng)
    last: dict[tuple[int, str], int] = {}
    wait = {action.name: action.repeat_after_days for action in solar.journey.actions}
    for _ in range(26):
        instant = solar.instant(state)
        chosen = draw(RandomEligible().probabilities(look(solar, state, remaining=1)), rng.random(n))
        for i in np.flatnonzero(chosen):
            name = solar.journey.treatments[chosen[i]].action
            before = last.get((int(i), name))
            days = wait[name]
            assert before is None or days is None or instant[i] - before >= days * DAY_MS - 60_000
            last[(int(i), name)] = int(instant[i])
        solar.step(state, chosen, solar.noise(n, rng), rng)
