"""Measures of one service: what pages, the API and commands ask.

Reads rollups, never the tables that decisions are made from. What was computed is kept until something is
rolled up anew. Knows where records, the journey file and trials come from; each measure is a module.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from models.domain.history import DAY_MS, to_iso
from models.domain.journey import Journey
from models.policy.scoring.updates import read_update
from models.policy.scoring.variant_shares import VariantShares
from models.registry import Role, Trial
from nba_service.clock import Clock
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.measures.actions.earnings import actions
from nba_service.measures.actions.variants import variants
from nba_service.measures.apprenticeship import apprentice
from nba_service.measures.cells import cells
from nba_service.measures.coverages import coverage
from nba_service.measures.demands import demand
from nba_service.measures.driving import drivers
from nba_service.measures.gaps import gap
from nba_service.measures.lifts import Challenge, lift
from nba_service.measures.promising import promises
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading, RollupAge, age_of, read_period
from nba_service.measures.rollups.pack_cache import PackCache
from nba_service.measures.steps.moves import moves
from nba_service.measures.touchpoints import touchpoints
from nba_service.store.records.configurations import ConfigurationTable
from nba_service.store.records.rollups import RollupTable
from nba_service.store.rows import UpdateRow

_KEPT: Final = 64
"""Answers that are kept."""

_MOST_KEPT: Final = 1_000_000
"""Records that are kept between two questions, at most; about 100 MB."""

Answer = dict[str, Any]


class Measures:
    """Answers questions from rollups; every answer is a dictionary of JSON values."""

    def __init__(
        self,
        table: RollupTable,
        source: EngineSource,
        wishes: ConfigurationTable,
        clock: Clock,
        latest_update: Callable[[str], UpdateRow | None] = lambda _: None,
    ) -> None:
        """``latest_update``: of a bundle, by what was learned since its training."""
        self._table = table
        self._latest_update = latest_update
        self._wishes = wishes
        self._clock = clock
        self._source = source
        self._kept: OrderedDict[tuple[object, ...], Answer] = OrderedDict()
        self._packs = PackCache()
        self._last: tuple[tuple[object, ...], Reading] | None = None
        self._lock = threading.Lock()

    def age(self) -> RollupAge:
        """When it was last rolled up."""
        return age_of(self._table)

    def lift(self, question: Question) -> Answer:
        """What the arms earned per customer, and the differences."""
        return self._answered("lift", question)

    def gap(self, question: Question) -> Answer:
        """Where customers are and where we are, phase by phase."""
        return self._answered("gap", question)

    def touchpoints(self, question: Question) -> Answer:
        """What entries into a phase are credited to."""
        return self._answered("touchpoints", question)

    def drivers(self, question: Question) -> Answer:
        """Contacts, responses and their value, and what spending brought."""
        return self._answered("drivers", question)

    def coverage(self, question: Question) -> Answer:
        """Who gets nothing, and which rules do it."""
        return self._answered("coverage", question)

    def cells(self, question: Question) -> Answer:
        """Decisions by hour and everything they are told apart by."""
        return self._answered("cells", question)

    def actions(self, question: Question) -> Answer:
        """How often each action came first, and what it earned over doing nothing."""
        return self._answered("actions", question)

    def apprentice(self, question: Question) -> Answer:
        """What callers did themselves, next to what we would have done."""
        return self._answered("apprentice", question)

    def promises(self, question: Question) -> Answer:
        """What the models promised and what came, week by week."""
        return self._answered("promises", question)

    def variants(self, question: Question) -> Answer:
        """Which texts of an action are responded to."""
        return self._answered("variants", question)

    def demand(self, question: Question) -> Answer:
        """What customers wish and cannot get, by region; read at once, not from rollups."""
        return demand(self._wishes, question, self._source.current().journey, self._clock())

    def ask(self, measure: str, question: Question) -> Answer:
        """Any measure by its name.

        Raises:
            Problem: ``NOT_FOUND``.
        """
        if measure == "demand":
            return self.demand(question)
        if measure not in MEASURES:
            names = ", ".join((*MEASURES, "demand"))
            raise Problem("NOT_FOUND", f"Expected one of {names}, got {measure[:50]!r}.")
        return self._answered(measure, question)

    def _answered(self, measure: str, question: Question) -> Answer:
        engine = self._source.current()
        trials = tuple((role, trial.bundle, trial.since) for role, trial in self._source.trials().items())
        key = (measure, question, self._table.turn(), engine.bundle_id, engine.journey.sha256, trials)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        answer = self._compute(measure, question, engine.journey)
        if measure in ("cells", "variants"):
            return answer  # megabytes, which nobody asks for twice; and shares that move meanwhile
        with self._lock:
            self._kept[key] = answer
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return answer

    def _compute(self, measure: str, question: Question, journey: Journey) -> Answer:
        before, kinds, make = MEASURES[measure]
        reading = self._read(question, journey, before, kinds)
        envelope = _envelope(measure, question, journey, reading)
        if reading is None:
            return envelope
        return {**envelope, **make(self, reading, journey, question)}

    def _read(
        self, question: Question, journey: Journey, before: float, kinds: tuple[str, ...]
    ) -> Reading | None:
        """The records of a period; the last ones are kept, for a page asks two measures of the same."""
        asked = (question.days, question.until, question.arm, question.group)
        key = (*asked, before, kinds, self._table.turn(), journey.sha256)
        with self._lock:
            if self._last is not None and self._last[0] == key:
                return self._last[1]
        before_ms = round(before * question.days * DAY_MS)
        reading = read_period(
            self._table, question, journey, before_ms=before_ms, kinds=kinds, packs=self._packs
        )
        if reading is not None:
            small = sum(len(reading.log.of(kind)) for kind in kinds) <= _MOST_KEPT
            with self._lock:
                self._last = (key, reading) if small else None
        return reading

    def ids(self, keys: Sequence[int]) -> dict[int, str]:
        """Customers' ids by what they are in records; those that are gone are left out."""
        return self._table.ids_of(keys)

    def variant_shares(self) -> VariantShares:
        """Of the texts of actions, as the champion draws them now."""
        engine = self._source.current()
        row = self._latest_update(engine.bundle_id)
        return {} if row is None else read_update(engine.journey, row.content).variants

    def challenge(self) -> Challenge | None:
        """The challenger that is on trial now."""
        trial = self._source.trials().get(Role.CHALLENGER)
        if trial is None:
            return None
        return Challenge(
            bundle=trial.bundle, champion=self._source.current().bundle_id, share=trial.share or 0.0
        )

    def shadow(self) -> Trial | None:
        """The bundle that is computed next to what decides."""
        return self._source.trials().get(Role.SHADOW)


