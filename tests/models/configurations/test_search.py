"""The nearest deliverable configuration is that of trying all of them, within a bound that is told."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from models.configurations.availability import ALWAYS, Availability, AvailabilityRow, Window
from models.configurations.search import broken, holds_in, nearest, step
from models.domain.configurations import Choice, Compatibility, Configurator, Option

DAYS = Window("2026-11-20", "2026-12-20")


def some_configurator(rng: np.random.Generator) -> Configurator:
    options = []
    for number in range(int(rng.integers(2, 5))):
        names = [f"c{place}" for place in range(int(rng.integers(2, 4)))]
        options.append(
            Option(
                name=f"o{number}",
                label=f"O{number}",
                choices=tuple(Choice(name=n, label=n, price=float(rng.integers(0, 5))) for n in names),
                default=str(rng.choice(names)),
                weight=float(rng.choice([0.5, 1.0, 2.0])),
                ordered=bool(rng.random() < 0.5),
            )
        )
    rules = []
    for number in range(int(rng.integers(0, 5))):
        left, right = (options[place] for place in rng.choice(len(options), 2, replace=False))
        rules.append(
            Compatibility(
                code=f"R{number}",
                when={left.name: (str(rng.choice([c.name for c in left.choices])),)},
                needs={right.name: (str(rng.choice([c.name for c in right.choices])),)}
                if rng.random() < 0.6
                else {},
                regions=("north",) if rng.random() < 0.3 else (),
            )
        )
    return Configurator(name="x", label="X", options=tuple(options), rules=tuple(rules))


def some_table(configurator: Configurator, rng: np.random.Generator) -> Availability:
    rows = []
    for option in configurator.options:
        for choice in option.choices:
            if rng.random() < 0.85:
                day = f"2026-12-{int(rng.integers(1, 29)):02d}"
                first, last = (day, "") if rng.random() < 0.5 else ("", day)
                rows.append(
                    AvailabilityRow(option.name, choice.name, "north", rng.random() < 0.8, first, last)
                )
    return Availability.of(rows, 1)


def tried(configurator: Configurator, table: Availability, wish: dict[str, str]) -> list[tuple[object, ...]]:
    """Every deliverable configuration with what it is judged by, the nearest first."""
    found = []
    target = configurator.price({o.name: wish.get(o.name, o.default) for o in configurator.options})
    for chosen in product(*(option.choices for option in configurator.options)):
        choices = {o.name: c.name for o, c in zip(configurator.options, chosen, strict=True)}
        if any(holds_in(rule, "north") and broken(rule, choices) for rule in configurator.rules):
            continue
        window = DAYS
        for option in configurator.options:
            own = table.window(option, choices[option.name], "north")
            window = window.within(own) if own is not None else Window("2", "1")
        if window.empty:
            continue
        far = [
            (o.weight * step(o, wish[o.name], choices[o.name]), 0.0)
            if o.name in wish
            else (0.0, o.weight * step(o, o.default, choices[o.name]))
            for o in configurator.options
        ]
        key = (
            round(sum(a for a, _ in far), 9),
            round(sum(b for _, b in far), 9),
            abs(configurator.price(choices) - target),
            window.first,
            tuple(o.position(choices[o.name]) for o in configurator.options),
        )
        found.append((*key, choices))
    return sorted(found, key=lambda one: one[:5])


@pytest.mark.parametrize("seed", range(200))
def test_it_is_the_one_that_trying_all_would_find(seed: int) -> None:
    rng = np.random.default_rng(seed)
    configurator = some_configurator(rng)
    table = some_table(configurator, rng)
    wish = {
        o.name: str(rng.choice([c.name for c in o.choices]))
        for o in configurator.options
        if rng.random() < 0.7
    }

    found = nearest(configurator, table, wish, "north", DAYS)

    every = tried(configurator, table, wish)
    assert found.exact
    if not every:
        assert found.choices == {}
    else:
        assert (found.distance, found.deliverable_on, found.choices) == (
            every[0][0],
            every[0][3],
            every[0][5],
        )


def test_a_search_that_reaches_its_bound_says_so() -> None:
    options = tuple(
        Option(
            name=f"o{n}",
            label="O",
            choices=tuple(Choice(name=f"c{k}", label="C") for k in range(9)),
            default="c0",
        )
        for n in range(12)
    )
    rule = Compatibility(code="NEVER", when={"o11": tuple(f"c{k}" for k in range(1, 9))})
    first = Compatibility(code="NOT_FIRST", when={"o0": ("c0",), "o11": ("c0",)}, needs={"o1": ("c1",)})
    hard = Configurator(name="x", label="X", options=options, rules=(rule, first))
    table = Availability.of([AvailabilityRow(o.name, c.name) for o in options for c in o.choices], 1)

    found = nearest(hard, table, {"o5": "c3"}, "", ALWAYS, most_steps=40)

    assert found.steps <= 40
    assert not found.exact
    assert nearest(hard, table, {"o5": "c3"}, "", ALWAYS).distance == 0


def test_a_rule_is_broken_only_once_it_cannot_be_kept() -> None:
    rule = Compatibility(code="R", when={"a": ("x",)}, needs={"b": ("y",)})

    assert not broken(rule, {"a": "x"})
    assert broken(rule, {"a": "x", "b": "z"})
    assert not broken(rule, {"a": "w", "b": "z"})
    assert broken(Compatibility(code="R", when={"a": ("x",)}), {"a": "x"})
