"""The steps of a decision up to the draw.

Knows the order of the steps (design, "A decision, step by step"); each step is a module of its own.
Knows nothing of how an answer or an explanation is written: both are made from ``DecisionSteps``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.decision import DecisionRequest, DropOut
from models.domain.history import History
from models.domain.journey import Journey
from models.domain.objective import Arm, ArmPolicy
from models.domain.past.joining import may_join
from models.learned.features.situations import Situations
from models.policy.choice.arbitration import Candidates, Pick, fill_slots
from models.policy.choice.arms import arm_of
from models.policy.choice.bounds import ALL, Bounded, bounded, has_least
from models.policy.choice.choice import Chooser, chooser_for
from models.policy.choice.exploration import draw, numbers
from models.policy.choice.together import gap_choosers
from models.policy.eligibility.placements import Slot
from models.policy.eligibility.profiling import as_stranger, may_profile
from models.policy.eligibility.screening import FilterResult
from models.policy.eligibility.treatment_sets import to_mask, union
from models.policy.engine import Engine
from models.policy.scoring.scoring import Scores

_AT_ONCE: Final = 256
"""Requests that are scored together; more take more memory, and are no faster."""


_MANY: Final = np.ones(4_096, dtype=np.bool_)
_MANY.flags.writeable = False


class _Asked(NamedTuple):
    """A request whose names are known to be right."""

    request: DecisionRequest
    slots: tuple[Slot, ...]
    weights: Floats | None


class _Screened(NamedTuple):
    """A request whose candidates are known."""

    request: DecisionRequest
    slots: tuple[Slot, ...]
    weight: Floats | None
    situations: Situations
    known: Situations
    result: FilterResult


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSteps:
    """Everything between request and decision; explanations are written from it.

    Attributes:
        situations: one, as it was scored: of a stranger where the customer may not be profiled.
        known: the same moment with the whole past, as the barriers saw it.
        slots: the places to fill.
        scores: of the candidates.
        chooser: how the customer's arm shares out the probability.
        bounded: which candidates may compete.
        picks: what each slot got.
    """

    request: DecisionRequest
    situations: Situations
    known: Situations
    slots: tuple[Slot, ...]
    screening: FilterResult
    scores: Scores
    arm: Arm
    chooser: Chooser
    bounded: Bounded
    picks: tuple[Pick, ...]

    def drop_outs(self, journey: Journey) -> tuple[DropOut, ...]:
        """Every treatment that could not be chosen, with who said no and what it saw."""
        return (*self.screening.drop_outs(journey), *self.bounded.drop_outs)

    def refusals(self) -> tuple[tuple[str, str, int], ...]:
        """The same without details: tier, code and how many treatments each barrier took out."""
        screened = [(r.tier, r.code, r.treatments.bit_count()) for r in self.screening.refusals]
        return (*screened, *((drop_out.tier, drop_out.code, 1) for drop_out in self.bounded.drop_outs))

    @property
    def candidates(self) -> Ints:
        """Codes of the treatments that passed, shape (k,); doing nothing first."""
        return self.screening.candidates


def run_steps(engine: Engine, request: DecisionRequest) -> DecisionSteps:
    """All steps of a decision up to the draw."""
    slots = engine.slots.slots(request)
    weights = engine.slots.weights(request)
    situations, known = _situate(engine, request)
    screened = _screened(engine, request, slots, weights, situations, known)
    candidates = screened.result.candidates
    row = np.zeros(len(candidates), dtype=np.int64)
    return _chosen(engine, screened, engine.score(situations, row, candidates, screened.weight))


def run_all_steps(engine: Engine, requests: Sequence[DecisionRequest]) -> list[DecisionSteps]:
    """The same for many requests, bit for bit; situations and scores are worked out together.

    A past that is long, folded or may not be used goes by itself.
    """
    together = [index for index, request in enumerate(requests) if _may_join(engine, request)]
    alone = set(range(len(requests))).difference(together)
    steps = {index: run_steps(engine, requests[index]) for index in sorted(alone)}
    for first in range(0, len(together), _AT_ONCE):
        some = together[first : first + _AT_ONCE]
        own = [requests[index] for index in some]
        asked = [_asked(engine, request) for request in own]
        everybody = engine.situate_all(own)
        steps |= zip(some, _run_together(engine, asked, everybody, everybody), strict=True)
    return [steps[index] for index in range(len(requests))]


def run_steps_in(
    engine: Engine, requests: Sequence[DecisionRequest], history: History, customer: Ints
) -> Iterator[tuple[int, DecisionSteps]]:
    """The steps of requests whose pasts lie in one history, with the position of each request.

    They are those that ``run_steps`` gives for a request that holds its past itself, bit for bit; a few
    hundred are scored at a time.

    Args:
        customer: shape (n,). Positions in the history, one a request, each at most once.
    """
    profiled = np.array([may_profile(engine.journey, r.customer.consent) for r in requests], dtype=np.bool_)
    for group in (np.flatnonzero(profiled), np.flatnonzero(~profiled)):
        if not len(group):
            continue
        own = [requests[index] for index in group.tolist()]
        asked = [_asked(engine, request) for request in own]
        if profiled[group[0]]:
            used = known = engine.situate_in(history, customer[group], own)
        else:
            used = engine.situate_all([as_stranger(request) for request in own])
            phases = [engine.journey.phases[code].name for code in used.phase.tolist()]
            stated = [replace(r, stated_phase=phase) for r, phase in zip(own, phases, strict=True)]
            known = engine.situate_in(history, customer[group], stated)
        for first in range(0, len(own), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            everybody = used.take(part)
            seen = everybody if known is used else known.take(part)
            steps = _run_together(engine, asked[part], everybody, seen)
            yield from zip(group[part].tolist(), steps, strict=True)


def _may_join(engine: Engine, request: DecisionRequest) -> bool:
    past = request.past
    if request.account is not None and engine.has_account_phases:
        return False
    return past is not None and may_join(past) and may_profile(engine.journey, request.customer.consent)


def _asked(engine: Engine, request: DecisionRequest) -> _Asked:
    return _Asked(request, engine.slots.slots(request), engine.slots.weights(request))


def _run_together(
    engine: Engine, asked: Sequence[_Asked], everybody: Situations, known: Situations
) -> list[DecisionSteps]:
    """Steps where situations are there: as they may be used to choose, and as barriers see them."""
    screened = []
    requested = [union(slot.admits for slot in one.slots) for one in asked]
    results = engine.screen_together.screen([one.request for one in asked], known, requested)
    used = everybody.each()
    seen = used if known is everybody else known.each()
    for (request, slots, weights), own, whole, result in zip(asked, used, seen, results, strict=True):
        weight = None if weights is None else weights[result.candidates]
        screened.append(_Screened(request, slots, weight, own, whole, result))
    sizes = [len(one.result.candidates) for one in screened]
    treatment = np.concatenate([one.result.candidates for one in screened])
    weight = None
    if any(one.weight is not None for one in screened):
        weight = np.concatenate(
            [
                np.ones(size) if one.weight is None else one.weight
                for one, size in zip(screened, sizes, strict=True)
            ]
        )
    scores = engine.score(everybody, np.repeat(np.arange(len(sizes)), sizes), treatment, weight)
    choosers: Iterator[Chooser | None] | None = None
    if not has_least(engine):
        choosers = gap_choosers(engine, everybody.phase, sizes, treatment, scores)
    return [
        _chosen(engine, one, part, chooser)
        for one, part, chooser in zip(screened, scores.parts(sizes), choosers or repeat(None), strict=False)
    ]


def _screened(
    engine: Engine,
    request: DecisionRequest,
    slots: tuple[Slot, ...],
    weights: Floats | None,
    situations: Situations,
    known: Situations,
) -> _Screened:
    result = engine.eligibility.screen(request, known, union(slot.admits for slot in slots))
    weight = None if weights is None else weights[result.candidates]
    return _Screened(request, slots, weight, situations, known, result)


def _chosen(
    engine: Engine, screened: _Screened, scores: Scores, learned: Chooser | None = None
) -> DecisionSteps:
    """What follows from the scores.

    ``learned``: shares out as the learned policy does, where nothing bounds it; None: it is made here.
    """
    request, screening, situations = screened.request, screened.result, screened.situations
    candidates = screening.candidates
    arm = arm_of(engine.journey.objective, request.unit)
    if learned is not None and arm.policy is ArmPolicy.DEFAULT:
        chooser, limits = learned, ALL
    else:
        phase = situations.phase.item(0)
        chooser = chooser_for(engine, arm.policy, phase, candidates, scores)
        limits = bounded(engine, arm.policy, phase, candidates, scores)
    return DecisionSteps(
        request=request,
        situations=situations,
        known=screened.known,
        slots=screened.slots,
        screening=screening,
        scores=scores,
        arm=arm,
        chooser=chooser,
        bounded=limits,
        picks=_fill(engine, request, screened.slots, screening, chooser, limits),
    )


def draw_again(engine: Engine, steps: DecisionSteps, decision_id: str) -> tuple[Pick, ...]:
    """What another ``decision_id`` draws in the same situation: the draw is all that an id decides."""
    request = replace(steps.request, decision_id=decision_id)
    return _fill(engine, request, steps.slots, steps.screening, steps.chooser, steps.bounded)


def unbounded(engine: Engine, steps: DecisionSteps) -> Mask:
    """Candidates that the first slot would admit without a least propensity or gain, shape (k,)."""
    return to_mask(steps.slots[0].admits, len(engine.journey.treatments))[steps.candidates]


def _situate(engine: Engine, request: DecisionRequest) -> tuple[Situations, Situations]:
    """What may be used to choose, and what barriers see: the same, unless profiling is not allowed."""
    journey = engine.journey
    if may_profile(journey, request.customer.consent):
        situations = engine.situate(request)
        return situations, situations
    stranger = engine.situate(as_stranger(request))
    phase = journey.phases[int(stranger.phase[0])].name
    return stranger, engine.situate(replace(request, stated_phase=phase))


def _admitted(engine: Engine, slots: tuple[Slot, ...], screening: FilterResult) -> list[Mask]:
    """Per slot which candidates it admits, shape (k,); slots of a list admit the same."""
    if len(slots) == 1 or all(slot.admits == slots[0].admits for slot in slots):  # no other was a candidate
        return [_everybody(len(screening.candidates))] * len(slots)
    size, known = len(engine.journey.treatments), dict[int, Mask]()
    for slot in slots:
        if slot.admits not in known:
            known[slot.admits] = to_mask(slot.admits, size).take(screening.candidates)
    return [known[slot.admits] for slot in slots]


def _everybody(size: int) -> Mask:
    return _MANY[:size] if size <= len(_MANY) else np.ones(size, dtype=np.bool_)


def _fill(
    engine: Engine,
    request: DecisionRequest,
    slots: tuple[Slot, ...],
    screening: FilterResult,
    chooser: Chooser,
    limits: Bounded,
) -> tuple[Pick, ...]:
    candidates = screening.candidates
    if len(slots) == 1 and limits.within is None:  # nothing that comes before it, and all are for it
        admitted = _everybody(len(candidates))
        probability = chooser.probabilities(admitted)
        number = numbers(request.decision_id, 1)[0]
        return (Pick(0, draw(probability, number), probability, admitted),)
    admits = _admitted(engine, slots, screening)
    if limits.within is not None:
        admits = [admitted & limits.within for admitted in admits]
    return fill_slots(
        Candidates(
            treatment=candidates,
            conflicts=engine.catalogue.conflicts,
            members=engine.eligibility.members,
            headroom=screening.headroom,
        ),
        admits,
        chooser.probabilities,
        numbers(request.decision_id, len(slots)),
        ends_with_nothing=request.placements is None,
    )