def _lift(measures: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return lift(reading, journey, question, measures.challenge(), measures.shadow())


def _gap(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return gap(reading, journey, question)


def _touchpoints(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return touchpoints(reading, journey, question)


def _drivers(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return drivers(reading, journey, question)


def _cells(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return cells(reading, question)


def _actions(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return actions(reading, journey, question)


def _apprentice(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return apprentice(reading, journey, question)


def _moves(measures: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return moves(reading, journey, question, measures.ids)


def _promises(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return promises(reading, question)


def _variants(measures: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return variants(reading, journey, question, measures.variant_shares())


def _coverage(_: Measures, reading: Reading, journey: Journey, question: Question) -> Answer:
    return coverage(reading, journey, question)


Make = Callable[[Measures, Reading, Journey, Question], Answer]
MEASURES: Final[dict[str, tuple[float, tuple[str, ...], Make]]] = {
    "lift": (1.0, ("decisions", "moves", "shadows"), _lift),
    "gap": (0.0, ("decisions", "events", "moves"), _gap),
    "touchpoints": (0.0, ("decisions", "events", "moves"), _touchpoints),
    "cells": (0.0, ("decisions",), _cells),
    "coverage": (0.0, ("decisions", "refusals", "traits"), _coverage),
    "actions": (1.0, ("decisions",), _actions),
    "apprentice": (0.0, ("decisions",), _apprentice),
    "promises": (0.0, ("decisions",), _promises),
    "moves": (1.0, ("decisions", "events", "moves"), _moves),
    "drivers": (1.0, ("decisions", "moves", "shadows"), _drivers),
    "variants": (0.0, ("decisions",), _variants),
}
"""Name → how many periods before it begins are read, which kinds of records, and what computes it."""


def _envelope(measure: str, question: Question, journey: Journey, reading: Reading | None) -> Answer:
    filters = {name: getattr(question, name) for name in ("phase", "channel", "arm", "target", "group")}
    answer: Answer = {"measure": measure, "currency": journey.currency, "state": "ok", "filter": filters}
    if reading is None:
        return {**answer, "state": "empty", "period": None, "rolled_up_at": None}
    period = {"since": to_iso(reading.since), "until": to_iso(reading.until), "days": question.days}
    empty = not any(len(reading.log.of(kind)) for kind in ("decisions", "events"))
    return {
        **answer,
        "state": "empty" if empty else "ok",
        "period": period,
        "rolled_up_at": to_iso(reading.now),
    }
