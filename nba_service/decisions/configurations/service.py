"""Checks configurations, and takes and tells what can be delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from models.configurations.availability import ALWAYS, EVERYWHERE, Availability, Window
from models.configurations.check import (
    Code,
    Trouble,
    configure,
    days_from,
    incompatibilities,
    table_trouble,
    undeliverable,
)
from models.configurations.search import nearest
from models.domain.configurations import Configurator
from models.domain.history import HOUR_MS, from_ms, to_ms
from models.domain.ids import read_id
from models.domain.journey import Journey
from models.policy.batch.deliverable import day_of, region_of
from models.policy.eligibility.profiling import may_profile
from nba_service.clock import Clock
from nba_service.decisions.checks import latest_time, usable_attributes
from nba_service.decisions.configurations.coding import configuration_answer
from nba_service.decisions.configurations.deliverable import DeliverableConfigurations
from nba_service.decisions.configurations.rows import AvailabilityCall, choice_problems, row_problems
from nba_service.decisions.configurations.wishes import Wishes
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.records.configurations import Uploaded

CLOCK_SKEW_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadCall:
    """Rows of availability. ``as_of``: the moment they are of; None: now."""

    rows: tuple[AvailabilityCall, ...]
    as_of: datetime | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCall:
    """A configuration, in whole or in part.

    ``region``: None: the customer's; ``until``: the last day that counts, None: as the file says; ``count``:
    whether it is a wish of the customer.
    """

    configurator: str
    choices: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    customer_id: str | None = None
    until: date | None = None
    count: bool = True


class Configurations:
    """What goes together and what can be delivered."""

    def __init__(self, *, store: ResilientStore, source: EngineSource, clock: Clock) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._deliverable = DeliverableConfigurations(store)
        self._wishes = Wishes(store)

    def check(self, call: CheckCall) -> dict[str, Any]:
        """Whether choices go together and can be delivered, why not, and what is nearest.

        Raises:
            Problem: a name that the journey file does not have, or a day in the past.
        """
        serving = self._source.current()
        configurator = find_configurator(serving.journey, call.configurator, "configurator")
        now = to_ms(self._clock())
        today = day_of(serving.journey, now)
        problems = list(choice_problems(configurator, call.choices, "choices"))
        if call.until is not None and call.until < today:
            detail = f"expected a day from {today} on, got {call.until}. Leave it out for the file's."
            problems.append(FieldProblem(field="until", code="FIELD_RANGE", detail=detail))
        if problems:
            raise problem_of_fields(problems)
        region = self._region(serving, configurator, call)
        days = days_from(today, configurator.within_days)
        if call.until is not None:
            days = Window(days.first, call.until.isoformat())
        table = self._deliverable.tables().of(configurator.name)
        stale = table_trouble(configurator, table, now)
        found = configure(configurator, table, call.choices, region, days, now)
        together, troubles = goes_together(configurator, call.choices, region)
        if stale is not None:
            troubles.append(stale)
        else:
            troubles += undeliverable(configurator, table, call.choices, region, days)
        counted = False
        if call.customer_id is not None and call.count:
            person = self._store.persons([call.customer_id])[call.customer_id]
            wishes = list(self._wishes.told(person, found, now))
            counted = bool(wishes) and self._wishes.note(wishes)
        return {
            "configurator": configurator.name,
            "region": region or None,
            "complete": len(call.choices) == len(configurator.options),
            "together": together,
            "deliverable": bool(found.choices) and not found.changes,
            "price": configurator.price(call.choices),
            "days": {"first": days.first, "last": days.last},
            "problems": [
                {"code": str(one.code), "options": list(one.options), "detail": one.detail}
                for one in troubles
            ],
            "nearest": configuration_answer(found) if found.choices else None,
            "availability_as_of": from_ms(table.as_of) if table.as_of else None,
            "counted": counted,
        }

    def upload(self, name: str, call: UploadCall) -> dict[str, Any]:
        """Take rows of availability; what is older than what is stored changes nothing.

        Raises:
            Problem: there is no such configurator, or a row is wrong; then nothing is taken.
        """
        configurator = find_configurator(self._source.current().journey, name)
        latest = latest_time(self._clock(), CLOCK_SKEW_SECONDS)
        problems = list(row_problems(configurator, call.rows))
        if call.as_of is not None and call.as_of > latest:
            detail = f"expected a time until {latest.isoformat()}, got {call.as_of.isoformat()}."
            problems.append(FieldProblem(field="as_of", code="TIME_IN_FUTURE", detail=detail))
        if problems:
            raise problem_of_fields(problems)
        as_of = to_ms(call.as_of if call.as_of is not None else self._clock())
        rows = [row.stored() for row in call.rows]
        done = self._store.upload_availability(configurator.name, rows, as_of, replace=call.replace)
        return upload_answer(configurator.name, done)

    def availability(self, name: str, region: str | None) -> dict[str, Any]:
        """The table of a configurator, or its rows that hold in a region, with its age.

        Raises:
            Problem: there is no such configurator.
        """
        configurator = find_configurator(self._source.current().journey, name)
        _, as_of, rows = self._store.availability()
        own = rows.get(configurator.name, ())
        at, now = as_of.get(configurator.name, 0), to_ms(self._clock())
        trouble = table_trouble(configurator, Availability(as_of=at), now)
        return {
            "configurator": configurator.name,
            "availability_as_of": from_ms(at) if at else None,
            "age_hours": (now - at) / HOUR_MS if at else None,
            "code": None if trouble is None else str(trouble.code),
            "rows": [
                {
                    "option": row.option,
                    "choice": row.choice,
                    "region": row.region,
                    "available": row.available,
                    "from": row.first or None,
                    "until": row.last or None,
                    "as_of": from_ms(row.as_of),
                }
                for row in own
                if region is None or row.region in (region, EVERYWHERE)
            ],
        }

    def _region(self, serving: Serving, configurator: Configurator, call: CheckCall) -> str:
        """As it is asked for, else the customer's as far as it may be used."""
        if call.region is not None or call.customer_id is None or configurator.region is None:
            return call.region or ""
        person = read_id(call.customer_id)
        stored = None if person is None else self._store.customer(person)
        if stored is None or not may_profile(serving.journey, stored.consent):
            return ""
        return region_of(configurator, usable_attributes(serving.names, dict(stored.attributes)))


