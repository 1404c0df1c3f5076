"""A world: draws customers, and moves them one decision further by the equations.

Knows the truth; decides nothing. The equations stand in ``equations.py``, the numbers in the world file.
A kind of world of its own is a subclass that overrides ``attributes`` (who the customers are) or
``observe`` (what the records tell of the phase).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.actions import NOTHING
from models.domain.history import DAY_MS
from models.domain.interaction import Kind
from models.domain.journey import Journey
from models.errors import WorldFileError
from models.policy.eligibility.catalogue import Catalogue
from training.simulator.eligibility import Eligibility
from training.simulator.emission import Emission, within
from training.simulator.events import Events, join, make_events
from training.simulator.state import People, State
from training.simulator.world_file import WorldFile, equations_of, read_world_file

DELIVERY_MS = 60_000
NEVER = np.iinfo(np.int64).min // 2
FOREVER = np.iinfo(np.int64).max // 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Noise:
    """The chance of one step, drawn before anybody decides, so that policies can be compared on the same.

    ``respond``, ``refuse``: (n,) uniform. ``move``: (n, A) Gumbel: the alternative with the largest
    logit + noise happens, which is a draw from the softmax. ``delay``: (n,) days until an outcome.
    """

    respond: Floats
    refuse: Floats
    move: Floats
    delay: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class StepResult:
    """What one step brought. ``outcome``: position in ``journey.outcomes``, -1 when nothing came back.

    ``reward``: (n,) EUR. ``target``: the alternative that happened. ``events``: contacts and outcomes
    included, as a history holds them.
    """

    reward: Floats
    responded: Mask
    target: Ints
    outcome: Ints
    outcome_at: Ints
    events: Events


class World:
    """A world with customers that are all alike but for warmth and taste; subclasses know more."""

    def __init__(self, file: WorldFile) -> None:
        self.file = file
        self.journey: Journey = file.journey
        self.equations = equations_of(file)
        self.emission = Emission(file)
        self.step_ms = round(file.step_days * DAY_MS)
        self.eligibility = Eligibility(file.journey)
        lapses = [phase.lapse for phase in self.journey.phases]
        after = [FOREVER if lapse is None else round(lapse.after_days * DAY_MS) for lapse in lapses]
        self.lapse_ms = np.array(after, dtype=np.int64)
        to = [0 if lapse is None else self.journey.phase_index[lapse.to] for lapse in lapses]
        self.lapse_to = np.array(to, dtype=np.int64)
        self._positive = self._positive_outcomes()
        self._action = Catalogue.of(self.journey).action.astype(np.int64)
        self._negative = [self.journey.outcome_index.get(name, -1) for name in ("rejected", "unsubscribed")]

    def _positive_outcomes(self) -> Ints:
        """Position of the outcome that a positive response to each treatment brings; -1 for nothing."""
        order = [outcome.name for outcome in self.journey.outcomes]
        codes = []
        for treatment in self.journey.treatments:
            if treatment.action == NOTHING:
                codes.append(-1)
                continue
            own = self.file.actions[treatment.action].outcome
            usual = sorted(self.journey.positive_outcomes(treatment.action), key=order.index)
            codes.append(order.index(own or usual[0]))
        return np.array(codes, dtype=np.int64)

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
        before, events = self._entries(phase, people.first_decision_at, rng)
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

    def _entries(self, phase: Ints, first: Ints, rng: np.random.Generator) -> tuple[Ints, Events]:
        """Touchpoints before the first decision, the last one within one step of it."""
        last = first - within(rng, len(phase), self.step_ms)
        parts = [_no_events()]
        for s, name in enumerate(p.name for p in self.journey.phases):
            who = np.flatnonzero(phase == s)
            codes = [self.emission.code[touchpoint] for touchpoint in self.file.phases[name].entry]
            for back, code in enumerate(reversed(codes)):
                channel = self.emission.channel(np.array(code))
                parts.append(make_events(who, last[who] - back * self.step_ms, code, channel=channel))
            if not codes:
                last[who] = FOREVER  # nothing has happened yet, so nothing can lapse
        return last, join(parts)

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
        responded, target = self._happens(state, treatment, noise)
        outcome = self._outcomes(treatment, responded, target != self.equations.quiet, state.fatigue, noise)
        outcome_at = instant + (noise.delay * DAY_MS).astype(np.int64)
        returned = self._outcome_events(treatment, outcome, outcome_at)
        browsing, moves = self._touchpoints(state, target, instant, rng)
        first, last = _extremes(join([browsing, moves, returned]), state.n)
        until = np.minimum(first, instant + self.step_ms)
        lapsed, since, earned = self._lapse(source, state.last_activity_at, until)
        moved = (target != self.equations.quiet) & (target != source)
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
        returned = join([returned, self._contact_events(treatment, instant)])
        return StepResult(
            reward=earned + value * responded - cost,
            responded=responded,
            target=target,
            outcome=outcome,
            outcome_at=outcome_at,
            events=join([browsing, moves, returned, answers, records]),
        )

    def _happens(self, state: State, treatment: Ints, noise: Noise) -> tuple[Mask, Ints]:
        """Who responds, and which alternative each customer takes."""
        people, e = state.people, self.equations
        taste = e.taste_for(people.taste)[np.arange(state.n), treatment]
        where = (state.phase, treatment, people.warmth, state.fatigue, taste)
        responded = noise.respond < e.respond(*where)
        return responded, np.argmax(e.move_logits(*where) + noise.move, axis=-1)

    def _outcomes(
        self, treatment: Ints, responded: Mask, active: Mask, fatigue: Floats, noise: Noise
    ) -> Ints:
        """The outcome of each decision; an ignored one leaves no record, so -1."""
        answers = self.file.answers
        rejected, unsubscribed = self._negative
        leave = answers.unsubscribed * np.exp(self.file.fatigue.unsubscribe * fatigue)
        outcome = np.full(len(treatment), -1, dtype=np.int64)
        asked = (treatment > 0) & active & ~responded
        outcome[asked & (noise.refuse < leave + answers.rejected)] = rejected
        outcome[asked & (noise.refuse < leave)] = unsubscribed
        return np.where(responded, self._positive[treatment], outcome)

    def _outcome_events(self, treatment: Ints, outcome: Ints, outcome_at: Ints) -> Events:
        who = np.flatnonzero(outcome >= 0)
        return make_events(
            who,
            outcome_at[who],
            self.emission.outcome_code(outcome[who]),
            kind=int(Kind.OUTCOME),
            **self._codes(treatment[who]),
        )

    def _contact_events(self, treatment: Ints, instant: Ints) -> Events:
        who = np.flatnonzero(treatment > 0)
        code = self.emission.code["contact"]
        columns = self._codes(treatment[who])
        return make_events(who, instant[who] + DELIVERY_MS, code, kind=int(Kind.CONTACT), **columns)

    def _codes(self, treatment: Ints) -> dict[str, Ints]:
        return {"channel": self.equations.channel[treatment], "action": self._action[treatment]}

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

    def _lapse(self, phase: Ints, quiet_since: Ints, until: Ints) -> tuple[Ints, Ints, Floats]:
        """Lapses that fall due, chains included: the phase, since when it is quiet, and EUR of entries."""
        phase, quiet_since = phase.copy(), quiet_since.copy()
        earned = np.zeros(len(phase))
        for _ in range(len(self.lapse_ms)):
            due = np.flatnonzero(until - quiet_since > self.lapse_ms[phase])
            if not len(due):
                break
            quiet_since[due] += self.lapse_ms[phase[due]]
            phase[due] = self.lapse_to[phase[due]]
            earned[due] += self.equations.entry_value[phase[due]]
        return phase, quiet_since, earned

    def _advance(self, state: State, treatment: Ints, responded: Mask, outcome: Ints, arrived: Ints) -> None:
        """Write what happened into the state, and go to the next decision."""
        rows, instant = np.arange(state.n), self.instant(state)
        contacted = np.flatnonzero(treatment > 0)
        state.contacted_at[contacted, treatment[contacted]] = instant[contacted] + DELIVERY_MS
        state.answered[rows, treatment] |= responded
        left = np.flatnonzero(outcome == self._negative[1]) if self._negative[1] >= 0 else rows[:0]
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
        return state.phase.copy(), _no_events()


def load_world(path: Path, *, start: datetime | None = None) -> World:
    """The world of a world file, of the class that it names (``module:Class``).

    Raises:
        WorldFileError: the file is not valid, or the class is not a ``World``.
    """
    file = read_world_file(path)
    if start is not None:
        file = replace(file, start=start)
    module, _, name = file.kind.partition(":")
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise WorldFileError(
            f"WORLD_FILE_INVALID: {path}, field class: cannot find {file.kind!r}: {error}"
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, World)):
        raise WorldFileError(
            f"WORLD_FILE_INVALID: {path}, field class: expected module:Class of a World, got {file.kind!r}"
        )
    return kind(file)


def _no_events() -> Events:
    empty = np.empty(0, dtype=np.int64)
    return make_events(empty, empty, empty)


def _extremes(events: Events, n: int) -> tuple[Ints, Ints]:
    """First and last event of each customer; a far time where there is none."""
    first, last = np.full(n, FOREVER, dtype=np.int64), np.full(n, NEVER, dtype=np.int64)
    np.minimum.at(first, events.customer, events.occurred_at)
    np.maximum.at(last, events.customer, events.occurred_at)
    return first, last
