"""The measure ``lift``: what the arms earned.

Control arms of the journey file, and the bundle on trial as challenger against the champion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from models.arrays import Mask
from models.domain.history import DAY_MS, from_ms
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy
from models.measures.customers import Customers, customers_of, daily_worth, within
from models.measures.fair_draw import fair_draw
from models.measures.lift import Comparison, arm_result, compare, series
from models.measures.log.records import Log
from models.registry import Trial
from nba_service.measures.promising import outages
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading
from nba_service.measures.shadows import shadow_estimate

_FEWEST_DAYS: Final = 2
_NO_NAME: Final = 0
"""The code of no name (``Names``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A bundle on trial for a share of the customers."""

    bundle: str
    champion: str
    share: float


def lift(
    reading: Reading,
    journey: Journey,
    question: Question,
    challenge: Challenge | None,
    shadow: Trial | None = None,
) -> dict[str, Any]:
    """The measure as JSON values."""
    log, without_arm = _drawn(reading.since, _of_phase(reading, question))
    customers = customers_of(log, reading.since, reading.until)
    arms = _Arms(reading, journey, question, customers, log)
    young = arms.open_from
    return {
        "arms": arms.results(),
        "comparisons": arms.comparisons(),
        "draw": arms.draw(),
        "without_arm": without_arm,
        "outages": outages(reading),
        "young": {
            "since": from_ms(young).date().isoformat(),
            "days": max(0, -(-(reading.now - young) // DAY_MS)),
        },
        "challenger": None if challenge is None else arms.challenger(challenge),
        "shadow": None if shadow is None else shadow_estimate(reading, journey, question, shadow),
    }


class _Arms:
    """The customers of a period by arm."""

    def __init__(
        self, reading: Reading, journey: Journey, question: Question, customers: Customers, log: Log
    ) -> None:
        self._reading = reading
        self._journey = journey
        self._hide = question.hide_below
        self._customers = customers
        days = (reading.until - reading.since) // DAY_MS
        self._passed = max(1, min(days, -(-(reading.now - reading.since) // DAY_MS)))
        self._share = self._passed / days
        self._daily = daily_worth(log, customers.key, reading.since, self._passed)
        names = reading.names
        self._designed = {arm.name: arm for arm in journey.objective.arms}
        seen = [names.name(code) for code in np.unique(customers.arm).tolist()]
        order = [*self._designed, *(name for name in seen if name not in self._designed)]
        self._members = {name: (customers.arm == names.find(name)) & ~customers.mixed for name in order}
        decisions = within(log.decisions, reading.since, reading.until)
        waiting = decisions["at"][decisions["until"] > reading.now]
        self.open_from = int(waiting.min()) if len(waiting) else reading.now

    def results(self) -> list[dict[str, Any]]:
        return [
            arm_result(self._customers, members, name, *self._design(name)).to_json(self._hide)
            for name, members in self._members.items()
        ]

    def comparisons(self) -> list[dict[str, Any]]:
        """Ours against each control arm: ours are those with the learned policy."""
        ours = [arm for arm in self._designed.values() if arm.policy is ArmPolicy.DEFAULT]
        controls = [arm for arm in self._designed.values() if arm.policy is not ArmPolicy.DEFAULT]
        return [
            self._comparison(self._members[one.name], self._members[other.name], (one.name, other.name))
            for one in ours
            for other in controls
        ]

    def draw(self) -> dict[str, Any]:
        designed = {name: arm.share for name, arm in self._designed.items()}
        seen = {name: int(members.sum()) for name, members in self._members.items()}
        return fair_draw(designed, seen, int(self._customers.mixed.sum())).to_json()

    def challenger(self, challenge: Challenge) -> dict[str, Any]:
        """Customers of the learned policy whom the challenger decided for, against the champion's."""
        names, bundle = self._reading.names, self._customers.bundle
        learned = np.zeros(len(self._customers), dtype=bool)
        for name, arm in self._designed.items():
            if arm.policy is ArmPolicy.DEFAULT:
                learned |= self._members[name]
        sides: Mapping[str, Mask] = {
            who: learned & (bundle == names.find(who)) for who in (challenge.bundle, challenge.champion)
        }
        shares = {challenge.bundle: challenge.share, challenge.champion: 1 - challenge.share}
        draw = fair_draw(shares, {who: int(members.sum()) for who, members in sides.items()})
        own, champion = sides.values()
        compared = self._comparison(own, champion, (challenge.bundle, challenge.champion))
        return {
            "bundle": challenge.bundle,
            "champion": challenge.champion,
            "share": challenge.share,
            "comparison": compared,
            "draw": draw.to_json(),
        }

    def _comparison(self, ours: Mask, theirs: Mask, names: tuple[str, str]) -> dict[str, Any]:
        found = compare(self._customers, ours, theirs, names, share=self._share, days=float(self._passed))
        if 0 < found.seen < self._hide:
            hidden = f"fewer than {self._hide} customers: hidden for this key"
            return replace(_without_figures(found), refused=hidden).to_json()
        if found.difference is None or self._passed < _FEWEST_DAYS:
            return found.to_json()
        days = series(self._daily, self._customers, ours, theirs, self._reading.since, self.open_from)
        return replace(found, series=days).to_json()

    def _design(self, name: str) -> tuple[str | None, float | None]:
        arm = self._designed.get(name)
        return (None, None) if arm is None else (arm.policy.value, arm.share)


def _without_figures(found: Comparison) -> Comparison:
    return replace(
        found, difference=None, once=None, total_eur=None, seen=0, needed=None, days_to_go=None, series=()
    )


def _drawn(since: int, log: Log) -> tuple[Log, int]:
    """Records whose decisions of the period were made in an arm, and how many were not.

    They were imported, or there were no arms yet; earlier ones still say what customers were worth.
    """
    outside = (log.decisions["arm"] == _NO_NAME) & (log.decisions["at"] >= since)
    return replace(log, decisions=log.decisions[~outside]), int(outside.sum())


def _of_phase(reading: Reading, question: Question) -> Log:
    """Records whose decisions were made in the phase that is asked for."""
    if question.phase is None:
        return reading.log
    decisions = reading.log.decisions
    return replace(reading.log, decisions=decisions[decisions["phase"] == reading.names.find(question.phase)])
