"""Which share of the responses has come by a certain age.

Young decisions have no answer yet; taking that for a refusal would make every action look worse in its
first days. The share is read from the delays of the responses that did come, corrected for the ones that
have not had the time to (they are missing from the sample the more, the longer they take).

Knows counts by age and delay; knows nothing of stores, and of propensities only their sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.arrays import Floats
from models.domain.journey import Journey

ENOUGH: Final = 20
"""Responses from which delays are learned; with fewer, only decisions older than their window count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCount:
    """Decisions that are alike.

    Attributes:
        ours: made by the bundle that decides now.
        age_hours: since delivery, rounded down.
        delay_hours: from delivery to the first positive response within the window, rounded down as
            ``age_hours`` is; None: none so far.
        number: of decisions.
        propensity: sum of the model's own propensities over them.
        variant: of the texts; None: the action has none.
    """

    phase: str
    action: str
    channel: str | None
    ours: bool
    age_hours: int
    delay_hours: int | None
    number: int
    propensity: float
    variant: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A distribution function over hours.

    ``share[i]`` at and after ``hours[i]``, 0 before the first.
    """

    hours: Floats
    share: Floats

    def at(self, hours: float) -> float:
        place = int(np.searchsorted(self.hours, hours, side="right")) - 1
        return 0.0 if place < 0 else float(self.share[place])


class Delays:
    """Delay curves by channel.

    Where a channel has too few responses, the curve of all channels together. Where no decision is as old as
    the window, the curve ends early and says nothing of the rest. What part it covers is then taken from the
    model: all responses so far ÷ all expected by the curve, at most 1. Until the first windows are over an
    update therefore compares treatments with each other, not with the model.
    """

    __slots__ = ("_curves", "_scale", "_window")

    def __init__(
        self, window: Mapping[str, float], curves: Mapping[str | None, Curve], scale: float = 1.0
    ) -> None:
        self._window = window
        self._curves = curves
        self._scale = scale

    @classmethod
    def of(cls, journey: Journey, counts: Sequence[ResponseCount]) -> Delays:
        """The curves that ``counts`` (of any bundle) show."""
        window = {a.name: journey.response_window(a.name) * 24.0 for a in journey.actions}
        answered = [count for count in counts if count.delay_hours is not None]
        curves: dict[str | None, Curve] = {}
        if sum(count.number for count in answered) >= ENOUGH:
            curves[None] = learn_curve(answered)
        for channel in {count.channel for count in answered} - {None}:
            mine = [count for count in answered if count.channel == channel]
            if sum(count.number for count in mine) >= ENOUGH:
                curves[channel] = learn_curve(mine)
        delays = cls(window, curves)
        oldest = max((count.age_hours for count in counts), default=0)
        if not curves or oldest >= max(window.values(), default=0.0):
            return delays
        return cls(window, curves, delays._covered(counts))

    def answered_by(self, action: str, channel: str | None, age_hours: float) -> float:
        """Share of the positive responses that has come at this age, in [0, 1]."""
        window = self._window.get(action)
        if window is None:
            return 0.0
        if age_hours >= window:
            return 1.0
        curve = self._curves.get(channel) or self._curves.get(None)
        if curve is None:
            return 0.0
        return self._scale * min(curve.at(age_hours) / max(curve.at(window), 1e-9), 1.0)

    def _covered(self, counts: Sequence[ResponseCount]) -> float:
        ours = [count for count in counts if count.ours]
        expected = sum(c.propensity * self.answered_by(c.action, c.channel, c.age_hours) for c in ours)
        came = sum(c.number for c in ours if c.delay_hours is not None)
        return 1.0 if expected <= 0.0 else min(max(came, 1) / expected, 1.0)


def learn_curve(answered: Sequence[ResponseCount]) -> Curve:
    """The delay distribution from right-truncated delays, by reversed hazards.

    A response of delay d is only seen if the decision is at least d old. At each delay v the chance of d = v
    given d <= v is estimated among the responses that would have been seen either way (d <= v <= age); the
    product over all later v is P(d <= u).

    Note:
        Lynden-Bell, MNRAS 1971; Lawless, "Adjustments for reporting delays", Canadian J. Stat. 1994.
    """
    delay = np.array([count.delay_hours for count in answered], dtype=np.float64)
    age = np.array([count.age_hours for count in answered], dtype=np.float64)
    number = np.array([count.number for count in answered], dtype=np.float64)
    hours = np.unique(delay)
    here = ((delay == hours[:, None]) * number).sum(axis=1)
    at_risk = (((delay <= hours[:, None]) & (age >= hours[:, None])) * number).sum(axis=1)
    earlier = 1.0 - here / np.maximum(at_risk, here)
    share = np.append(np.cumprod(earlier[::-1])[::-1][1:], 1.0)
    return Curve(hours, share)
