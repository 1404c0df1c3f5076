"""A second look at stored decisions, while they are rolled up.

Which rule alone stood in the way of those who got nothing, and what the shadow would have done: of every
decision since its trial began, so none is dropped. What was worked out once stays in the packed records.
Knows rows and engines; what is worked out is in ``models/policy/rehearsal``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import structlog

from models.arrays import Records
from models.domain.decision import DecisionRequest, Reason
from models.domain.history import DAY_MS
from models.errors import NBAError
from models.measures.log.facts import DecisionFact
from models.measures.log.records import SHADOW, Log, Names
from models.policy.engine import Engine
from models.policy.rehearsal.second_look import lone_refusals, other_choice
from nba_service.store.rows import DecisionRow

LOOK_BACK_DAYS: Final = 92
"""Older decisions that got nothing are not looked at again."""

log: Final = structlog.get_logger(__name__)

Rows = Callable[[Sequence[str]], Mapping[str, DecisionRow]]
Recall = Callable[[DecisionRow], tuple[Engine, DecisionRequest]]
"""The engine that made a stored decision, and all that was known then."""

Key = tuple[int, int]
"""Customer and time of a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowTrial:
    """The bundle that is computed next to what decides.

    ``since``: when its trial began (ms).
    """

    bundle: str
    since: int
    engine: Engine


class SecondLook:
    """Completes fresh records by what a second look at the decisions says."""

    def __init__(self, rows: Rows, recall: Recall, shadow: ShadowTrial | None) -> None:
        self._rows = rows
        self._recall = recall
        self.shadow = shadow

    def complete(
        self, fresh: Log, facts: Sequence[DecisionFact], before: Mapping[str, Records], names: Names, now: int
    ) -> Log:
        """The records of people with what was looked up.

        Args:
            fresh: their records; decisions stand as in ``facts``.
            before: kind → records of the same people as they are stored; what they know is not asked again.
            now: ms.
        """
        keys = list(zip(fresh.decisions["customer"].tolist(), fresh.decisions["at"].tolist(), strict=True))
        alone = self._known_alone(before["refusals"])
        seen, made = self._known_shadows(before["shadows"], names), Counter(keys)
        since = now - LOOK_BACK_DAYS * DAY_MS
        nothing = [
            row
            for row, fact in enumerate(facts)
            if fact.reason == Reason.NOTHING_ELIGIBLE and keys[row][1] >= since and keys[row] not in alone
        ]
        unseen = [
            row
            for row in self._of_trial(keys)
            if seen[keys[row]] != made[keys[row]] and facts[row].bundle is not None  # else it was imported
        ]
        stored = self._rows([facts[row].decision_id for row in sorted({*nothing, *unseen})])
        for row in nothing:
            found = self._alone(stored.get(facts[row].decision_id))
            if found is not None:
                alone[keys[row]] = {names.code(code): count for code, count in found.items()}
        added = np.array(
            [record for row in unseen if (record := self._shadow(stored, facts[row], keys[row], names))],
            dtype=SHADOW,
        )
        kept = before["shadows"][[0 < seen[key] == made[key] for key in _keys(before["shadows"])]]
        return replace(
            fresh, refusals=_with_alone(fresh.refusals, alone), shadows=np.concatenate([kept, added])
        )

    def _of_trial(self, keys: Sequence[Key]) -> Iterator[int]:
        if self.shadow is not None:
            yield from (row for row, (_, at) in enumerate(keys) if at >= self.shadow.since)

    @staticmethod
    def _known_alone(refusals: Records) -> dict[Key, dict[int, int]]:
        known: dict[Key, dict[int, int]] = {}
        for customer, at, code, alone in refusals[["customer", "at", "code", "alone"]].tolist():
            if alone >= 0:
                known.setdefault((customer, at), {})[code] = alone
        return known

    def _known_shadows(self, shadows: Records, names: Names) -> Counter[Key]:
        """How many decisions of each customer and moment this shadow has looked at."""
        if self.shadow is None:
            return Counter()
        return Counter(_keys(shadows[shadows["bundle"] == names.find(self.shadow.bundle)]))

    def _alone(self, row: DecisionRow | None) -> Mapping[str, int] | None:
        """None: too little is kept of the decision, or its bundle is gone."""
        try:
            return None if row is None else lone_refusals(*self._recall(row))
        except NBAError:
            return None

    def _shadow(
        self, stored: Mapping[str, DecisionRow], fact: DecisionFact, key: Key, names: Names
    ) -> tuple[object, ...] | None:
        """The record of a decision; None: what was known then is not kept."""
        row, shadow = stored.get(fact.decision_id), self.shadow
        if row is None or shadow is None:
            return None
        try:
            _, request = self._recall(row)
        except NBAError:
            return None
        bundle = names.code(shadow.bundle)
        try:
            other = other_choice(shadow.engine, request, (fact.action, fact.channel))
        except Exception:  # a shadow is on trial: it may fail in any way
            log.exception("shadow_failed", decision=fact.decision_id)
            return (*key, bundle, 0, 0, 1, np.nan)
        return (*key, bundle, names.code(other.action), names.code(other.channel), 0, other.probability)


def _keys(records: Records) -> list[Key]:
    return list(zip(records["customer"].tolist(), records["at"].tolist(), strict=True))


def _with_alone(refusals: Records, alone: Mapping[Key, Mapping[int, int]]) -> Records:
    """Refusals of decisions that were looked at, each with what its code alone refused."""
    filled = refusals.copy()
    for place, (customer, at, code) in enumerate(refusals[["customer", "at", "code"]].tolist()):
        counts = alone.get((customer, at))
        if counts is not None:
            filled["alone"][place] = counts.get(code, 0)
    return filled
