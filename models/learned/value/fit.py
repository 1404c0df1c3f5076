"""Learns the journey value from logged states and their candidates.

First the value of each phase, by policy iteration on the chain that the best candidates of the logged
states make; then fitted value iteration: in each phase a ridge regression on the value features, held
to the phase's own value, whose targets are the best candidate's worth now plus the value of where it
leads. Only candidates that were given count, so no value rests on a treatment that is never allowed;
values stay within the range that the logged states reach.

Ernst, Geurts, Wehenkel, "Tree-based batch mode reinforcement learning", JMLR 2005.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.learned.features.summary import ValueFeatures, choose_value_features, learn_correction
from models.learned.transition.course import Course
from models.learned.trees.parameters import FeatureColumns
from models.learned.value.model import JourneyValue
from models.learned.value.pressure import Pressure
from models.learned.value.states import MAXIMUM_STATES, Problem, make_problem

ROUNDS = 12
_CHAIN_ROUNDS = 100
_RIDGE_STATES = 30.0  # logged states by which a phase's value and its weights are held
_MOST_DISCOUNT = 0.99  # a year; with one, EUR without end would be worth infinitely much
_SHORTEST_DAYS = 1.0 / 24.0


def fit_journey_value(
    *,
    journey: Journey,
    spec: FeatureColumns,
    customer_x: AnyFloats,
    phase: AnyInts,
    row: AnyInts,
    treatment: AnyInts,
    immediate: Floats,
    probabilities: Floats,
    customer: AnyInts | None = None,
    decided_at: AnyInts | None = None,
    taken: AnyInts | None = None,
    dwell_days: Floats | None = None,
    course: Course | None = None,
    maximum_states: int = MAXIMUM_STATES,
    rounds: int = ROUNDS,
    contact_costs: bool = False,
    paid: Mask | None = None,
    at: AnyInts | None = None,
) -> JourneyValue:
    """Learn values from n logged states and their m candidates. Deterministic.

    Args:
        journey: phases, entry values, horizon and discount.
        spec: names and kinds of the features.
        customer_x: shape (N, F). Situations at decision times.
        phase: shape (n,).
        row: shape (m,). State of each candidate; states without a candidate are left out.
        treatment: shape (m,). The candidates: only what is eligible and was tried in the phase.
        immediate: shape (m,). Propensity × value - cost, EUR.
        probabilities: shape (m, P). Phase at the horizon.
        customer, decided_at, taken: shape (n,) each, optional. Whose state, when (ms), and the treatment
            taken; with them, what becomes of the features until the horizon is learned.
        dwell_days: shape (P,), optional. Mean stay per phase, for the horizon ``next``; else estimated
            from the column ``dwell_days``.
        course: optional. What contacts do to the course of every phase: it alone says what contact pressure
            costs. Without it contacts of the past cost nothing.
        maximum_states: more states than that are thinned out evenly, phase by phase.
        rounds: of fitted value iteration.
        contact_costs: see ``JourneyValue``; for treatments of which no effect was proven.
        paid: shape (n, P). Phases that pay nothing any more for being entered; None: all pay each time.
        at: shape (n,). Rows of ``customer_x`` that are the logged states; None: all.
    """
    states = np.arange(len(customer_x)) if at is None else at
    horizon = _horizon_days(journey, spec, customer_x, states, phase, dwell_days)
    features = choose_value_features(spec, customer_x, at)
    if customer is not None and decided_at is not None and taken is not None:
        pairs = _pairs(journey, phase, customer, decided_at, taken)
        if pairs is not None:
            features = replace(features, correction=_correction(features, customer_x, states, pairs))
    problem = make_problem(journey, phase, row, treatment, immediate, probabilities, maximum_states, paid)
    discount = min(journey.objective.discount_per_year, _MOST_DISCOUNT) ** (horizon / 365.0)
    x = customer_x[states[problem.states]]
    start = _phase_values(features, x, problem, horizon, discount)
    start = replace(start, contact_costs=contact_costs)
    return _iterate(start, x, problem, rounds, Pressure.of(features, course, len(journey.phases)))


def _phase_values(
    features: ValueFeatures, x: AnyFloats, problem: Problem, horizon: Floats, discount: Floats
) -> JourneyValue:
    """Policy iteration: the best candidate of every state, then the exact value of the chain they make."""
    phases = len(horizon)
    seen = np.bincount(problem.phase, minlength=phases)
    value: Floats = np.zeros(phases)
    chosen: AnyInts = np.empty(0, dtype=np.int64)
    for _ in range(_CHAIN_ROUNDS):
        later = discount[problem.phase[problem.row]] * (problem.probabilities @ value)
        better = problem.chosen(problem.reward + later)
        if np.array_equal(better, chosen):
            break
        chosen = better
        moves, reward = np.zeros((phases, phases)), np.zeros(phases)
        np.add.at(moves, problem.phase, problem.probabilities[chosen])
        np.add.at(reward, problem.phase, problem.reward[chosen])
        rows = np.maximum(seen, 1)
        system = np.eye(phases) - (discount / rows)[:, None] * moves
        value = np.asarray(np.linalg.solve(system, reward / rows), dtype=np.float64)
    now = features.now(x)
    centre = np.zeros((phases, now.shape[1]))
    np.add.at(centre, problem.phase, now)
    weights = np.zeros((phases, now.shape[1] + 1))
    weights[:, 0] = value
    return JourneyValue(
        features=features,
        weights=weights,
        centre=centre / np.maximum(seen, 1)[:, None],
        low=value,
        high=value,
        chain=value,
        horizon_days=horizon,
        discount=discount,
    )


def _iterate(
    value: JourneyValue, x: AnyFloats, problem: Problem, rounds: int, pressure: Pressure
) -> JourneyValue:
    """Fitted value iteration from the phases' values."""
    now = value.features.now(x) - value.centre[problem.phase]
    design = np.hstack((np.ones((len(now), 1)), now))
    discount = value.discount[problem.phase[problem.row]]
    for _ in range(rounds):
        later = value.at_horizon(x, problem.phase)[problem.row, problem.contacted]
        worth = problem.reward + discount * np.einsum("cp,cp->c", problem.probabilities, later)
        cost = _pressed(value, problem, pressure, problem.chosen(worth), later)
        value = _refit(value, design, problem.phase, problem.best(worth))
        value.weights[:, 1 + pressure.columns] = cost
    return value


