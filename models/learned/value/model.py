"""Journey value: expected discounted EUR from a phase and a customer onwards, under our policy.

First the value of each phase, by policy iteration on the chain that the best candidates of the logged
states make; then fitted value iteration: in each phase a ridge regression on the value features, held
to the phase's own value, whose targets are the best candidate's worth now plus the value of where it
leads. Only candidates that were given count, so no value rests on a treatment that is never allowed;
values stay within the range that the logged states reach.

Knows scores and features; knows nothing of trees, rules or files.

Terms: docs/glossary.md. Method: DESIGN, section 5. Ernst, Geurts, Wehenkel, "Tree-based batch mode
reinforcement learning", JMLR 2005.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats, Mask
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from models.learned.features.summary import Forward, ValueFeatures, choose_value_features, learn_correction
from models.learned.files import array_bytes, json_bytes, read_array, read_json
from models.learned.transition.course import Course, directions
from models.learned.trees.parameters import FeatureColumns

MAXIMUM_STATES = 40_000
ROUNDS = 12
_CHAIN_ROUNDS = 100
_RIDGE_STATES = 30.0  # logged states by which a phase's value and its weights are held
_MOST_DISCOUNT = 0.99  # a year; one EUR for ever would be worth infinitely much
_SHORTEST_DAYS = 1.0 / 24.0


@dataclass(frozen=True, kw_only=True, eq=False)
class JourneyValue:
    """Fitted by ``fit_journey_value``.

    Attributes:
        features: what it looks at, K of them.
        weights: shape (P, K + 1). EUR; the intercept, at the phase's mean customer, first.
        centre: shape (P, K). Mean features of the phase.
        low, high: shape (P,). Range of the values reached by logged states, EUR.
        chain: shape (P,). Value of the phases alone, EUR.
        horizon_days: shape (P,). From a decision in this phase to the next one.
        discount: shape (P,). What one EUR at the horizon is worth at the decision.
    """

    features: ValueFeatures
    weights: Floats
    centre: Floats
    low: Floats
    high: Floats
    chain: Floats
    horizon_days: Floats
    discount: Floats

    def values(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """Value of n situations in EUR: shape (n,)."""
        x = self.features.now(customer_x) - self.centre[phase]
        value = self.weights[phase, 0] + (self.weights[phase, 1:] * x).sum(axis=1)
        return np.asarray(np.clip(value, self.low[phase], self.high[phase]))

    def next_values(self, customer_x: AnyFloats, row: AnyInts, phase: AnyInts, treatment: AnyInts) -> Floats:
        """Value at the horizon of m candidates, by where they are then: shape (m, P), EUR, not discounted.

        Args:
            customer_x: shape (n, F).
            row: shape (m,). Situation of each candidate.
            phase: shape (n,). Phase of each situation.
            treatment: shape (m,). Any but 0 is a contact.
        """
        return np.asarray(self.at_horizon(customer_x, phase)[row, (treatment != 0).astype(np.int64)])

    def at_horizon(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """The same for n situations: shape (n, 2, P), without and with a contact."""
        forward = self.features.at_horizon(customer_x, self._forward, phase)
        worth = forward[:, 1] @ self.weights[:, 1:].T
        rows = np.arange(len(phase))
        worth[rows, :, phase] = (forward[:, 0] @ self.weights[phase, 1:, None])[:, :, 0]
        worth += self._level
        return np.asarray(np.minimum(np.maximum(worth, self.low), self.high))

    @cached_property
    def _forward(self) -> Forward:
        return self.features.forward(self.horizon_days)

    @cached_property
    def _level(self) -> Floats:
        """Intercepts at the features' zero instead of the phases' means."""
        return np.asarray(self.weights[:, 0] - (self.weights[:, 1:] * self.centre).sum(axis=1))

    def to_files(self) -> dict[str, bytes]:
        """The model as files; the same model gives the same bytes."""
        phases = np.stack((self.low, self.high, self.chain, self.horizon_days, self.discount))
        return {
            "value.json": json_bytes({"features": self.features.to_json()}),
            "value_weights.npy": array_bytes(np.hstack((self.weights, self.centre))),
            "value_phases.npy": array_bytes(phases),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> JourneyValue:
        """What ``to_files`` gave; BundleError if a file is missing or of another kind."""
        features = ValueFeatures.from_json(read_json(files, "value.json")["features"])
        weights, phases = read_array(files, "value_weights.npy"), read_array(files, "value_phases.npy")
        cut = len(features.names) + 1
        return cls(
            features=features,
            weights=weights[:, :cut],
            centre=weights[:, cut:],
            low=phases[0],
            high=phases[1],
            chain=phases[2],
            horizon_days=phases[3],
            discount=phases[4],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Pressure:
    """Contact pressure: which value features count contacts, and what one of them does to moving forward.

    Contacted customers were chosen, so what they turn out to be worth says little about what contacts cost.

    Attributes:
        columns: shape (k,). Positions among the value features.
        forward: shape (k,). Log-odds of moving forward per unit of the feature.
        towards: shape (P, P). As in ``Course``.
    """

    columns: AnyInts
    forward: Floats
    towards: AnyInts

    @classmethod
    def of(cls, features: ValueFeatures, course: Course | None, phases: int) -> Pressure:
        """From the course, whose features may be standardised otherwise; without one contacts do nothing."""
        columns = np.array([k for k, name in enumerate(features.names) if name.startswith("contacts_")], int)
        forward = np.zeros(len(columns))
        if course is not None:
            at = [course.features.names.index(features.names[k]) for k in columns]
            forward = course.weights[at, 0] * features.scale[columns] / course.features.scale[at]
        return cls(columns, forward, directions(phases))


def choose_states(phase: AnyInts, maximum: int = MAXIMUM_STATES) -> AnyInts:
    """At most ``maximum`` of n states, evenly spaced within each phase: ascending positions."""
    if len(phase) <= maximum:
        return np.arange(len(phase))
    order = np.argsort(phase, kind="stable")
    taken = np.linspace(0, len(order) - 1, maximum).round().astype(np.int64)
    return np.sort(order[np.unique(taken)])


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
) -> JourneyValue:
    """Learn values from n logged states and their m candidates. Deterministic.

    Args:
        journey: phases, entry values, horizon and discount.
        spec: names and kinds of the features.
        customer_x: shape (n, F). Logged states, at decision times.
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
    """
    horizon = _horizon_days(journey, spec, customer_x, phase, dwell_days)
    features = choose_value_features(spec, customer_x)
    if customer is not None and decided_at is not None and taken is not None:
        pairs = _pairs(journey, phase, customer, decided_at, taken)
        if pairs is not None:
            features = replace(features, correction=_correction(features, customer_x, pairs))
    problem = _problem(journey, phase, row, treatment, immediate, probabilities, maximum_states)
    discount = min(journey.objective.discount_per_year, _MOST_DISCOUNT) ** (horizon / 365.0)
    x = customer_x[problem.states]
    start = _phase_values(features, x, problem, horizon, discount)
    return _iterate(start, x, problem, rounds, Pressure.of(features, course, len(journey.phases)))


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """States and candidates, sorted by state."""

    states: AnyInts  # shape (s,), positions in the logged states
    phase: AnyInts  # shape (s,)
    row: AnyInts  # shape (c,), ascending
    first: AnyInts  # shape (s,), the first candidate of each state
    contacted: AnyInts  # shape (c,), 0 or 1
    reward: Floats  # shape (c,), now and for entering phases, EUR
    entry: Floats  # shape (P,), EUR for entering each phase
    probabilities: Floats  # shape (c, P)

    def best(self, worth: Floats) -> Floats:
        """The largest ``worth`` (c,) of each state: shape (s,)."""
        return np.asarray(np.maximum.reduceat(worth, self.first)) if len(self.first) else np.empty(0)

    def chosen(self, worth: Floats) -> AnyInts:
        """The first candidate of each state that reaches the largest worth: shape (s,)."""
        top = np.flatnonzero(worth >= self.best(worth)[self.row])
        return np.asarray(top[np.unique(self.row[top], return_index=True)[1]])


def _problem(
    journey: Journey,
    phase: AnyInts,
    row: AnyInts,
    treatment: AnyInts,
    immediate: Floats,
    probabilities: Floats,
    maximum: int,
) -> _Problem:
    states = np.unique(row)
    states = states[choose_states(phase[states], maximum)]
    position = np.full(len(phase), -1)
    position[states] = np.arange(len(states))
    kept = np.flatnonzero(position[row] >= 0)
    kept = kept[np.argsort(position[row[kept]], kind="stable")]
    own = position[row[kept]]
    entry = np.array([p.value for p in journey.phases])
    chance = probabilities[kept]
    at = phase[states][own]
    entered = chance @ entry - chance[np.arange(len(kept)), at] * entry[at]
    return _Problem(
        states=states,
        phase=phase[states],
        row=own,
        first=np.searchsorted(own, np.arange(len(states))),
        contacted=(treatment[kept] != 0).astype(np.int64),
        reward=immediate[kept] + entered,
        entry=entry,
        probabilities=chance,
    )


def _phase_values(
    features: ValueFeatures, x: AnyFloats, problem: _Problem, horizon: Floats, discount: Floats
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
    value: JourneyValue, x: AnyFloats, problem: _Problem, rounds: int, pressure: Pressure
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
    value: JourneyValue, problem: _Problem, pressure: Pressure, chosen: AnyInts, later: Floats
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
    journey: Journey, spec: FeatureColumns, customer_x: AnyFloats, phase: AnyInts, dwell_days: Floats | None
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
    stay = np.nan_to_num(customer_x[:, spec.customer_names.index("dwell_days")].astype(np.float64))
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


def _correction(features: ValueFeatures, customer_x: AnyFloats, pairs: _Pairs) -> Floats:
    return learn_correction(
        features,
        customer_x=customer_x,
        before=pairs.before,
        after=pairs.after,
        days=pairs.days,
        moved=pairs.moved,
        contacted=pairs.contacted,
    )
