"""Coefficients from the names and numbers of a world file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.arrays import Floats
from models.policy.eligibility.catalogue import Catalogue
from training.simulator.world.equations import Equations
from training.simulator.world_file.truth import QUIET, ActionTruth, ChannelTruth, WorldFile


def equations_of(world: WorldFile) -> Equations:
    """The coefficients of ``Equations`` from the names and numbers of a world file."""
    journey, catalogue = world.journey, Catalogue.of(world.journey)
    base, forward, backward = _chain(world)
    quiet = np.zeros_like(base)
    quiet[:, -1] = 1.0
    warmth, fatigue = world.warmth, world.fatigue
    actions = [None if a is None else world.actions[a.name] for a in catalogue.actions]
    channels = [None if c is None else world.channels[c.name] for c in catalogue.channels]
    both = list(zip(actions, channels, strict=True))
    return Equations(
        base=base,
        move_warmth=warmth.forward * forward + warmth.backward * backward + warmth.quiet * quiet,
        move_fatigue=fatigue.forward * forward + fatigue.backward * backward + fatigue.quiet * quiet,
        effect=_effects(world, actions, channels),
        forward=forward,
        slope=np.array([0.0 if a is None else a.slope for a in actions]),
        response=_responses(world, actions, channels),
        response_warmth=np.array([0.0 if a is None else warmth.response for a in actions]),
        response_fatigue=fatigue.response,
        taste_effect=world.taste.effect,
        load=np.array([0.0 if a is None or c is None else a.load * c.load for a, c in both]),
        retained=fatigue.retained,
        value=catalogue.value,
        cost=catalogue.cost,
        entry_value=np.array([phase.value for phase in journey.phases]),
        channel=catalogue.channel.astype(np.int64),
    )


def _chain(world: WorldFile) -> tuple[Floats, Floats, Floats]:
    """Base logits, and which alternatives lead forward or backward, each (P, P + 1).

    From the last phase every move is forward: it starts the journey again.
    """
    journey = world.journey
    count = len(journey.phases)
    base = np.full((count, count + 1), -np.inf)
    forward, backward = np.zeros((count, count + 1)), np.zeros((count, count + 1))
    for name, phase in world.phases.items():
        s = journey.phase_index[name]
        base[s, s] = np.log(1.0 - sum(phase.moves.values()))
        for target, probability in phase.moves.items():
            j = count if target == QUIET else journey.phase_index[target]
            base[s, j] = np.log(probability) if probability > 0 else -np.inf
            if target != QUIET:
                (forward if j > s or s == count - 1 else backward)[s, j] = 1.0
    return base, forward, backward


def _effects(
    world: WorldFile, actions: Sequence[ActionTruth | None], channels: Sequence[ChannelTruth | None]
) -> Floats:
    index = world.journey.phase_index
    count = len(index)
    effect = np.zeros((count, len(actions), count + 1))
    for t, (action, channel) in enumerate(zip(actions, channels, strict=True)):
        if action is None or channel is None:
            continue
        for source, targets in action.moves.items():
            for target, log_odds in targets.items():
                effect[index[source], t, index.get(target, count)] = log_odds * channel.reach
    return effect


def _responses(
    world: WorldFile, actions: Sequence[ActionTruth | None], channels: Sequence[ChannelTruth | None]
) -> Floats:
    response = np.full((len(world.journey.phases), len(actions)), -np.inf)
    for t, (action, channel) in enumerate(zip(actions, channels, strict=True)):
        if action is None or channel is None:
            continue
        for phase, probability in action.response.items():
            if 0 < probability < 1:
                odds = np.log(probability / (1 - probability))
                response[world.journey.phase_index[phase], t] = odds + channel.response
    return response
