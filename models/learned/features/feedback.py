"""Columns of what customers told.

Last values, and means of numbers within 90 days. Knows the spec's feedback columns; what a fact is stands in
``models/domain/feedback.py``.
"""

from __future__ import annotations

import numpy as np

from models.arrays import AnyInts, Floats, Ints
from models.domain.feedback import column, mean_column
from models.domain.history import DAY_MS, History
from models.domain.journey import AttributeType, Journey
from models.learned.features.spec import FEEDBACK_DAYS, FeatureSpec


class FeedbackColumns:
    """Builds the spec's feedback columns."""

    __slots__ = ("_facts", "_journey", "_window_ms", "width")

    def __init__(self, spec: FeatureSpec, journey: Journey) -> None:
        facts = {fact.name: fact for fact in journey.facts}
        self._journey = journey
        self._facts = [(facts[each.name], each.values) for each in spec.feedback]
        self._window_ms = FEEDBACK_DAYS * DAY_MS
        self.width = sum(len(each.columns) for each in spec.feedback)

    def build(self, history: History, customer: AnyInts, end: Ints, instant: Ints) -> Floats:
        """Shape (n, width); nan: never told, or not within the window.

        Args:
            end: shape (n,). ``history.ends(customer, instant)``.
        """
        begin = history.start[customer]
        since = np.maximum(history.ends(customer, instant - self._window_ms), begin)
        columns: list[Floats] = []
        for fact, words in self._facts:
            columns.append(column(self._journey, history, fact, words, end, begin))
            if fact.typed.type is AttributeType.NUMBER:
                columns.append(mean_column(self._journey, history, fact, end, since))
        return np.stack(columns, axis=1)
