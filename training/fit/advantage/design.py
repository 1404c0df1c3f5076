"""The columns of the effect regression, in groups that are shrunk together.

A column is the innovation of a treatment (what was done minus its probability) times what its effect may
depend on. Moments and predictions go through small tables; only the Gram matrix sees whole columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import AnyFloats, Floats, Floats32, Ints, Mask
from models.learned.advantage.model import CONTACT, Effects, Situation
from training.fit.advantage.rows import Problem

CHUNK: Final = 8_192

GROUPS: Final = (
    "all", "channel", "treatment", "phase", "phase × treatment", "attribute", "channel × attribute",
    "treatment × attribute", "contact", "recent",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Columns for a problem with K attributes."""

    problem: Problem
    attributes: int

    def _sizes(self) -> list[int]:
        p, a, c, k = self.problem.phases, self.problem.treatments - 1, self.problem.channels, self.attributes
        return [1, c, a, p, p * a, k, c * k, a * k, len(CONTACT), a]

    def groups(self) -> Ints:
        """Group of each column, as positions in ``GROUPS``."""
        return np.repeat(np.arange(len(GROUPS)), self._sizes())

    def _channels(self) -> Floats:
        """(A - 1, C), which treatment uses which channel."""
        result: Floats = np.eye(self.problem.channels)[self.problem.channel[1:]]
        return result

    def gram(self, situation: Situation, weight: Floats32, known: Mask | None = None) -> Floats:
        """Z'Z; ``weight`` (n, A) is the innovation times scale over noise.

        Args:
            known: (G,) groups of columns to look at; the others count as nil.
        """
        groups = self.groups()
        own = np.arange(len(groups)) if known is None else np.flatnonzero(known[groups])
        total = np.zeros((len(own), len(own)))
        for low in range(0, len(weight), CHUNK):
            part = slice(low, low + CHUNK)
            z = self._columns(rows_of(situation, part), weight[part], known)
            total += z.T @ z
        if known is None:
            return total
        whole = np.zeros((len(groups), len(groups)))
        whole[np.ix_(own, own)] = total
        return whole

    def _columns(self, s: Situation, weight: Floats32, known: Mask | None = None) -> Floats32:
        n, contacts = len(weight), weight[:, 1:].astype(np.float32)
        any_ = contacts.sum(axis=1, keepdims=True)
        channel = contacts @ self._channels().astype(np.float32)
        tires = contacts @ self.problem.tires[1:, None].astype(np.float32)
        belief, x = s.belief.astype(np.float32), s.attributes.astype(np.float32)

        def products(left: Floats32, right: Floats32) -> Floats32:
            return (left[:, :, None] * right[:, None, :]).reshape(n, -1)

        blocks: list[Callable[[], AnyFloats]] = [
            lambda: any_,
            lambda: channel,
            lambda: contacts,
            lambda: belief * any_,
            lambda: products(belief, contacts),
            lambda: x * any_,
            lambda: products(channel, x),
            lambda: products(contacts, x),
            lambda: np.column_stack(
                [
                    (channel * s.taste).sum(axis=1),
                    s.contact[:, :2] * tires,
                    s.contact[:, 2:] * any_,
                ]
            ),
            lambda: contacts * s.recent[:, 1:],
        ]
        chosen = [each() for g, each in enumerate(blocks) if known is None or known[g]]
        return np.concatenate(chosen or [contacts[:, :0]], axis=1, dtype=np.float32)

    def moment(self, s: Situation, weighted: Floats) -> Floats:
        """Z'e; ``weighted`` (n, A) is the innovation times scale and residual over noise."""
        contacts, channels = weighted[:, 1:], self._channels()
        any_ = contacts.sum(axis=1)
        by_phase = s.belief.T @ contacts
        by_attribute = contacts.T @ s.attributes
        tires = contacts @ self.problem.tires[1:]
        taste = ((contacts @ channels) * s.taste).sum()
        return np.concatenate(
            [
                [any_.sum()],
                contacts.sum(axis=0) @ channels,
                contacts.sum(axis=0),
                by_phase.sum(axis=1),
                by_phase.ravel(),
                by_attribute.sum(axis=0),
                (channels.T @ by_attribute).ravel(),
                by_attribute.ravel(),
                [taste],
                tires @ s.contact[:, :2],
                any_ @ s.contact[:, 2:],
                (contacts * s.recent[:, 1:]).sum(axis=0),
            ]
        )

    def cell_errors(self, covariance: Floats) -> Floats:
        """(P, A) standard errors of what the phase says of each treatment; 0 for doing nothing."""
        p, a, c = self.problem.phases, self.problem.treatments - 1, self.problem.channels
        phase, own = (each.ravel() for each in np.indices((p, a)))
        first = np.cumsum([0, 1, c, a, p])
        at = np.stack(
            [
                np.zeros_like(own),
                first[1] + self.problem.channel[1:][own],
                first[2] + own,
                first[3] + phase,
                first[4] + phase * a + own,
            ]
        )
        variance = covariance[at[:, None], at[None]].sum(axis=(0, 1))
        errors = np.zeros((p, a + 1))
        errors[:, 1:] = np.sqrt(np.maximum(variance, 0.0)).reshape(p, a)
        return errors

    def personal_errors(self, covariance: Floats) -> Floats:
        """(A,) standard errors of what attributes say of each treatment, for the usual customer."""
        a, c, k = self.problem.treatments - 1, self.problem.channels, self.attributes
        first = int(np.cumsum(self._sizes())[4])
        own, of = (each.ravel() for each in np.indices((a, k)))
        channel = self.problem.channel[1:][own]
        at = np.stack([first + of, first + k + channel * k + of, first + k + c * k + own * k + of])
        variance = covariance[at[:, None], at[None]].sum(axis=(0, 1)).reshape(a, k).sum(axis=1)
        return np.append(0.0, np.sqrt(np.maximum(variance, 0.0)))

    def effects(self, coefficients: Floats) -> Effects:
        """The tables that the coefficients add up to."""
        p, a, k = self.problem.phases, self.problem.treatments - 1, self.attributes
        parts = np.split(coefficients, np.cumsum(self._sizes())[:-1])
        every, channel, own, phase, cell, x, channel_x, own_x, contact, recent = parts
        channels = self._channels()
        by_phase = every + channels @ channel + own + phase[:, None] + cell.reshape(p, a)
        by_attribute = x + channels @ channel_x.reshape(channels.shape[1], k) + own_x.reshape(a, k)
        return Effects(
            channel=self.problem.channel,
            tires=self.problem.tires,
            by_phase=np.column_stack([np.zeros(p), by_phase]),
            by_attribute=np.vstack([np.zeros(k), by_attribute]),
            by_contact=contact,
            by_recent=np.append(0.0, recent),
        )


def rows_of(s: Situation, part: slice | Ints | Mask) -> Situation:
    """Some of the decisions."""
    return Situation(
        scale=s.scale[part], belief=s.belief[part], attributes=s.attributes[part], taste=s.taste[part],
        contact=s.contact[part], recent=s.recent[part], stake=s.stake[part],
    )  # fmt: skip
