"""An engine holds a journey and models; an update changes a copy and nothing else."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bundle import Models
from models.domain.history import to_ms
from models.domain.interaction import Interaction
from models.domain.journey import Journey
from models.domain.past import build_past, event_of
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.scoring.priors import PriorEstimates
from models.policy.scoring.response_delays import ResponseCount
from models.policy.scoring.updates import make_update
from tests.models.learned.features.situations import EVENTS, NOON
from tests.models.policy.deciding import Ask


def test_without_models_the_file_s_beliefs_answer_and_nothing_is_new(tiny_journey: Journey) -> None:
    engine = Engine(tiny_journey, None, "none")

    assert isinstance(engine.estimator, PriorEstimates)
    assert engine.novelty.tolist() == [0.0] * 5
    assert engine.evidence.shape == (3, 5)


def test_an_engine_takes_calls_in_proportion_to_its_actions(tiny_journey: Journey) -> None:
    """Twice the actions, at most twice the calls more: a catalogue of thousands is loaded in no time."""

    def calls(number: int) -> int:
        first = tiny_journey.actions[0]
        actions = tuple(replace(first, name=f"action_{n}", group=f"group_{n % 20}") for n in range(number))
        journey = replace(tiny_journey, actions=actions, policies=(), contact_limits=(), playbook={})
        return count_calls(lambda: Engine(journey, None, "none"))

    few, more, many = calls(100), calls(200), calls(400)

    assert many - more <= 2.02 * (more - few)


def count_calls(work: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


def test_a_treatment_that_the_models_never_saw_is_wholly_new(tiny_journey: Journey, learned: Models) -> None:
    lease = replace(tiny_journey.actions[1], name="lease")
    journey = replace(tiny_journey, actions=(*tiny_journey.actions, lease))
    engine = Engine(journey, learned, "b", trained=tiny_journey)
    new = journey.treatment_index["lease", "email"]

    assert engine.novelty[new] == 1.0
    assert engine.evidence[:, new].tolist() == [lease.prior.weight] * 3


def test_an_update_moves_a_copy_and_makes_what_was_tried_less_new(
    tiny_journey: Journey, learned: Models
) -> None:
    """60 decisions on a lease that is new until 100: 1 - 60/100 is left."""
    lease = replace(tiny_journey.actions[1], name="lease")
    journey = replace(tiny_journey, actions=(*tiny_journey.actions, lease))
    engine = Engine(journey, learned, "b", trained=tiny_journey)
    count = ResponseCount(
        phase="interested", action="lease", channel="email", ours=True,
        age_hours=400, delay_hours=None, number=60, propensity=6.0,
    )  # fmt: skip
    updated = engine.updated(make_update(journey, [count], engine.evidence))
    new = journey.treatment_index["lease", "email"]

    assert np.isclose(updated.novelty[new], 0.4)
    assert engine.novelty[new] == 1.0
    assert engine.update is None
    assert updated.catalogue is engine.catalogue


def test_a_request_becomes_one_situation_at_its_time(tiny_journey: Journey, ask: Ask) -> None:
    engine = Engine(tiny_journey, None, "none")
    situations = engine.situate(ask(stated_phase="customer"))

    assert len(situations) == 1
    assert situations.phase.tolist() == [tiny_journey.phase_index["customer"]]


@settings(deadline=None)
@given(
    log=st.lists(EVENTS, max_size=20, unique_by=lambda event: event.occurred_at),
    folded=st.sampled_from([None, 0, 20, 40]),
)
def test_a_kept_past_decides_as_all_interactions_do(
    tiny_journey: Journey, learned: Models, ask: Ask, log: list[Interaction], folded: int | None
) -> None:
    """Whatever is folded away, beyond all windows: phases, repeats, rules, scores, the draw."""
    engine = Engine(tiny_journey, learned, "b")
    moment = NOON + timedelta(days=40 + 365)
    past = build_past(event_of(event, str(number)) for number, event in enumerate(log))
    if folded is not None:
        before = to_ms(NOON + timedelta(days=folded))
        past = past.fold(before, engine.pasts.checkpoint(past, before))
    made = decide(engine, ask(*log, decided_at=moment))
    assert decide(engine, ask(past=past, decided_at=moment)) == made