def _pressed(
    value: JourneyValue, problem: Problem, pressure: Pressure, chosen: AnyInts, later: Floats
) -> Floats:
    """What contacts of the past cost in each phase, shape (P, contact features): now and carried forward.

    One log-odds more of moving forward changes the value by the chance of each phase further on times what
    it is worth above the average; what is left of the feature at the horizon costs as much again as there.
    """
    chance, phase = problem.probabilities[chosen], problem.phase
    gain = value.discount[phase][:, None] * later[chosen] + problem.entry
    gain[np.arange(len(phase)), phase] -= problem.entry[phase]
    above = gain - (chance * gain).sum(axis=1, keepdims=True)
    slope = (chance * above * (pressure.towards[phase] == 1)).sum(axis=1)
    phases = len(value.chain)
    rows = np.maximum(np.bincount(phase, minlength=phases), 1)
    next_phase = np.zeros((phases, phases))
    np.add.at(next_phase, phase, chance)
    left = value.features.forward(value.horizon_days).factor[:, 0, 0, pressure.columns]
    carried = (next_phase / rows[:, None]) @ value.weights[:, 1 + pressure.columns]
    direct = np.bincount(phase, weights=slope, minlength=phases) / rows
    return np.asarray(direct[:, None] * pressure.forward + value.discount[:, None] * left * carried)


def _refit(value: JourneyValue, design: Floats, phase: AnyInts, target: Floats) -> JourneyValue:
    """Ridge in each phase with logged states, held to the phase's own value."""
    weights, low, high = value.weights.copy(), value.low.copy(), value.high.copy()
    held = _RIDGE_STATES * np.eye(design.shape[1])
    for code in np.unique(phase):
        mine: Mask = phase == code
        own, beyond = design[mine], target[mine] - value.chain[code]
        weights[code] = np.linalg.solve(own.T @ own + held, own.T @ beyond)
        weights[code, 0] += value.chain[code]
        low[code], high[code] = _range(target[mine], value.chain[code])
    return replace(value, weights=weights, low=low, high=high)


def _range(target: Floats, chain: float) -> tuple[float, float]:
    return min(float(target.min()), chain), max(float(target.max()), chain)


def _horizon_days(
    journey: Journey,
    spec: FeatureColumns,
    customer_x: AnyFloats,
    states: AnyInts,
    phase: AnyInts,
    dwell_days: Floats | None,
) -> Floats:
    """Days from one decision to the next: the journey's, or for ``next`` the mean stay in each phase.

    The mean time since entering, over states seen at any time, is the mean stay where the chance of
    leaving does not depend on the stay.
    """
    phases = len(journey.phases)
    if journey.objective.horizon_days is not None:
        return np.full(phases, journey.objective.horizon_days)
    if dwell_days is not None:
        return np.maximum(np.asarray(dwell_days, dtype=np.float64), _SHORTEST_DAYS)
    stay = np.nan_to_num(customer_x[states, spec.customer_names.index("dwell_days")].astype(np.float64))
    overall = float(stay.mean()) if len(stay) else 1.0
    rows = np.bincount(phase, minlength=phases)
    total = np.zeros(phases)
    np.add.at(total, phase, stay)
    return np.maximum(np.where(rows > 0, total / np.maximum(rows, 1), overall), _SHORTEST_DAYS)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    before: AnyInts
    after: AnyInts
    days: Floats
    moved: Mask
    contacted: Mask


def _pairs(
    journey: Journey, phase: AnyInts, customer: AnyInts, decided_at: AnyInts, taken: AnyInts
) -> _Pairs | None:
    """Each state with the customer's next one, if that is half to twice the horizon later."""
    horizon = journey.objective.horizon_days
    if horizon is None:
        return None
    order = np.lexsort((decided_at, customer))
    before, after = order[:-1], order[1:]
    days = (decided_at[after] - decided_at[before]) / DAY_MS
    right = (customer[before] == customer[after]) & (days >= 0.5 * horizon) & (days <= 2.0 * horizon)
    before, after = before[right], after[right]
    return _Pairs(before, after, days[right], phase[before] != phase[after], taken[before] != 0)


def _correction(features: ValueFeatures, customer_x: AnyFloats, states: AnyInts, pairs: _Pairs) -> Floats:
    return learn_correction(
        features,
        customer_x=customer_x,
        before=states[pairs.before],
        after=states[pairs.after],
        days=pairs.days,
        moved=pairs.moved,
        contacted=pairs.contacted,
    )
