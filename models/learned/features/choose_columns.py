"""Chooses a bundle's columns from a journey file and a history.

Knows what is declared and what is frequent; knows nothing of how a column is computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import numpy as np

from models.domain.feedback import told
from models.domain.history import History
from models.domain.journey import Attribute, AttributeType, Fact, Journey
from models.errors import FeatureMismatchError
from models.learned.features.spec import AttributeColumn, FeatureSpec, FeedbackColumn

DEFAULT_WINDOWS_DAYS: Final = (7.0, 30.0, 365.0)
MAX_TOUCHPOINTS: Final = 64
MAX_CATEGORIES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a history shows to be frequent.

    Counts of its parts add up.

    Attributes:
        touchpoints: events by name.
        words: customers by attribute and word, for categories whose words the journey file does not list.
        told: the same of facts that customers tell.
    """

    touchpoints: Counter[str] = field(default_factory=Counter)
    words: Mapping[str, Counter[str]] = field(default_factory=dict)
    told: Mapping[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, journey: Journey, history: History | None, attributes: Iterable[Mapping[str, Any]] = ()
    ) -> Self:
        """Of the customers of a history, or of nobody."""
        return cls(
            touchpoints=_events(history),
            words=_count_words(_open_categories(journey), attributes),
            told=_count_told(journey, history),
        )

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            touchpoints=self.touchpoints + other.touchpoints,
            words=_added(self.words, other.words),
            told=_added(self.told, other.told),
        )


def _added(one: Mapping[str, Counter[str]], other: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    names = {*one, *other}
    return {name: one.get(name, Counter()) + other.get(name, Counter()) for name in names}


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
    counts = Counts.of(journey, history, attributes)
    return spec_of_counts(journey, counts, windows_days=windows_days, max_touchpoints=max_touchpoints)


def spec_of_counts(
    journey: Journey,
    counts: Counts,
    *,
    windows_days: Sequence[float] = DEFAULT_WINDOWS_DAYS,
    max_touchpoints: int = MAX_TOUCHPOINTS,
) -> FeatureSpec:
    """The same from what was counted before.

    Raises:
        FeatureMismatchError: a window is not above 0, or two are the same.
    """
    windows = tuple(sorted(float(window) for window in windows_days))
    if not windows or windows[0] <= 0 or len(set(windows)) < len(windows):
        raise FeatureMismatchError(
            f"windows_days is {list(windows_days)}, expected different numbers above 0"
        )
    features = [a for a in journey.known_attributes if a.feature and a.type is not AttributeType.TEXT]
    words = {name: _most_frequent(count) for name, count in counts.words.items()}
    return FeatureSpec(
        phases=tuple(phase.name for phase in journey.phases),
        channels=tuple(channel.name for channel in journey.channels),
        actions=tuple(action.name for action in journey.actions),
        groups=tuple(sorted({action.group for action in journey.actions if action.group is not None})),
        touchpoints=_touchpoints(journey, counts.touchpoints, max_touchpoints),
        windows_days=windows,
        attributes=tuple(_attribute_column(attribute, words) for attribute in features),
        feedback=tuple(_feedback_column(fact, counts.told) for fact in journey.facts if _is_feature(fact)),
    )


def _is_feature(fact: Fact) -> bool:
    return fact.typed.feature and fact.typed.type is not AttributeType.TEXT


def _feedback_column(fact: Fact, told_words: Mapping[str, Counter[str]]) -> FeedbackColumn:
    """With the words of a category that the journey file lists, else the most frequent ones."""
    prop = fact.typed
    values = prop.values if prop.type is AttributeType.CATEGORY else ()
    if _is_open(fact):
        values = _most_frequent(told_words.get(fact.name, Counter()))
    return FeedbackColumn(name=fact.name, type=prop.type, values=values)


def _is_open(fact: Fact) -> bool:
    return _is_feature(fact) and fact.typed.type is AttributeType.CATEGORY and not fact.typed.values


def _count_told(journey: Journey, history: History | None) -> dict[str, Counter[str]]:
    """Words of facts whose words the journey file does not list."""
    if history is None:
        return {}
    facts = [fact for fact in journey.facts if _is_open(fact)]
    return {fact.name: Counter(str(v) for v in told(journey, history, fact).values) for fact in facts}


def _attribute_column(attribute: Attribute, words: Mapping[str, tuple[str, ...]]) -> AttributeColumn:
    values = attribute.values or words.get(attribute.name, ())
    values = values if attribute.type is AttributeType.CATEGORY else ()
    return AttributeColumn(name=attribute.name, type=attribute.type, values=values)


def _open_categories(journey: Journey) -> list[str]:
    """Categories whose words the journey file does not list."""
    return [
        a.name for a in journey.attributes if a.feature and a.type is AttributeType.CATEGORY and not a.values
    ]


def _count_words(names: Sequence[str], attributes: Iterable[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    if not names:
        return {}
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for customer in attributes:
        for name in names:
            value = customer.get(name)
            if isinstance(value, str):
                counts[name][value] += 1
    return counts


def _most_frequent(count: Counter[str]) -> tuple[str, ...]:
    """The most frequent words of a category, ties by the alphabet."""
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, _ in ordered)[:MAX_CATEGORIES]


def _events(history: History | None) -> Counter[str]:
    if history is None or not history.n_events:
        return Counter()
    count = np.bincount(history.touchpoint, minlength=len(history.touchpoints)).tolist()
    return Counter({name: n for name, n in zip(history.touchpoints, count, strict=True) if n})


def _touchpoints(journey: Journey, often: Counter[str], bound: int) -> tuple[str, ...]:
    """Declared ones first, then others by frequency; outcomes have columns of their own."""
    declared = [touchpoint.name for touchpoint in journey.touchpoints]
    if not often:
        return tuple(declared[:bound])
    chosen = set(sorted(declared, key=lambda name: -often[name])[:bound])
    declared = [name for name in declared if name in chosen]
    known = set(journey.touchpoint_names)
    others = sorted((name for name in often if name not in known), key=lambda n: (-often[n], n))
    return tuple((declared + others)[:bound])
