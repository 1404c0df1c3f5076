"""The planner: what one could earn who knew the truth.

The upper limit that policies are measured against. Backward induction over the decisions that remain, with
the world's own equations, on the states phase × steps of silence × fatigue (a grid, linear in between) ×
warmth (a grid, linear in between), for each set of treatments that a customer can be reached with. The choice
itself is one exact step ahead with the customer's own warmth, fatigue, silence and taste, then the planned
value.

Near-exact, not exact: the plan takes taste as zero, ignores contact limits, repeats and unsubscribing in
future steps (the choice respects them now), and spreads the moment of a lapse evenly over a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.policy.eligibility.catalogue import Catalogue
from training.simulator.policies.policies import View, best
from training.simulator.world.equations import Equations
from training.simulator.world.events import FOREVER
from training.simulator.world.world import World

WARMTH_GRID = np.array([-2.5, -1.5, -0.75, 0.0, 0.75, 1.5, 2.5])
FATIGUE_POINTS = 7
CHUNK = 2000
"""Customers at a time: bounds memory to a few tens of megabytes."""


@dataclass(frozen=True, eq=False)
class _Between:
    """Linear interpolation on a grid: the point below, and how far to the next."""

    below: Ints
    part: Floats

    @classmethod
    def of(cls, grid: Floats, x: Floats) -> _Between:
        below = np.clip(np.searchsorted(grid, x, side="right") - 1, 0, len(grid) - 2)
        return cls(below, np.clip((x - grid[below]) / (grid[below + 1] - grid[below]), 0.0, 1.0))

    def last(self, values: Floats) -> Floats:
        """Values (..., grid) at the points: (..., *points)."""
        result: Floats = values[..., self.below] * (1 - self.part) + values[..., self.below + 1] * self.part
        return result


class Plan:
    """The value of every state with decisions to come.

    ``k`` decisions, for one set of reachable treatments. ``values[k]``: shape (P, Q, W, F), EUR;
    ``values[0]`` is zero. Planned phase by phase, over the treatments that are meant for it and the silences
    that it can last.
    """

    def __init__(self, world: World, allowed: Mask) -> None:
        """``allowed``: (P, T) treatments by phase."""
        self._world = world
        self._entry = entry_values(world.equations)
        self._hazard = lapse_hazard(world)
        self.fatigue_grid = fatigue_grid(world.equations)
        self._phases = [_PhasePlan(world, s, np.flatnonzero(row)) for s, row in enumerate(allowed)]
        grids = (len(WARMTH_GRID), len(self.fatigue_grid))
        self.values = [np.zeros((*self._hazard.shape, *grids))]

    def ahead(self, steps: int) -> Floats:
        """Value with ``steps`` decisions to come; planned when first asked for."""
        while len(self.values) <= steps:
            self.values.append(self._back(self.values[-1]))
        return self.values[steps]

    def _back(self, later: Floats) -> Floats:
        """One decision earlier."""
        earlier = np.empty_like(later)
        for s, plan in enumerate(self._phases):
            to = int(self._world.lapses.to[s])
            active = later[:, 0] + self._entry[s][:, None, None]  # (P, W, F): seen just now, wherever
            lapsed = active[to]
            hazard = self._hazard[s]
            lasting = int(np.argmax(hazard >= 1)) + 1 if (hazard >= 1).any() else 1
            waited = np.minimum(np.arange(lasting) + 1, lasting - 1)
            gone = hazard[:lasting, None, None]
            silent = (1 - gone) * later[s, waited] + gone * lapsed  # (Q, W, F)
            value = plan.best(active, silent)
            earlier[s, :lasting], earlier[s, lasting:] = value, value[-1]
        return earlier


class _PhasePlan:
    """What each treatment of one phase does, at every grid point."""

    def __init__(self, world: World, phase: int, treatments: Ints) -> None:
        e, grid = world.equations, fatigue_grid(world.equations)
        t, w, f = np.meshgrid(treatments, WARMTH_GRID, grid, indexing="ij")
        where = (np.full_like(t, phase), t, w, f, np.zeros_like(w))
        self._phase = phase
        self._respond = e.respond(*where)  # (T, W, F)
        move = e.move(*where)
        self._quiet, self._move = move[..., -1], np.moveaxis(move[..., :-1], -1, 0)  # (P, T, W, F)
        self._now = self._respond * e.value[t] - e.cost[t]
        self._tired = _Between.of(grid, e.tire(f, t)[:, 0])  # (T, F)

    def best(self, active: Floats, silent: Floats) -> Floats:
        """Value of the best treatment, (Q, W, F), from the values at the next decision."""
        seen = np.swapaxes(self._tired.last(active), 1, 2)  # (P, W, T, F) → (P, T, W, F)
        unseen = np.swapaxes(self._tired.last(silent), 1, 2)  # (Q, T, W, F)
        worth = self._now + (self._move * seen).sum(axis=0)
        quiet = self._respond * seen[self._phase] + (1 - self._respond) * unseen
        result: Floats = (worth + self._quiet * quiet).max(axis=1)
        return result


class Planner:
    """A policy that sees the truth and plans with it."""

    name = "planner (sees the truth)"
    reads_history = False

    def __init__(self, world: World) -> None:
        self._world = world
        self._plans: dict[bytes, Plan] = {}
        self._catalogue = Catalogue.of(world.journey)
        self._entry = entry_values(world.equations)

    def plan(self, available: Mask) -> Plan:
        """The plan of customers who can be reached on the channels ``available``, (C,)."""
        key = available.tobytes()
        if key not in self._plans:
            reachable = np.append(available, True)[self._catalogue.channel]
            self._plans[key] = Plan(self._world, self._catalogue.phases & reachable)
        return self._plans[key]

    def probabilities(self, view: View) -> Floats:
        return best(self.worth(view), view.eligible)

    def worth(self, view: View) -> Floats:
        """EUR from here on of each treatment, eligible or not, (n, T)."""
        worth = np.empty(view.eligible.shape)
        patterns, group = np.unique(view.truth.available, axis=0, return_inverse=True)
        for g, pattern in enumerate(patterns):
            later = self.plan(pattern).ahead(view.remaining - 1)
            members = np.flatnonzero(group.ravel() == g)
            for begin in range(0, len(members), CHUNK):
                who = members[begin : begin + CHUNK]
                worth[who] = self._ahead(view, who, later)
        return worth

    def _ahead(self, view: View, who: Ints, later: Floats) -> Floats:
        """One exact step, then the plan."""
        state, e, world = view.truth, self._world.equations, self._world
        phase, rows = state.phase[who], np.arange(len(who))
        treatments = np.arange(view.eligible.shape[1])
        warmth, fatigue = state.people.warmth[who], state.fatigue[who]
        where = (phase[:, None], treatments[None, :], warmth[:, None], fatigue[:, None])
        taste = e.taste_for(state.people.taste[who])
        where_ = (*np.broadcast_arrays(*where), taste)
        respond, move = e.respond(*where_), e.move(*where_)
        silence = (view.instant[who] - state.last_activity_at[who]) / world.step_ms
        due = silence + 1 > world.lapses.after_ms[phase] / world.step_ms
        waited = np.clip(silence.astype(np.int64) + 1, 0, later.shape[1] - 1)
        warm = _Between.of(WARMTH_GRID, warmth)
        here = _along_warmth(later[:, 0], warm)  # (n, P, F)
        still = _pick_warmth(later[phase, waited], warm)  # (n, F)
        tired = _Between.of(fatigue_grid(e), e.tire(fatigue[:, None], treatments[None, :]))
        active = _rows_last(here, tired)  # (n, P, T)
        silent = _rows_last(still[:, None], tired)[:, 0]  # (n, T)
        to = world.lapses.to[phase]
        lapsed = active[rows, to] + self._entry[phase, to][:, None]
        silent = np.where(due[:, None], lapsed, silent)
        moved = (np.moveaxis(move[..., :-1], -1, 1) * (active + self._entry[phase][:, :, None])).sum(axis=1)
        quiet = move[..., -1] * (respond * active[rows, phase] + (1 - respond) * silent)
        result: Floats = respond * e.value - e.cost + moved + quiet
        return result


def fatigue_grid(equations: Equations) -> Floats:
    """From none to the most that contact at every step brings; finer where fatigue is low."""
    most = max(float(equations.load.max()) / max(1 - equations.retained, 1e-9), 1e-6)
    return most * np.linspace(0, 1, FATIGUE_POINTS) ** 1.5


def lapse_hazard(world: World) -> Floats:
    """P(lapse in the next quiet step | quiet for q steps so far), (P, Q): the last sign of life lies
    anywhere in its step, so a silence of q whole steps is one of q to q + 1."""
    steps = np.where(world.lapses.after_ms >= FOREVER, np.inf, world.lapses.after_ms / world.step_ms)
    finite = steps[np.isfinite(steps)]
    count = int(finite.max()) + 3 if len(finite) else 1
    q = np.arange(count)
    lapsed_by = np.clip(q[None, :] + 1 - steps[:, None], 0.0, 1.0)  # share gone when quiet for q steps
    lapsed_next = np.clip(q[None, :] + 2 - steps[:, None], 0.0, 1.0)
    left = 1 - lapsed_by
    return np.where(left > 0, (lapsed_next - lapsed_by) / np.maximum(left, 1e-12), 1.0)


def entry_values(equations: Equations) -> Floats:
    """EUR of being in s' at the next decision having been in s: its entry value, if it is another; (P, P)."""
    entry = np.broadcast_to(equations.entry_value, (len(equations.entry_value),) * 2).copy()
    np.fill_diagonal(entry, 0.0)
    return entry


def _along_warmth(values: Floats, at: _Between) -> Floats:
    """Values (P, W, F) at the warmth of each customer: (n, P, F)."""
    below, above = values[:, at.below], values[:, at.below + 1]
    part = at.part[None, :, None]
    result: Floats = np.moveaxis(below * (1 - part) + above * part, 1, 0)
    return result


def _pick_warmth(values: Floats, at: _Between) -> Floats:
    """Values (n, W, F) of each customer at their warmth: (n, F)."""
    rows, part = np.arange(len(values)), at.part[:, None]
    result: Floats = values[rows, at.below] * (1 - part) + values[rows, at.below + 1] * part
    return result


def _rows_last(values: Floats, at: _Between) -> Floats:
    """Values (n, P, F) at points (n, T) of the same customer: (n, P, T)."""
    below = np.take_along_axis(values, at.below[:, None, :], axis=2)
    above = np.take_along_axis(values, at.below[:, None, :] + 1, axis=2)
    result: Floats = below * (1 - at.part[:, None, :]) + above * at.part[:, None, :]
    return result
