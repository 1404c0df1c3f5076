"""A world draws customers and moves them.

One decision further by the equations. Knows the truth; decides nothing. The equations stand in
``equations.py``, the numbers in the world file. A kind of world of its own is a subclass that overrides
``attributes`` (who the customers are) or ``observe`` (what the records tell of the phase).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.history import DAY_MS
from models.domain.journey import Journey
from training.simulator.world.answering import Answering
from training.simulator.world.coefficients import equations_of
from training.simulator.world.eligibility import Eligibility
from training.simulator.world.emission import Emission
from training.simulator.world.equations import Equations
from training.simulator.world.events import DELIVERY_MS, FOREVER, NEVER, Events, join, no_events
from training.simulator.world.lapses import Lapses
from training.simulator.world.state import People, State
from training.simulator.world.step import Noise, StepResult
from training.simulator.world_file.truth import WorldFile


class World:
    """Customers that are alike but for warmth and taste.

    Subclasses know more.
    """

    def __init__(self, file: WorldFile) -> None:
        self.file = file
        self.journey: Journey = file.journey
        self.equations = equations_of(file)
        self.emission = Emission(file)
        self.step_ms = round(file.step_days * DAY_MS)
        self.eligibility = Eligibility(file.journey)
        self.lapses = Lapses(file.journey)
        self._answers = Answering(file, self.equations, self.emission)

    # Customers

    def attributes(self, n: int, rng: np.random.Generator) -> tuple[Sequence[Mapping[str, Any]], Floats]:
        """Attributes of ``n`` customers, and a standard normal score of how well they fit, shape (n,)."""
        return [{} for _ in range(n)], rng.standard_normal(n)

    def people(self, n: int, rng: np.random.Generator) -> People:
        """Draw ``n`` customers."""
        file = self.file
        attributes, fit = self.attributes(n, rng)
        explained = file.warmth.explained
        warmth = explained * fit + np.sqrt(1 - explained**2) * rng.standard_normal(n)
        shares = np.array([file.channels[channel.name].available for channel in self.journey.channels])
        offset_minutes = rng.integers(0, self.step_ms // 60_000, n)
        return People(
            warmth=warmth,
            taste=file.taste.spread * rng.standard_normal((n, len(shares))),
            available=rng.random((n, len(shares))) < shares,
            attributes=attributes,
            first_decision_at=round(file.start.timestamp() * 1000) + offset_minutes * 60_000,
        )

    def start(self, people: People, rng: np.random.Generator) -> tuple[State, Events]:
        """Where the customers stand at first, and the touchpoints that brought them there."""
        n, treatments = people.n, len(self.journey.treatments)
        shares = [self.file.phases[phase.name].share for phase in self.journey.phases]
        phase = rng.choice(len(shares), size=n, p=np.array(shares) / np.sum(shares)).astype(np.int64)
        before, events = self.emission.entries(phase, people.first_decision_at, self.step_ms, rng)
        state = State(
            people=people,
            step=0,
            phase=phase,
            observed=phase.copy(),
            fatigue=np.zeros(n),
            last_activity_at=before,
            available=people.available.copy(),
            contacted_at=np.full((n, treatments), NEVER, dtype=np.int64),
            answered=np.zeros((n, treatments), dtype=bool),
            contacts=[],
            times=[],
        )
        observed, records = self.observe(state, phase, people.first_decision_at, rng)
        state.observed = observed
        return state, join([events, records])

    # One step

    def instant(self, state: State) -> Ints:
        """When each customer's next decision is due."""
        return state.people.first_decision_at + state.step * self.step_ms

    def eligible(self, state: State) -> Mask:
        """Treatments that each customer may get now, by the phase that the records tell; shape (n, T)."""
        return self.eligibility.at(state, state.observed, self.instant(state))

    def noise(self, n: int, rng: np.random.Generator) -> Noise:
        """The chance of one step for ``n`` customers."""
        return Noise(
            respond=rng.random(n),
            refuse=rng.random(n),
            move=rng.gumbel(size=(n, self.equations.quiet + 1)),
            delay=np.minimum(0.01 + rng.exponential(1.0, n), 0.9 * self.file.step_days),
        )

    def step(self, state: State, treatment: Ints, noise: Noise, rng: np.random.Generator) -> StepResult:
        """Give each customer ``treatment`` and let the time until the next decision pass.

        Changes ``state`` in place. ``rng`` only draws touchpoints, never what they tell of.
        """
        instant, source = self.instant(state), state.phase
        responded, target = _happens(self.equations, state, treatment, noise)
        active = target != self.equations.quiet
        outcome = self._answers.outcome(treatment, responded, active, state.fatigue, noise)
        outcome_at = instant + (noise.delay * DAY_MS).astype(np.int64)
        returned = self._answers.events(treatment, outcome, outcome_at)
        browsing, moves = self._touchpoints(state, target, instant, rng)
        first, last = _extremes(join([browsing, moves, returned]), state.n)
        until = np.minimum(first, instant + self.step_ms)
        lapsed, since, earned = self.lapses.due(source, state.last_activity_at, until, self.equations)
        moved = active & (target != source)
        arrived = np.where(moved, target, lapsed)
        earned += np.where(arrived != lapsed, self.equations.entry_value[arrived], 0.0)
        browsing = self.emission.harmless(browsing, lapsed[browsing.customer])
        who = np.flatnonzero(responded)
        phases = (source[who], lapsed[who], arrived[who])
        answers = self.emission.answers(who, treatment[who], phases, outcome_at[who])
        state.last_activity_at = np.where(last > NEVER, last, since)
        self._advance(state, treatment, responded, outcome, arrived)
        state.observed, records = self.observe(state, source, instant + self.step_ms, rng)
        value, cost = self.equations.value[treatment], self.equations.cost[treatment]
        returned = join([returned, self._answers.contacts(treatment, instant)])
        return StepResult(
            reward=earned + value * responded - cost,
            responded=responded,
            target=target,
            outcome=outcome,
            outcome_at=outcome_at,
            events=join([browsing, moves, returned, answers, records]),
        )

    def _touchpoints(
        self, state: State, target: Ints, instant: Ints, rng: np.random.Generator
    ) -> tuple[Events, Events]:
        """What the customers do on their own accord in this step: browsing, and moves."""
        source, who = state.phase, np.flatnonzero(target != self.equations.quiet)
        movers = who[target[who] != source[who]]
        warmth, fatigue = state.people.warmth[who], state.fatigue[who]
        return (
            self.emission.browsing(who, source[who], warmth, fatigue, instant[who], self.step_ms, rng),
            self.emission.moves(movers, source[movers], target[movers], instant[movers], self.step_ms, rng),
        )

    def _advance(self, state: State, treatment: Ints, responded: Mask, outcome: Ints, arrived: Ints) -> None:
        """Write what happened into the state, and go to the next decision."""
        rows, instant = np.arange(state.n), self.instant(state)
        contacted = np.flatnonzero(treatment > 0)
        state.contacted_at[contacted, treatment[contacted]] = instant[contacted] + DELIVERY_MS
        state.answered[rows, treatment] |= responded
        left = np.flatnonzero(self._answers.unsubscribes(outcome))
        state.available[left, self.equations.channel[treatment[left]]] = False
        state.contacts.append(treatment)
        state.times.append(instant + DELIVERY_MS)
        state.fatigue = self.equations.tire(state.fatigue, treatment)
        state.phase = arrived
        state.step += 1

    def observe(
        self, state: State, before: Ints, instant: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Events]:
        """The phase that the records tell at the next decision, and records made only for that.

        Args:
            state: already at the next decision; ``state.phase`` is the truth.
            before: (n,) the true phase at the decision before.
            instant: (n,) the next decision.
        """
        return state.phase.copy(), no_events()


def _happens(e: Equations, state: State, treatment: Ints, noise: Noise) -> tuple[Mask, Ints]:
    """Who responds, and which alternative each customer takes."""
    people = state.people
    taste = e.taste_for(people.taste)[np.arange(state.n), treatment]
    where = (state.phase, treatment, people.warmth, state.fatigue, taste)
    responded = noise.respond < e.respond(*where)
    return responded, np.argmax(e.move_logits(*where) + noise.move, axis=-1)


def _extremes(events: Events, n: int) -> tuple[Ints, Ints]:
    """First and last event of each customer; a far time where there is none."""
    first, last = np.full(n, FOREVER, dtype=np.int64), np.full(n, NEVER, dtype=np.int64)
    np.minimum.at(first, events.customer, events.occurred_at)
    np.maximum.at(last, events.customer, events.occurred_at)
    return first, last
