"""Choosers of many situations are those of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models import kernel
from models.bundle import Models
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy, Bounds, Exploration, ExplorationMethod, ShareBound
from models.domain.past import NO_PAST
from models.policy.choice.choice import chooser_for
from models.policy.choice.together import gap_choosers
from models.policy.engine import Engine
from models.policy.scoring.satisfaction import SatisfactionFactors
from tests.models.policy.deciding import Ask

SIZES = (3, 1, 4)
TREATMENT = np.array([0, 1, 3, 0, 0, 2, 3, 4])


def engines(journey: Journey, learned: Models) -> list[Engine]:
    """Plain; with prices of shares; with points of satisfaction that are worth something."""
    shares = {"teaser": ShareBound(at_least=0.1, price=-1.5)}
    priced = replace(journey, objective=replace(journey.objective, bounds=Bounds(shares=shares)))
    pleasing = Engine(journey, learned, "b")
    shape = (len(journey.phases), len(journey.treatments))
    worth = np.arange(shape[0] * shape[1], dtype=np.float64).reshape(shape)
    pleasing.satisfaction = SatisfactionFactors(
        fact="csat", effect=worth, error=worth, worth=worth, refused=worth < 0, largest_loss=np.inf
    )
    return [Engine(journey, learned, "b"), Engine(priced, learned, "b", journey), pleasing]


@pytest.mark.skipif(kernel.native is None, reason="without the kernel each is made by itself")
def test_the_same_as_one_by_one(tiny_journey: Journey, learned: Models, ask: Ask) -> None:
    for engine in engines(tiny_journey, learned):
        phases = ["stranger", "interested", "customer"]
        situations = engine.situate_all([ask(past=NO_PAST, stated_phase=phase) for phase in phases])
        scores = engine.score(situations, np.repeat(np.arange(3), SIZES), TREATMENT)
        together = gap_choosers(engine, situations.phase, SIZES, TREATMENT, scores)
        assert together is not None
        parts, codes = scores.parts(SIZES), np.split(TREATMENT, np.cumsum(SIZES)[:-1])
        for phase, (own, part, chooser) in enumerate(zip(codes, parts, together, strict=True)):
            alone = chooser_for(engine, ArmPolicy.DEFAULT, phase, own, part)
            everybody = np.ones(len(own), dtype=bool)
            assert chooser.merit.tobytes() == alone.merit.tobytes()
            assert chooser.protected.tolist() == alone.protected.tolist()
            assert chooser.probabilities(everybody).tobytes() == alone.probabilities(everybody).tobytes()


def test_other_ways_to_share_out_are_made_one_by_one(
    tiny_journey: Journey, learned: Models, ask: Ask
) -> None:
    none = Exploration(method=ExplorationMethod.NONE)
    certain = replace(tiny_journey, objective=replace(tiny_journey.objective, exploration=none))
    for engine in (Engine(tiny_journey, None, "none"), Engine(certain, learned, "b", tiny_journey)):
        situations = engine.situate_all([ask(past=NO_PAST)])
        scores = engine.score(situations, np.zeros(3, dtype=np.int64), TREATMENT[:3])
        assert gap_choosers(engine, situations.phase, [3], TREATMENT[:3], scores) is None
