"""Updates between trainings: what outcomes say, as far as they could have come, moves the propensities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bundle import Models
from models.domain.decision import DecisionRequest
from models.domain.journey import Journey
from models.domain.objective import Updates
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.scoring.response_delays import ResponseCount
from models.policy.scoring.updates import PropensityUpdate, as_modelled, make_update, read_update, turning_age

OLD = 24 * 8  # hours; the tiny journey's window is 7 days
OFFER = 2  # offer@email, of interested customers alone
TEASER = 3  # teaser@email
INTERESTED = 1


def counted(
    number: int, positives: int, *, phase: str = "interested", action: str = "offer", age_hours: int = OLD
) -> list[ResponseCount]:
    """``number`` decisions of a propensity of 0.1, of which ``positives`` were answered within the hour."""
    common = {"phase": phase, "action": action, "channel": "email", "ours": True, "age_hours": age_hours}
    rest = number - positives
    return [
        ResponseCount(delay_hours=None, number=rest, propensity=0.1 * rest, **common),  # type: ignore[arg-type]
        ResponseCount(delay_hours=0, number=positives, propensity=0.1 * positives, **common),  # type: ignore[arg-type]
    ]


@pytest.fixture
def remembering(tiny_journey: Journey) -> Journey:
    """The tiny journey, forgetting nothing."""
    objective = replace(tiny_journey.objective, updates=Updates(half_life_days=36_500, evidence=100))
    return replace(tiny_journey, objective=objective)


def believed(
    journey: Journey, evidence: float = 1_000.0
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.full((len(journey.phases), len(journey.treatments)), evidence)


def updated(journey: Journey, counts: Sequence[ResponseCount], evidence: float = 1_000.0) -> PropensityUpdate:
    return make_update(journey, counts, believed(journey, evidence))


def propensity_after(update: PropensityUpdate, phase: int, treatment: int, before: float = 0.1) -> float:
    odds = before / (1 - before) * np.exp(update.shift[phase, treatment])
    return float(odds / (1 + odds))


def test_without_outcomes_nothing_moves(tiny_journey: Journey) -> None:
    update = updated(tiny_journey, [])

    assert not update.shift.any()
    assert not update.evidence.any()


def test_a_dead_link_halves_when_as_much_was_seen_as_the_model_is_worth(remembering: Journey) -> None:
    """Beta(100 · 0.1 = 10, 90), then 100 decisions without an answer: 10 / 200."""
    update = updated(remembering, counted(100, 0))

    assert propensity_after(update, INTERESTED, OFFER) == pytest.approx(0.05, abs=5e-4)


def test_a_hit_rises(remembering: Journey) -> None:
    """Beta(10, 90), then 30 of 100: 40 / 200."""
    update = updated(remembering, counted(100, 30))

    assert propensity_after(update, INTERESTED, OFFER) == pytest.approx(0.2, abs=2e-3)


def test_little_evidence_of_the_model_gives_way_sooner(remembering: Journey) -> None:
    """Beta(1, 9), then none of 30: 1 / 40."""
    update = updated(remembering, counted(30, 0), evidence=10.0)

    assert propensity_after(update, INTERESTED, OFFER) == pytest.approx(0.025, abs=5e-4)


def test_what_happens_in_other_phases_moves_the_prior(remembering: Journey) -> None:
    """100 of strangers unanswered: the prior of interested ones is 0.05; then none of 100 of their own."""
    elsewhere = counted(100, 0, phase="stranger", action="teaser")
    update = updated(remembering, [*elsewhere, *counted(100, 0, action="teaser")])

    assert propensity_after(update, INTERESTED, TEASER) == pytest.approx(0.025, abs=5e-4)


def test_old_decisions_fade(tiny_journey: Journey) -> None:
    """With a half-life of a day and decisions of ten days ago next to nothing is left of them."""
    objective = replace(tiny_journey.objective, updates=Updates(half_life_days=1, evidence=100))
    update = updated(replace(tiny_journey, objective=objective), counted(100, 0, age_hours=240))

    assert abs(update.shift).max() < 0.01


def test_young_decisions_are_not_taken_for_refusals(remembering: Journey) -> None:
    """Answers take a day on average; 500 decisions of the last hour without one say little."""
    rng = np.random.default_rng(5)
    known = [
        replace(counted(1, 1, action="teaser")[1], age_hours=24 * 30, delay_hours=int(delay))
        for delay in np.minimum(rng.exponential(24, 400), 24 * 7 - 1)
    ]
    silent = replace(known[0], delay_hours=None, number=3_600, propensity=360.0)

    update = updated(remembering, [*known, silent, *counted(500, 0, age_hours=0)])

    assert propensity_after(update, INTERESTED, OFFER) > 0.08


@given(number=st.integers(1, 10_000), answered=st.floats(0, 1), more=st.integers(1, 500))
def test_more_answers_never_lower_a_propensity(
    tiny_journey: Journey, number: int, answered: float, more: int
) -> None:
    few = round(number * answered)
    many = min(few + more, number)

    before = updated(tiny_journey, counted(number, few)).shift[INTERESTED, OFFER]
    after = updated(tiny_journey, counted(number, many)).shift[INTERESTED, OFFER]

    assert after >= before
    assert abs(after) <= 5.0


def test_an_update_is_known_by_its_content(tiny_journey: Journey) -> None:
    update = updated(tiny_journey, counted(80, 3))
    again = read_update(tiny_journey, update.content)

    assert again.version == update.version == updated(tiny_journey, counted(80, 3)).version
    assert np.array_equal(again.shift, update.shift)
    assert updated(tiny_journey, counted(80, 30)).version != update.version


def test_decisions_of_another_bundle_teach_delays_only(tiny_journey: Journey) -> None:
    others = [replace(count, ours=False) for count in counted(100, 0)]

    assert not updated(tiny_journey, others).seen.any()


def test_names_that_are_gone_are_left_out(tiny_journey: Journey) -> None:
    gone = counted(100, 0, action="gone") + counted(100, 0, phase="gone")

    assert not updated(tiny_journey, gone).seen.any()


def test_an_update_moves_its_own_cells_and_no_others(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    engine = Engine(tiny_journey, tiny_models, "b")
    situations = engine.situate(ask(stated_phase="interested"))
    row, treatment = np.zeros(5, dtype=np.int64), np.arange(5)
    before = engine.score(situations, row, treatment)
    after = engine.updated(updated(tiny_journey, counted(300, 0))).score(situations, row, treatment)
    others = np.arange(5) != OFFER

    assert after.propensity[OFFER] < before.propensity[OFFER]
    assert after.low[OFFER] < after.propensity[OFFER] < after.high[OFFER]
    assert after.priority[OFFER] < before.priority[OFFER]
    assert after.evidence[OFFER] > before.evidence[OFFER]
    for name in ("propensity", "low", "high", "priority", "evidence"):
        assert np.array_equal(getattr(after, name)[others], getattr(before, name)[others])


def test_a_phase_without_outcomes_keeps_every_bit(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    engine = Engine(tiny_journey, tiny_models, "b")
    situations = engine.situate(ask(stated_phase="customer"))
    row, treatment = np.zeros(5, dtype=np.int64), np.arange(5)
    before = engine.score(situations, row, treatment)
    after = engine.updated(updated(tiny_journey, counted(300, 0))).score(situations, row, treatment)

    for field in fields(before):
        assert np.array_equal(getattr(after, field.name), getattr(before, field.name))


def test_the_models_own_propensity_is_found_again(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    engine = Engine(tiny_journey, tiny_models, "b")
    update = updated(tiny_journey, counted(300, 0))
    situations = engine.situate(ask(stated_phase="interested"))
    row, treatment = np.zeros(1, dtype=np.int64), np.array([OFFER])
    before = engine.score(situations, row, treatment).propensity[0]
    after = engine.updated(update).score(situations, row, treatment).propensity[0]

    assert as_modelled(update, INTERESTED, OFFER, after) == pytest.approx(before, rel=1e-9)
    assert as_modelled(None, INTERESTED, OFFER, after) == after


def test_an_updated_engine_decides_alike_in_any_process(
    tiny_journey: Journey, tiny_models: Models, ask: Callable[..., DecisionRequest]
) -> None:
    made = updated(tiny_journey, counted(300, 90))
    request = ask(stated_phase="interested")
    once = decide(Engine(tiny_journey, tiny_models, "b").updated(made), request)
    read = read_update(tiny_journey, made.content)

    assert decide(Engine(tiny_journey, tiny_models, "b").updated(read), request) == once


def test_without_a_bundle_outcomes_move_the_beliefs(
    tiny_journey: Journey, ask: Callable[..., DecisionRequest]
) -> None:
    engine = Engine(tiny_journey, None, "none")
    request = ask(stated_phase="interested")
    said = decide(engine, request).candidates
    learned = decide(engine.updated(make_update(tiny_journey, counted(200, 0), engine.evidence)), request)
    before = next(c for c in said if c.action == "offer").propensity
    after = next(c for c in learned.candidates if c.action == "offer").propensity

    assert before.value == pytest.approx(0.2)  # the file's prior
    assert before.evidence == 0
    assert after.value < before.value
    assert after.evidence > 0


class Stream:
    """Decisions hour by hour: ``rate`` an hour on each action, answered ``delay_hours`` later on average."""

    def __init__(self, journey: Journey, rate: int, delay_hours: float, seed: int) -> None:
        self.journey, self.rate, self.delay = journey, rate, delay_hours
        self.rng = np.random.default_rng(seed)
        self.now = 0
        self.decided: list[tuple[int, str, float]] = []  # hour, action, delay; inf: no answer

    def live(self, hours: int, chance: dict[str, float]) -> None:
        for _ in range(hours):
            self.now += 1
            for action, p in chance.items():
                came = self.rng.random(self.rate) < p
                delays = np.where(came, self.rng.exponential(self.delay, self.rate), np.inf)
                self.decided += [(self.now, action, float(delay)) for delay in delays]

    def update(self) -> PropensityUpdate:
        alike: Counter[tuple[str, int, int | None]] = Counter()
        for hour, action, delay in self.decided:
            age = self.now + 1 - hour
            alike[action, age, int(delay) if delay <= age else None] += 1
        counts = [
            ResponseCount(
                phase="interested",
                action=action,
                channel="email",
                ours=True,
                age_hours=age,
                delay_hours=delay,
                number=number,
                propensity=0.1 * number,
            )
            for (action, age, delay), number in alike.items()
        ]
        return updated(self.journey, counts)

    def propensity(self, treatment: int) -> float:
        return propensity_after(self.update(), INTERESTED, treatment)


@pytest.mark.parametrize(
    ("chance", "noticed", "within_hours"), [(0.0, lambda p: p < 0.05, 14), (0.4, lambda p: p > 0.15, 8)]
)
def test_a_dead_link_and_a_hit_are_noticed_within_hours(
    tiny_journey: Journey, chance: float, noticed: Callable[[float], bool], within_hours: int
) -> None:
    """Twelve decisions an hour of either action, answered two hours later on average, for nine quiet days.

    Then the offer's link dies, and its propensity falls below half within 14 hours (170 decisions); or it
    becomes a hit, and the propensity rises by half within 8 (100 decisions). The other action's stays.
    """
    stream = Stream(tiny_journey, rate=12, delay_hours=2, seed=8)
    stream.live(24 * 9, {"offer": 0.1, "teaser": 0.1})
    assert stream.propensity(OFFER) == pytest.approx(0.1, abs=0.02)

    hours = 0
    while not noticed(stream.propensity(OFFER)):
        stream.live(2, {"offer": chance, "teaser": 0.1})
        hours += 2
        assert hours <= within_hours

    assert stream.propensity(TEASER) == pytest.approx(0.1, abs=0.02)


def test_a_quiet_month_turns_nothing() -> None:
    """Over 200 months of Poisson responses as expected a turn is seen in hardly any."""
    rng = np.random.default_rng(4)
    age, expected = np.arange(720.0), np.full(720, 0.5)

    turned = [turning_age(age, expected, rng.poisson(0.5, 720) * 1.0, belief=10.0) for _ in range(200)]

    assert np.mean(np.isfinite(turned)) <= 0.02


def test_a_turn_is_found_where_it_is() -> None:
    """Ten responses an hour, none in the last five hours."""
    age, expected = np.arange(100.0), np.full(100, 10.0)

    assert turning_age(age, expected, np.where(age < 5, 0.0, 10.0), belief=10.0) == 4.0
