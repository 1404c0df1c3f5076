"""Why a configuration cannot be or be delivered, and the nearest one.

Knows a configurator, a table and a wish; knows nothing of HTTP or customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from models.configurations.availability import LAST_DAY, Availability, Window
from models.configurations.search import broken, holds_in, nearest
from models.domain.configurations import Change, Compatibility, Configurator, Configured, Option
from models.domain.history import HOUR_MS


class Code(StrEnum):
    """Why a choice cannot be delivered.

    Rules have codes of their own.
    """

    NOT_LISTED = "NOT_LISTED"  # the table does not have it in this region
    NOT_AVAILABLE = "NOT_AVAILABLE"  # it says no
    TOO_LATE = "TOO_LATE"  # only after the last day
    NO_LONGER = "NO_LONGER"  # only before the first day
    NO_COMMON_DAY = "NO_COMMON_DAY"  # each has days, all together have none
    NOT_TOGETHER = "NOT_TOGETHER"  # it can be had, though not with what is wished more
    NOTHING_DELIVERABLE = "NOTHING_DELIVERABLE"
    AVAILABILITY_UNKNOWN = "AVAILABILITY_UNKNOWN"  # nothing was ever uploaded, or it cannot be read
    AVAILABILITY_STALE = "AVAILABILITY_STALE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One reason against a configuration.

    ``options``: that it concerns.
    """

    code: str
    options: tuple[str, ...]
    detail: str


def days_from(today: date, within_days: int) -> Window:
    """From today on, so many days."""
    try:
        last = (today + timedelta(days=within_days)).isoformat()
    except OverflowError:
        last = LAST_DAY
    return Window(today.isoformat(), last)


def table_trouble(configurator: Configurator, availability: Availability, now_ms: int) -> Trouble | None:
    """Why the table says nothing; None: it does."""
    tracked = tuple(option.name for option in configurator.options if option.tracked)
    if not tracked:
        return None
    if not availability.as_of:
        return Trouble(
            code=Code.AVAILABILITY_UNKNOWN, options=tracked, detail="no availability was uploaded yet"
        )
    hours = (now_ms - availability.as_of) / HOUR_MS
    if configurator.max_age_hours is not None and hours > configurator.max_age_hours:
        return Trouble(
            code=Code.AVAILABILITY_STALE,
            options=tracked,
            detail=f"the availability is {hours:.1f} hours old, at most {configurator.max_age_hours:g} count",
        )
    return None


def incompatibilities(
    configurator: Configurator, choices: Mapping[str, str], region: str
) -> Iterator[Trouble]:
    """Rules that the choices break, each with what would keep it."""
    for rule in configurator.rules:
        if holds_in(rule, region) and broken(rule, choices):
            options = tuple(dict.fromkeys((*rule.when, *rule.needs)))
            yield Trouble(
                code=rule.code, options=options, detail=rule.message or rule_text(configurator, rule)
            )


def rule_text(configurator: Configurator, rule: Compatibility) -> str:
    """A rule in words: ``Battery 15 kWh needs Inverter 10 kW``."""
    when = " with ".join(_named(configurator, name, allowed) for name, allowed in rule.when.items())
    if not rule.needs:
        return f"{when} cannot be"
    needs = " and ".join(_named(configurator, name, allowed) for name, allowed in rule.needs.items())
    return f"{when} needs {needs}"


def undeliverable(
    configurator: Configurator,
    availability: Availability,
    choices: Mapping[str, str],
    region: str,
    days: Window,
) -> Iterator[Trouble]:
    """Choices that cannot be delivered on any of the days, each with its reason."""
    common = days
    alone = False
    for option in configurator.options:
        choice = choices.get(option.name)
        if choice is None:
            continue
        trouble = choice_trouble(option, availability, choice, region, days)
        if trouble is not None:
            alone = True
            yield trouble
        else:
            common = common.within(availability.window(option, choice, region) or days)
    if common.empty and not alone:
        yield Trouble(
            code=Code.NO_COMMON_DAY,
            options=tuple(choices),
            detail=f"each choice has days from {days.first} to {days.last}, all together have none",
        )


def choice_trouble(
    option: Option, availability: Availability, choice: str, region: str, days: Window
) -> Trouble | None:
    """Why one choice cannot be delivered on any of the days; None: it can."""
    window = availability.window(option, choice, region)
    name = f"{option.label}: {option.choices[option.position(choice)].label}"
    where = f" in {region!r}" if region else ""
    if window is None:
        code, text = Code.NOT_LISTED, f"{name} is not listed{where}"
    elif window.empty:
        code, text = Code.NOT_AVAILABLE, f"{name} cannot be had{where}"
    elif window.first > days.last:
        code, text = Code.TOO_LATE, f"{name} comes on {window.first}{where}, asked for until {days.last}"
    elif window.last < days.first:
        code, text = Code.NO_LONGER, f"{name} could be had until {window.last}{where}"
    else:
        return None
    return Trouble(code=code, options=(option.name,), detail=text)


def configure(
    configurator: Configurator,
    availability: Availability,
    wish: Mapping[str, str],
    region: str,
    days: Window,
    now_ms: int,
) -> Configured:
    """What can be delivered, nearest to the wish, with the reason of each change."""
    trouble = table_trouble(configurator, availability, now_ms)
    empty = Configured(
        configurator=configurator.name, region=region, wish=dict(wish), choices={}, as_of=availability.as_of
    )
    if trouble is not None:
        return replace(empty, code=trouble.code, detail=trouble.detail)
    found = nearest(configurator, availability, wish, region, days)
    if not found.choices:
        reasons = [
            trouble.detail for trouble in undeliverable(configurator, availability, wish, region, days)
        ]
        detail = "; ".join(reasons) or f"no combination can be delivered from {days.first} to {days.last}"
        return replace(empty, code=Code.NOTHING_DELIVERABLE, detail=detail, exact=found.exact)
    return replace(
        empty,
        choices=found.choices,
        changes=tuple(_changes(configurator, availability, wish, found.choices, region, days)),
        distance=found.distance,
        price=configurator.price(found.choices),
        deliverable_on=found.deliverable_on,
        exact=found.exact,
    )


def _changes(
    configurator: Configurator,
    availability: Availability,
    wish: Mapping[str, str],
    choices: Mapping[str, str],
    region: str,
    days: Window,
) -> Iterator[Change]:
    broken_by_wish = list(incompatibilities(configurator, wish, region))
    for option in configurator.options:
        wished = wish.get(option.name)
        if wished is None or wished == choices[option.name]:
            continue
        trouble = choice_trouble(option, availability, wished, region, days)
        if trouble is None:
            trouble = next((one for one in broken_by_wish if option.name in one.options), None)
        if trouble is None:
            with_it = {**choices, option.name: wished}
            trouble = next(incompatibilities(configurator, with_it, region), None)
        if trouble is None:
            text = "not together with what else can be delivered"
            trouble = Trouble(code=Code.NOT_TOGETHER, options=(option.name,), detail=text)
        yield Change(
            option=option.name,
            wished=wished,
            chosen=choices[option.name],
            code=str(trouble.code),
            detail=trouble.detail,
        )


def _named(configurator: Configurator, name: str, allowed: tuple[str, ...]) -> str:
    option = configurator.options[configurator.option_index[name]]
    labels = " or ".join(option.choices[option.position(choice)].label for choice in allowed)
    return f"{option.label} {labels}"
