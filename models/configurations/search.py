"""The deliverable configuration that is nearest to a wish.

Depth first over the options with the nearest choices first; a branch ends where it cannot become nearer than
the best one found (branch and bound), where a rule is broken for good, or where no day is left on which all
its choices can be delivered. So the result is exact, unless the search is stopped at ``MOST_STEPS``, which it
says.

Nearer is, in this order: the smaller sum of weight × step over wished options that differ; over options
without a wish, the smaller sum of weight × step from their defaults; the smaller difference in price from the
wish with defaults where it is open; the earlier day; the order of the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from models.configurations.availability import Availability, Window
from models.domain.configurations import Choice, Compatibility, Configurator, Option

MOST_STEPS: Final = 20_000
"""Choices that one search tries, at most; 20 to 60 ms."""

_DIGITS: Final = 9
"""Sums of weights that differ later than here are the same."""


class Found(NamedTuple):
    """The nearest configuration.

    ``choices`` empty: there is none. ``exact``: nothing nearer exists.
    """

    choices: Mapping[str, str]
    distance: float
    deliverable_on: str
    exact: bool
    steps: int


class _Candidate(NamedTuple):
    """A choice that could be delivered, and how far it is from the wish and from the default."""

    choice: Choice
    place: int
    from_wish: float
    from_default: float
    window: Window


def step(option: Option, wished: str, choice: str) -> float:
    """How far a choice is from another, in [0, 1].

    Example:
        >>> sizes = tuple(Choice(name=name, label=name) for name in ("s", "m", "l"))
        >>> size = Option(name="size", label="Size", choices=sizes, default="s", ordered=True)
        >>> step(size, "s", "m"), step(size, "s", "l")
        (0.5, 1.0)
    """
    if wished == choice:
        return 0.0
    if not option.ordered:
        return 1.0
    return abs(option.position(wished) - option.position(choice)) / (len(option.choices) - 1)


def nearest(
    configurator: Configurator,
    availability: Availability,
    wish: Mapping[str, str],
    region: str,
    days: Window,
    *,
    most_steps: int = MOST_STEPS,
) -> Found:
    """The nearest configuration that can be delivered on one of ``days`` in a region.

    Args:
        wish: option → choice, of any options; names are known ones.
    """
    search = _Search(configurator, availability, wish, region, days, most_steps)
    search.run()
    best = search.best
    if best is None:
        return Found({}, 0.0, "", not search.stopped, search.steps)
    exact = not search.stopped or best[:2] <= search.least
    names = {option.name: one.choice.name for option, one in zip(search.options, search.chosen, strict=True)}
    ordered = {option.name: names[option.name] for option in configurator.options}
    return Found(ordered, best[0], best[3], exact, search.steps)


def broken(rule: Compatibility, choices: Mapping[str, str]) -> bool:
    """Whether a rule is broken for good by the choices made so far."""
    if any(choices.get(option) not in allowed for option, allowed in rule.when.items()):
        return False
    if not rule.needs:
        return True
    return any(option in choices and choices[option] not in allowed for option, allowed in rule.needs.items())


def holds_in(rule: Compatibility, region: str) -> bool:
    """Whether a rule is asked in a region."""
    return not rule.regions or region in rule.regions


class _Search:
    """One search."""

    def __init__(
        self,
        configurator: Configurator,
        availability: Availability,
        wish: Mapping[str, str],
        region: str,
        days: Window,
        most_steps: int,
    ) -> None:
        rules = [rule for rule in configurator.rules if holds_in(rule, region)]
        linked = {name for rule in rules for name in (*rule.when, *rule.needs)}
        # Options in rules first: what breaks a rule is found before options that break none are multiplied.
        self.options = sorted(
            configurator.options, key=lambda o: (o.name not in linked, configurator.option_index[o.name])
        )
        self._candidates = [_candidates(option, availability, wish, region, days) for option in self.options]
        self._rules = [
            [rule for rule in rules if option.name in rule.when or option.name in rule.needs]
            for option in self.options
        ]
        self._file_order = [configurator.option_index[option.name] for option in self.options]
        self._target = configurator.price({o.name: wish.get(o.name, o.default) for o in configurator.options})
        self._days = days
        self._most = most_steps
        self.best: tuple[float, float, float, str, tuple[int, ...]] | None = None
        self.chosen: tuple[_Candidate, ...] = ()
        self.steps = 0
        self.stopped = False
        # What every completion still adds at least, from each option on.
        self._rest = [(0.0, 0.0)]
        for candidates in reversed(self._candidates):
            wished, default = self._rest[0]
            least = min((c.from_wish for c in candidates), default=0.0)
            second = min((c.from_default for c in candidates), default=0.0)
            self._rest.insert(0, (wished + least, default + second))

    @property
    def least(self) -> tuple[float, float]:
        """No configuration can be nearer than this, whatever the rules say."""
        from_wish, from_default = self._rest[0]
        return round(from_wish, _DIGITS), round(from_default, _DIGITS)

    def run(self) -> None:
        """Find the best; it stands in ``best`` and ``chosen``."""
        if all(self._candidates):
            self._descend([], {}, self._days, 0.0, 0.0)

    def _descend(
        self,
        path: list[_Candidate],
        choices: dict[str, str],
        window: Window,
        from_wish: float,
        from_default: float,
    ) -> None:
        depth = len(path)
        if depth == len(self.options):
            self._keep(path, window, from_wish, from_default)
            return
        option = self.options[depth]
        for one in self._candidates[depth]:
            if self.steps >= self._most:
                self.stopped = True
                return
            self.steps += 1
            wished, default = from_wish + one.from_wish, from_default + one.from_default
            if self._is_farther(wished, default, depth + 1):
                continue
            left = window.within(one.window)
            if left.empty:
                continue
            choices[option.name] = one.choice.name
            if not any(broken(rule, choices) for rule in self._rules[depth]):
                path.append(one)
                self._descend(path, choices, left, wished, default)
                path.pop()
            del choices[option.name]

    def _is_farther(self, from_wish: float, from_default: float, depth: int) -> bool:
        """Whether nothing below can be as near as the best."""
        if self.best is None:
            return False
        rest = self._rest[depth]
        reached = (round(from_wish + rest[0], _DIGITS), round(from_default + rest[1], _DIGITS))
        return reached > self.best[:2]

    def _keep(
        self, path: Sequence[_Candidate], window: Window, from_wish: float, from_default: float
    ) -> None:
        price = sum(one.choice.price for one in path)
        order = tuple(
            place for _, place in sorted(zip(self._file_order, (c.place for c in path), strict=True))
        )
        key = (
            round(from_wish, _DIGITS),
            round(from_default, _DIGITS),
            round(abs(price - self._target), 6),
            window.first,
            order,
        )
        if self.best is None or key < self.best:
            self.best, self.chosen = key, tuple(path)


def _candidates(
    option: Option, availability: Availability, wish: Mapping[str, str], region: str, days: Window
) -> list[_Candidate]:
    """The choices that can be delivered on some of the days, nearest first."""
    wished = wish.get(option.name)
    found = []
    for place, choice in enumerate(option.choices):
        window = availability.window(option, choice.name, region)
        if window is None or window.within(days).empty:
            continue
        from_wish = 0.0 if wished is None else option.weight * step(option, wished, choice.name)
        from_default = option.weight * step(option, option.default, choice.name) if wished is None else 0.0
        found.append(_Candidate(choice, place, from_wish, from_default, window))
    return sorted(found, key=lambda one: (one.from_wish, one.from_default, one.place))
