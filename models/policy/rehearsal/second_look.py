"""A decision is looked at a second time, after it was made.

Which rule alone stood in the way where nothing was left, and what another engine would have chosen. Too dear
for the moment of the decision; the same steps, so it is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.domain.decision import DecisionRequest
from models.policy.eligibility.screening import AllRefusals
from models.policy.eligibility.treatment_sets import union
from models.policy.engine import Engine
from models.policy.steps import run_steps


def lone_refusals(engine: Engine, request: DecisionRequest) -> Mapping[str, int]:
    """Code → treatments that would be a candidate if that rule or limit alone went.

    A least propensity or gain refuses only what has passed all else; it is not asked of the others.
    """
    steps = run_steps(engine, request)
    everything = AllRefusals(len(engine.journey.treatments))
    requested = union(slot.admits for slot in steps.slots)
    engine.eligibility.ask(everything, request, steps.known, requested)
    index = engine.journey.treatment_index
    for drop_out in steps.bounded.drop_outs:
        treatment = 1 << index[drop_out.action, drop_out.channel]
        everything.refuse(treatment, drop_out.tier, drop_out.code, str)
    return everything.alone()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherChoice:
    """What another engine would have chosen first.

    ``probability``: of the treatment that was chosen in fact; 0 where the other would not allow it.
    """

    action: str
    channel: str | None
    probability: float


def other_choice(engine: Engine, request: DecisionRequest, chosen: tuple[str, str | None]) -> OtherChoice:
    """The choice of ``engine`` for the same request and draw; ``chosen``: action and channel in fact."""
    steps, treatments = run_steps(engine, request), engine.journey.treatments
    first = steps.picks[0]
    own = treatments[int(steps.candidates[first.candidate])]
    code = engine.journey.treatment_index.get(chosen, -1)
    place = (steps.candidates == code).nonzero()[0]
    return OtherChoice(
        action=own.action,
        channel=own.channel,
        probability=float(first.probability[place[0]]) if len(place) else 0.0,
    )
