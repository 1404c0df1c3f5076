"""What can be configured, and which choices go together.

Everything here is immutable and validated by the loader. What can be delivered where and when is not here:
that changes during the day (``models/configurations/availability.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of an option.

    ``price``: what it adds, in the journey's currency.
    """

    name: str
    label: str
    price: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something to be chosen, once in every configuration.

    Attributes:
        weight: how much it counts that another choice is taken than was wished.
        ordered: choices are steps of one scale, so that a neighbour is nearer than what lies beyond it.
        wish: the customer attribute that holds the wished choice.
        default: taken where nothing is wished, if it can be delivered.
        tracked: only what the table lists can be delivered; false: always.
    """

    name: str
    label: str
    choices: tuple[Choice, ...]
    default: str
    weight: float = 1.0
    ordered: bool = False
    wish: str | None = None
    tracked: bool = True

    def position(self, choice: str) -> int:
        """Of a choice in the order of the file; -1: there is none of this name."""
        return next((place for place, one in enumerate(self.choices) if one.name == choice), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compatibility:
    """Choices that need others, or do not go together.

    Where every option of ``when`` has one of its choices, every option of ``needs`` must have one of its;
    without ``needs`` the combination cannot be. ``regions``: where it holds; empty: everywhere.
    """

    code: str
    when: Mapping[str, tuple[str, ...]]
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    message: str = ""
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Configurator:
    """A product whose parts are chosen.

    Attributes:
        region: the customer attribute that says where it would be delivered; None: one region.
        within_days: a configuration of a decision can be delivered at the latest so many days after it.
        max_age_hours: an older table says nothing; None: however old it is.
    """

    name: str
    label: str
    options: tuple[Option, ...]
    rules: tuple[Compatibility, ...] = ()
    region: str | None = None
    within_days: int = 60
    max_age_hours: float | None = None

    @cached_property
    def option_index(self) -> Mapping[str, int]:
        return {option.name: index for index, option in enumerate(self.options)}

    def price(self, choices: Mapping[str, str]) -> float:
        """The sum over the choices that are made."""
        return sum(
            option.choices[option.position(choices[option.name])].price
            for option in self.options
            if option.name in choices
        )

    def labels(self, choices: Mapping[str, str]) -> tuple[str, ...]:
        """What is chosen, for people, in the order of the options."""
        return tuple(
            option.choices[option.position(choices[option.name])].label
            for option in self.options
            if option.name in choices
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Another choice than the wished one, and why.

    ``code`` ``NOT_TOGETHER``: because of other choices.
    """

    option: str
    wished: str
    chosen: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The deliverable configuration that is nearest to a wish.

    Attributes:
        wish: option → choice, as far as something is wished.
        choices: option → choice, complete; empty: nothing can be delivered.
        changes: where ``choices`` is not the wish.
        distance: weights of the changes, each times its step.
        deliverable_on: day (ISO), or empty.
        code, detail: why nothing can be delivered; empty: something can.
        as_of: what the table's newest upload is of, ms; 0: there was none.
        exact: nothing nearer exists; false: the search ended at its bound.
    """

    configurator: str
    region: str
    wish: Mapping[str, str]
    choices: Mapping[str, str]
    changes: tuple[Change, ...] = ()
    distance: float = 0.0
    price: float = 0.0
    deliverable_on: str = ""
    code: str = ""
    detail: str = ""
    as_of: int = 0
    exact: bool = True
