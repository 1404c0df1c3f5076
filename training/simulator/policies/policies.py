"""Policies to compare.

From doing nothing to the marketer's playbook and the policy that made the log. Each answers with exact
probabilities over the treatments. They see what a company can see; only the planner (``planner.py``) looks at
``View.truth``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.domain.history import History
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from training.simulator.world.state import State
from training.simulator.world_file.truth import LoggingTruth


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """What is known of ``n`` customers at their next decision.

    Attributes:
        instant: (n,) when they decide. phase: (n,) as the records tell. eligible: (n, T).
        history: all that the records hold so far; None when no policy of the comparison reads it.
        attributes: one mapping a customer. remaining: decisions to come, this one included.
        truth: the hidden state; for the planner alone.
    """

    instant: Ints
    phase: Ints
    eligible: Mask
    history: History | None
    attributes: Sequence[Mapping[str, Any]]
    remaining: int
    truth: State


class Policy(Protocol):
    """Chooses for many customers at once."""

    @property
    def name(self) -> str:
        """As the tables show it."""

    @property
    def reads_history(self) -> bool:
        """Whether ``View.history`` must be there."""

    def probabilities(self, view: View) -> Floats:
        """Probability of each treatment, (n, T); rows sum to one, 0 where not eligible."""


@dataclass(frozen=True)
class DoNothing:
    """Never contacts anybody."""

    name: str = "do nothing"
    reads_history: bool = False

    def probabilities(self, view: View) -> Floats:
        return certain(np.zeros(len(view.phase), dtype=np.int64), view.eligible.shape[1])


@dataclass(frozen=True)
class RandomEligible:
    """Uniform over the eligible treatments, doing nothing included."""

    name: str = "random"
    reads_history: bool = False

    def probabilities(self, view: View) -> Floats:
        return uniform(view.eligible)


@dataclass(frozen=True, eq=False)
class MostPopular:
    """Takes the eligible treatment with the most positive responses."""

    positives: Floats
    name: str = "most popular"
    reads_history: bool = False

    def probabilities(self, view: View) -> Floats:
        return best(np.broadcast_to(self.positives, view.eligible.shape), view.eligible)


class PlaybookPolicy:
    """The marketer's order.

    The first action of the phase that is eligible, on its first channel.
    """

    name = "playbook"
    reads_history = False

    def __init__(self, journey: Journey) -> None:
        self._rank = _playbook_ranks(journey)

    def probabilities(self, view: View) -> Floats:
        return best(-self._rank[view.phase], view.eligible & np.isfinite(self._rank[view.phase]))


class LoggingPolicy:
    """How the log was made.

    A playbook with noise, pauses, and a stated share of exploration. With probability ``exploration`` uniform
    over the eligible treatments (doing nothing included). Else with probability ``pause`` nothing; else the
    playbook's k-th eligible action of the phase (from 0) with probability ``sharpness (1 - sharpness)^k``,
    normalised; doing nothing if none is eligible. The channel is with probability ``mix_channels`` any of the
    action's eligible ones, else the first of them.
    """

    name = "logging policy"
    reads_history = False

    def __init__(self, journey: Journey, truth: LoggingTruth) -> None:
        self._truth = truth
        self._rank = _playbook_ranks(journey)
        self._members = _playbook_members(journey)

    def probabilities(self, view: View) -> Floats:
        """Exact; what is logged as ``action_probability``."""
        truth = self._truth
        chosen = np.zeros(view.eligible.shape)
        remaining = np.ones(len(view.phase))
        order = -self._rank[view.phase]
        for members in self._members:  # one rank of the playbook after the other
            able = members[view.phase] & view.eligible
            taken = np.where(able.any(axis=1), truth.sharpness * remaining, 0.0)
            channels = truth.mix_channels * uniform(able) + (1 - truth.mix_channels) * best(order, able)
            chosen += channels * taken[:, None]
            remaining -= taken
        total = chosen.sum(axis=1, keepdims=True)
        chosen = np.divide(chosen, total, out=chosen, where=total > 0) * (1 - truth.pause)
        chosen[:, 0] += 1 - chosen.sum(axis=1)
        mixed: Floats = (1 - truth.exploration) * chosen + truth.exploration * uniform(view.eligible)
        return mixed


def _playbook_members(journey: Journey) -> list[Mask]:
    """For each rank of the playbook: which treatments of which phase are of that action, (P, T)."""
    depth = max((len(actions) for actions in journey.playbook.values()), default=0)
    members = [np.zeros((len(journey.phases), len(journey.treatments)), dtype=bool) for _ in range(depth)]
    for phase, actions in journey.playbook.items():
        for rank, action in enumerate(actions):
            members[rank][journey.phase_index[phase]] = [t.action == action for t in journey.treatments]
    return members


def _playbook_ranks(journey: Journey) -> Floats:
    """Position of each treatment in the phase's playbook, channels in the file's order; inf: not in it."""
    catalogue = Catalogue.of(journey)
    rank = np.full((len(journey.phases), len(journey.treatments)), np.inf)
    rank[:, 0] = 1e6  # doing nothing comes last, but comes
    for k, members in enumerate(_playbook_members(journey)):
        for t, (action, channel) in enumerate(zip(catalogue.actions, catalogue.channels, strict=True)):
            if action is not None and channel is not None:
                rank[members[:, t], t] = k + action.channels.index(channel.name) / 100
    return rank


def uniform(eligible: Mask) -> Floats:
    """Equal probabilities over the eligible treatments; zero where there is none."""
    result: Floats = eligible / np.maximum(eligible.sum(axis=1, keepdims=True), 1)
    return result


def best(score: Floats, eligible: Mask) -> Floats:
    """All probability on the eligible treatment with the highest score; the first one on ties."""
    choice = np.where(eligible, score, -np.inf).argmax(axis=1)
    return certain(choice, eligible.shape[1])


def certain(treatment: Ints, n_treatments: int) -> Floats:
    """All probability on the given treatments."""
    probabilities = np.zeros((len(treatment), n_treatments))
    probabilities[np.arange(len(treatment)), treatment] = 1.0
    return probabilities


def draw(probabilities: Floats, u: Floats) -> Ints:
    """One treatment a row, by inverse transform of uniforms ``u``; never one of probability 0."""
    cumulative = np.cumsum(probabilities, axis=1)
    return np.asarray((cumulative <= (u * cumulative[:, -1])[:, None]).sum(axis=1))
