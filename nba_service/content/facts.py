"""Computed facts about a customer that texts can say.

Nobody has typed them in. A company brings its facts in a Python module of its own (setting ``NBA_FACTS``, or
an entry point of the group ``nba.facts``); never in a request or a journey file. Each is a pure function of
the customer's attributes and the moment of the decision. One that fails, or gives what it must not, is
missing in that text and counted; nothing else suffers.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import structlog

from nba_service.content.filters import without_sign
from nba_service.content.limits import uncounted

log = structlog.get_logger(__name__)

_LONGEST: Final = 10_000

Value = float | int | str | bool | date
Compute = Callable[[Mapping[str, Any], datetime], Value | None]


class FactType(StrEnum):
    """What kind of value a fact has."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"


_TYPES: Final[Mapping[FactType, tuple[type, ...]]] = {
    FactType.NUMBER: (int, float),
    FactType.TEXT: (str,),
    FactType.BOOLEAN: (bool,),
    FactType.DATE: (date,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One computed fact.

    Attributes:
        compute: from the customer's attributes (only those present) and the moment of the decision, in the
            customer's time zone, to the value; None: it cannot be said of this customer. Pure and quick
            (well under 0.1 ms): it runs while the customer waits.
        needs: attributes without which it is not computed.
        minimum, maximum: range of a number; a value outside is refused and counted.
        longest: most characters of a text.
    """

    name: str
    type: FactType
    label: str
    compute: Compute
    needs: tuple[str, ...] = ()
    minimum: float = -math.inf
    maximum: float = math.inf
    longest: int = 200

    def refuses(self, value: object) -> str:
        """Why ``value`` cannot be this fact; empty: it can."""
        boolean = isinstance(value, bool)
        if not isinstance(value, _TYPES[self.type]) or boolean != (self.type is FactType.BOOLEAN):
            return f"expected a {self.type}, got a {type(value).__name__}"
        if isinstance(value, int | float) and not boolean and not self.minimum <= value <= self.maximum:
            return "out of range"
        if isinstance(value, str) and len(value) > min(self.longest, _LONGEST):
            return "too long"
        return ""


@dataclass(slots=True)
class FactBook:
    """The facts that there are, and how often each failed.

    By reason, since this process started.
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    _failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, facts: Sequence[Fact]) -> FactBook:
        return cls({fact.name: fact for fact in facts})

    def about(self, attributes: Mapping[str, object], moment: datetime) -> KnownFacts:
        """The facts about one customer; each is computed when it is first read."""
        return KnownFacts(self, attributes, moment)

    def compute(self, name: str, attributes: Mapping[str, object], moment: datetime) -> Value | None:
        """The value; None: not known, not for this customer, or failed (which is counted)."""
        fact = self.facts.get(name)
        if fact is None or any(need not in attributes for need in fact.needs):
            return None
        try:
            value = fact.compute(attributes, moment)
        except Exception as error:  # a company's code must not stop an answer
            value, refused = None, type(error).__name__
        else:
            refused = "" if value is None else fact.refuses(value)
        if refused:
            self._count(name, refused)
        return None if refused else value

    def failures(self) -> Mapping[tuple[str, str], int]:
        """(fact, reason) → how often."""
        with self._lock:
            return dict(self._failures)

    def _count(self, name: str, reason: str) -> None:
        with self._lock:
            self._failures[name, reason] += 1
            count = self._failures[name, reason]
        if str(count).rstrip("0") == "1":
            log.warning("fact_failed", fact=name, reason=reason, count=count)


class KnownFacts(Mapping[str, Value]):
    """What templates read as ``facts``: lazy, each fact computed once a decision."""

    def __init__(self, book: FactBook, attributes: Mapping[str, object], moment: datetime) -> None:
        self._book = book
        self._attributes = attributes
        self._moment = moment
        self._known: dict[str, Value | None] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._known:
            with uncounted():
                computed = self._book.compute(name, self._attributes, self._moment)
            self._known[name] = without_sign(computed)
        value = self._known[name]
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._book.facts)

    def __len__(self) -> int:
        return len(self._book.facts)