def goes_together(
    configurator: Configurator, choices: Mapping[str, str], region: str
) -> tuple[bool, list[Trouble]]:
    """Whether some configuration has all the choices, and the rules that forbid it."""
    troubles = list(incompatibilities(configurator, choices, region))
    everything = Availability(
        {(o.name, c.name, EVERYWHERE): ALWAYS for o in configurator.options for c in o.choices}
    )
    found = nearest(configurator, everything, choices, region, ALWAYS)
    together = bool(found.choices) and all(found.choices[name] == one for name, one in choices.items())
    if not together and not troubles:
        detail = "each rule can be kept, all together cannot"
        troubles.append(Trouble(code=Code.NOT_TOGETHER, options=tuple(choices), detail=detail))
    return together, troubles


def find_configurator(journey: Journey, name: str, field: str | None = None) -> Configurator:
    """The configurator of a name.

    Raises:
        Problem: ``NOT_FOUND``; or ``UNKNOWN_NAME``, if it is named by a field of a body.
    """
    known: Sequence[str] = [one.name for one in journey.configurators]
    if name in known:
        return journey.configurators[known.index(name)]
    listed = ", ".join(known) or "none: declare one under configurations in the journey file"
    detail = f"expected a configurator ({listed}), got {name[:50]!r}."
    if field is not None:
        raise problem_of_fields([FieldProblem(field=field, code="UNKNOWN_NAME", detail=detail)])
    raise Problem("NOT_FOUND", detail[0].upper() + detail[1:])


def upload_answer(configurator: str, done: Uploaded) -> dict[str, Any]:
    """What an upload did."""
    return {
        "configurator": configurator,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "older": done.older,
        "ended": done.ended,
        "availability_as_of": from_ms(done.as_of),
    }
