"""The treatments of a journey as arrays.

Knows what the journey file says of each treatment; knows nothing of a customer. Position in every array
is the treatment's code; position 0 is doing nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import Codes, Floats, Mask
from models.domain.actions import Action, Channel, Purpose
from models.domain.journey import Journey


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What the journey file says of each of its T treatments.

    Attributes:
        action, channel: shape (T,), int32 codes; -1 for doing nothing.
        actions, channels: the objects behind the codes; None for doing nothing.
        value, cost, lever: shape (T,). EUR of a positive response, EUR a contact, factor.
        shadow_price: shape (T,). EUR that a contact of the channel is worth elsewhere.
        marketing, outbound: shape (T,). False for doing nothing.
        phases: shape (P, T). Whether the treatment is meant for the phase.
        conflicts: shape (T, T). Whether two treatments may not stand in one answer: the same action, or
            actions of which either names the other as a conflict.
    """

    action: Codes
    channel: Codes
    actions: tuple[Action | None, ...]
    channels: tuple[Channel | None, ...]
    value: Floats
    cost: Floats
    shadow_price: Floats
    lever: Floats
    marketing: Mask
    outbound: Mask
    phases: Mask
    conflicts: Mask

    @classmethod
    def of(cls, journey: Journey) -> Catalogue:
        """Compiles the catalogue of ``journey``."""
        actions = tuple(_action(journey, t.action) for t in journey.treatments)
        codes = _codes([-1 if a is None else journey.action_index[a.name] for a in actions])
        channels = tuple(_channel(journey, t.channel) for t in journey.treatments)
        return cls(
            action=codes,
            channel=_codes([-1 if c is None else journey.channel_index[c.name] for c in channels]),
            actions=actions,
            channels=channels,
            value=np.array([0.0 if a is None else a.value for a in actions]),
            cost=np.array([0.0 if c is None else c.cost for c in channels]),
            shadow_price=np.array([0.0 if c is None else c.shadow_price or 0.0 for c in channels]),
            lever=np.array([_lever(journey, a) for a in actions]),
            marketing=np.array([a is not None and a.purpose is Purpose.MARKETING for a in actions]),
            outbound=np.array([c is not None and not c.inbound for c in channels]),
            phases=_phases(journey, actions),
            conflicts=_conflicts(journey, codes),
        )

    def where(
        self,
        *,
        actions: Collection[str] = (),
        groups: Collection[str] = (),
        purposes: Collection[Purpose] = (),
        channels: Collection[str] = (),
    ) -> Mask:
        """Treatments of the named actions, groups, purposes and channels, shape (T,).

        An empty filter means all. Doing nothing is never among them.
        """
        among = self.action >= 0
        for wanted, named in (
            (actions, self._named.action),
            (groups, self._named.group),
            (purposes, self._named.purpose),
            (channels, self._named.channel),
        ):
            if wanted:
                among &= _any_of(named, wanted, len(among))
        return among

    @cached_property
    def _named(self) -> _Named:
        return _Named.of(self.actions, self.channels)


@dataclass(frozen=True, slots=True)
class _Named:
    """Positions of the treatments of each action, group, purpose and channel."""

    action: Mapping[str, Sequence[int]]
    group: Mapping[str, Sequence[int]]
    purpose: Mapping[str, Sequence[int]]
    channel: Mapping[str, Sequence[int]]

    @classmethod
    def of(cls, actions: tuple[Action | None, ...], channels: tuple[Channel | None, ...]) -> _Named:
        by_name: tuple[dict[str, list[int]], ...] = ({}, {}, {}, {})
        for position, (a, c) in enumerate(zip(actions, channels, strict=True)):
            if a is not None and c is not None:
                for names, name in zip(by_name, (a.name, a.group, a.purpose, c.name), strict=True):
                    if name is not None:
                        names.setdefault(name, []).append(position)
        return cls(*by_name)


def _any_of(named: Mapping[str, Sequence[int]], wanted: Collection[str], size: int) -> Mask:
    mask = np.zeros(size, dtype=np.bool_)
    for name in wanted:
        mask[named.get(name, ())] = True
    return mask


def _action(journey: Journey, name: str) -> Action | None:
    index = journey.action_index.get(name)
    return None if index is None else journey.actions[index]


def _channel(journey: Journey, name: str | None) -> Channel | None:
    return None if name is None else journey.channels[journey.channel_index[name]]


def _codes(codes: list[int]) -> Codes:
    return np.array(codes, dtype=np.int32)


def _lever(journey: Journey, action: Action | None) -> float:
    if action is None:
        return 1.0
    levers = journey.objective.levers
    own, group = levers.get(action.name, 1.0), levers.get(action.group or "", 1.0)
    return own * (group if action.group != action.name else 1.0)


def _phases(journey: Journey, actions: tuple[Action | None, ...]) -> Mask:
    return np.array(
        [[a is None or not a.phases or p.name in a.phases for a in actions] for p in journey.phases]
    )


def _conflicts(journey: Journey, action: Codes) -> Mask:
    """Symmetric; doing nothing conflicts with nothing, itself included."""
    pairs = np.zeros((len(journey.actions) + 1,) * 2, dtype=np.bool_)  # the last one: doing nothing
    for code, one in enumerate(journey.actions):
        pairs[code, code] = True
        for name in one.conflicts:
            if (other := journey.action_index.get(name)) is not None:
                pairs[code, other] = pairs[other, code] = True
    return np.asarray(pairs[action[:, None], action])
