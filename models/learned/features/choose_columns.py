"""Chooses a bundle's columns from a journey file and a history.

Knows what is declared and what is frequent; knows nothing of how a column is computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from models.domain.feedback import told
from models.domain.history import History
from models.domain.journey import Attribute, AttributeType, Fact, Journey
from models.errors import FeatureMismatchError
from models.learned.features.spec import AttributeColumn, FeatureSpec, FeedbackColumn

DEFAULT_WINDOWS_DAYS: Final = (7.0, 30.0, 365.0)
MAX_TOUCHPOINTS: Final = 64
MAX_CATEGORIES: Final = 64


def make_spec(
    journey: Journey,
    history: History | None = None,
    *,
    attributes: Iterable[Mapping[str, Any]] = (),
    windows_days: Sequence[float] = DEFAULT_WINDOWS_DAYS,
    max_touchpoints: int = MAX_TOUCHPOINTS,
) -> FeatureSpec:
    """Choose the columns: declared touchpoints, then the most frequent ones of the history.

    Args:
        journey: whose phases, channels, actions and attributes become columns and codes.
        history: where the frequent touchpoints are counted; None: declared ones only.
        attributes: of the training customers; from them come the words of categories that the journey
            file does not list, the most frequent 64.
        windows_days: look-back windows, each above 0; any order.
        max_touchpoints: bound on touchpoints with columns of their own.

    Raises:
        FeatureMismatchError: a window is not above 0, or two are the same.
    """
    windows = tuple(sorted(float(window) for window in windows_days))
    if not windows or windows[0] <= 0 or len(set(windows)) < len(windows):
        raise FeatureMismatchError(
            f"windows_days is {list(windows_days)}, expected different numbers above 0"
        )
    features = [a for a in journey.attributes if a.feature and a.type is not AttributeType.TEXT]
    words = _words(
        [a.name for a in features if a.type is AttributeType.CATEGORY and not a.values], attributes
    )
    return FeatureSpec(
        phases=tuple(phase.name for phase in journey.phases),
        channels=tuple(channel.name for channel in journey.channels),
        actions=tuple(action.name for action in journey.actions),
        groups=tuple(sorted({action.group for action in journey.actions if action.group is not None})),
        touchpoints=_touchpoints(journey, history, max_touchpoints),
        windows_days=windows,
        attributes=tuple(_attribute_column(attribute, words) for attribute in features),
        feedback=tuple(
            _feedback_column(journey, history, fact) for fact in journey.facts if _is_feature(fact)
        ),
    )


def _is_feature(fact: Fact) -> bool:
    return fact.typed.feature and fact.typed.type is not AttributeType.TEXT


def _feedback_column(journey: Journey, history: History | None, fact: Fact) -> FeedbackColumn:
    """With the words of a category that the journey file lists, else the most frequent ones."""
    prop = fact.typed
    values = prop.values if prop.type is AttributeType.CATEGORY else ()
    if prop.type is AttributeType.CATEGORY and not values and history is not None:
        values = _most_frequent(Counter(str(value) for value in told(journey, history, fact).values))
    return FeedbackColumn(name=fact.name, type=prop.type, values=values)


def _attribute_column(attribute: Attribute, words: Mapping[str, tuple[str, ...]]) -> AttributeColumn:
    values = attribute.values or words.get(attribute.name, ())
    values = values if attribute.type is AttributeType.CATEGORY else ()
    return AttributeColumn(name=attribute.name, type=attribute.type, values=values)


def _words(names: Sequence[str], attributes: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """The most frequent words of each category, ties by the alphabet."""
    if not names:
        return {}
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for customer in attributes:
        for name in names:
            value = customer.get(name)
            if isinstance(value, str):
                counts[name][value] += 1
    return {name: _most_frequent(count) for name, count in counts.items()}


def _most_frequent(count: Counter[str]) -> tuple[str, ...]:
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, _ in ordered)[:MAX_CATEGORIES]


def _touchpoints(journey: Journey, history: History | None, bound: int) -> tuple[str, ...]:
    """Declared ones first, then others by frequency; outcomes have columns of their own."""
    declared = [touchpoint.name for touchpoint in journey.touchpoints]
    if history is None or not history.n_events:
        return tuple(declared[:bound])
    count = np.bincount(history.touchpoint, minlength=len(history.touchpoints)).tolist()
    often = dict(zip(history.touchpoints, count, strict=True))
    chosen = set(sorted(declared, key=lambda name: -often[name])[:bound])
    declared = [name for name in declared if name in chosen]
    known = set(journey.touchpoint_names)
    others = sorted(
        (name for name in often if name not in known and often[name]), key=lambda n: (-often[n], n)
    )
    return tuple((declared + others)[:bound])
