"""What simulated customers leave behind.

Touchpoints with times that fit what they truly did. Knows which touchpoints tell of which move and how much
an active customer browses; knows nothing of probabilities of moving. An active customer leaves ``1 +
Poisson(rate exp(b_w w + b_f f))`` browsing touchpoints a step, so that the features carry information on the
hidden state; a quiet one leaves none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.actions import NOTHING
from models.domain.journey import Journey
from training.simulator.world.events import FOREVER, Events, join, make_events, no_events
from training.simulator.world_file.truth import QUIET, WorldFile

EARLIEST, LATEST = 0.02, 0.98
"""Share of a step within which touchpoints lie: never at the decision itself."""


class Emission:
    """Which touchpoints appear when, as arrays.

    The tables of a world file say it.
    """

    def __init__(self, file: WorldFile) -> None:
        journey = file.journey
        known = journey.touchpoint_names
        self.touchpoints = (*known, *(name for name in file.touchpoints if name not in known))
        self.code = {name: index for index, name in enumerate(self.touchpoints)}
        self._outcome = np.array([self.code[outcome.name] for outcome in journey.outcomes], dtype=np.int64)
        self._channel = np.full(len(self.touchpoints), -1, dtype=np.int64)
        for name, channel in file.touchpoints.items():
            self._channel[self.code[name]] = journey.channel_index[channel]
        self._warmth, self._fatigue = file.warmth.browsing, file.fatigue.browsing
        names = [phase.name for phase in journey.phases]
        self._rate = np.array([file.phases[name].browsing.rate for name in names])
        self._usual = np.array([self.code[next(iter(file.phases[n].browsing.touchpoints))] for n in names])
        self._mix = np.array([self._cumulative(file, name) for name in names])
        self._signal, self._signals, self._tells = self._signal_tables(file, names)
        self._answer = self._answers(file, journey)
        self._entry = [[self.code[name] for name in file.phases[phase].entry] for phase in names]

    def _cumulative(self, file: WorldFile, phase: str) -> Floats:
        weights = np.zeros(len(self.touchpoints))
        for name, weight in file.phases[phase].browsing.touchpoints.items():
            weights[self.code[name]] = weight
        result: Floats = np.cumsum(weights) / weights.sum()
        return result

    def _signal_tables(self, file: WorldFile, names: list[str]) -> tuple[Ints, Ints, Mask]:
        """Signals of each move (P, P, most), how many (P, P), and which touchpoints tell of any (P, K)."""
        most = max((len(signals) for signals in file.signals.values()), default=1)
        signal = np.zeros((len(names), len(names), most), dtype=np.int64)
        count = np.zeros((len(names), len(names)), dtype=np.int64)
        tells = np.zeros((len(names), len(self.touchpoints)), dtype=bool)
        for s, source in enumerate(names):
            for target in file.phases[source].moves:
                if target == QUIET:
                    continue
                codes = [self.code[name] for name in file.signal(source, target)]
                j = names.index(target)
                signal[s, j, : len(codes)], count[s, j] = codes, len(codes)
                tells[s, codes] = True
        return signal, count, tells

    def _answers(self, file: WorldFile, journey: Journey) -> Ints:
        """Touchpoint of a response to each treatment: the action's own, and the channel's; (2, T)."""
        own, usual = [], []
        for treatment in journey.treatments:
            if treatment.action == NOTHING or treatment.channel is None:
                own.append(-1)
                usual.append(-1)
                continue
            by_channel = file.channels[treatment.channel].touchpoint
            name = file.actions[treatment.action].touchpoint or by_channel
            own.append(-1 if name is None else self.code[name])
            usual.append(-1 if by_channel is None else self.code[by_channel])
        return np.array([own, usual], dtype=np.int64)

    def outcome_code(self, outcome: Ints) -> Ints:
        """Touchpoint code of an outcome's position in the journey file."""
        return self._outcome[outcome]

    def channel(self, touchpoint: Ints) -> Ints:
        """The channel on which a customer's touchpoint happens."""
        return self._channel[touchpoint]

    def entries(
        self, phase: Ints, first: Ints, step_ms: int, rng: np.random.Generator
    ) -> tuple[Ints, Events]:
        """Touchpoints before the first decision, the last one within one step of it; and when that was."""
        last = first - within(rng, len(phase), step_ms)
        parts = [no_events()]
        for s, codes in enumerate(self._entry):
            who = np.flatnonzero(phase == s)
            for back, code in enumerate(reversed(codes)):
                parts.append(make_events(who, last[who] - back * step_ms, code, channel=self._channel[code]))
            if not codes:
                last[who] = FOREVER  # nothing has happened yet, so nothing can lapse
        return last, join(parts)

    def browsing(
        self,
        who: Ints,
        phase: Ints,
        warmth: Floats,
        fatigue: Floats,
        instant: Ints,
        step_ms: int,
        rng: np.random.Generator,
    ) -> Events:
        """Touchpoints of the active customers ``who`` in one step; the other arrays are aligned with it."""
        rate = self._rate[phase] * np.exp(self._warmth * warmth + self._fatigue * fatigue)
        row = np.repeat(np.arange(len(who)), 1 + rng.poisson(rate))
        kinds = (self._mix[phase[row]] <= rng.random(len(row))[:, None]).sum(axis=1)
        when = instant[row] + within(rng, len(row), step_ms)
        return make_events(who[row], when, kinds, channel=self._channel[kinds])

    def harmless(self, events: Events, phase: Ints) -> Events:
        """``events``, with the usual touchpoint in place of one that would tell of a move from ``phase``.

        ``phase``: aligned with the events. Needed where a customer had lapsed before they browsed.
        """
        usual = self._usual[phase]
        kinds = np.where(self._tells[phase, events.touchpoint], usual, events.touchpoint)
        return replace(events, touchpoint=kinds, channel=self._channel[kinds])

    def moves(
        self, who: Ints, source: Ints, target: Ints, instant: Ints, step_ms: int, rng: np.random.Generator
    ) -> Events:
        """One touchpoint for each move, of those that tell of it."""
        pick = (rng.random(len(who)) * self._signals[source, target]).astype(np.int64)
        kinds = self._signal[source, target, pick]
        return make_events(who, instant + within(rng, len(who), step_ms), kinds, channel=self._channel[kinds])

    def answers(self, who: Ints, treatment: Ints, phases: tuple[Ints, ...], when: Ints) -> Events:
        """What a response leaves behind, a second before its outcome: no touchpoint that would tell of a
        move which did not happen in any of ``phases``."""
        own, usual = self._answer[:, treatment]
        harmful = np.zeros(len(who), dtype=bool)
        for phase in phases:
            harmful |= self._tells[phase, own]
        kinds = np.where(harmful, usual, own)
        leaves = kinds >= 0
        return make_events(
            who[leaves],
            when[leaves] - 1000,
            kinds[leaves],
            channel=self._channel[kinds[leaves]],
        )


def within(rng: np.random.Generator, n: int, step_ms: int) -> Ints:
    """Times after the decision, uniform over the middle of the step."""
    return np.asarray((rng.uniform(EARLIEST, LATEST, n) * step_ms).astype(np.int64))
