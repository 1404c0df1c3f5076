"""What may be forgotten.

Nothing that a limit, a repeat, a phase or an open window still looks at. Knows the journey file's windows and
asks the store; knows no tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.domain.history import DAY_MS, from_ms, to_ms
from models.domain.journey import Journey
from models.domain.past.reading import PastReader
from models.domain.phases import PhaseMachine
from nba_service.errors import RetentionError
from nba_service.store.interface import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What is forgotten.

    Rows by table, gone or (dry run) to go; ``kept_open``: old decisions with something open.
    """

    before: datetime
    rows: Mapping[str, int]
    kept_open: int


def needed(journey: Journey) -> tuple[float, str]:
    """How many days the journey file looks back at most, and what does."""
    return max(_looks_back(journey))


def forget(
    store: Store, journey: Journey, *, days: int, now: datetime, unexported: bool, dry_run: bool
) -> Forgotten:
    """Delete what is older than ``days``, or count it.

    Args:
        unexported: also what no export has had yet.

    Raises:
        RetentionError: the journey file looks further back, or the last export is older than what would go.
    """
    most, why = needed(journey)
    if days < most:
        raise RetentionError(
            f"Expected at least {most:g} days, since {why} looks so far back, got {days}."
            " Keep rows longer (NBA_RETENTION_DAYS), or shorten that window in the journey file."
        )
    before, moment = to_ms(now) - days * DAY_MS, to_ms(now)
    exported = store.exported_at()
    if not dry_run and not unexported and (exported is None or exported < before):
        last = "never" if exported is None else f"{_time(exported):%Y-%m-%d}"
        raise RetentionError(
            f"Expected an export after {_time(before):%Y-%m-%d}, got the last one: {last}. What is deleted"
            " cannot be trained on any more: run `nba export --out FOLDER` first, or say --unexported."
        )
    counts = dict(store.old_rows(before, moment))
    kept_open = counts.pop("kept_open")
    if not dry_run:
        store.record_withdrawals(journey.withdrawals, moment)  # who took a consent back stays refused
        counts = dict(store.forget_old(before, moment, PastReader(journey, PhaseMachine(journey)).checkpoint))
    return Forgotten(before=_time(before), rows=counts, kept_open=kept_open)


def _looks_back(journey: Journey) -> Iterator[tuple[float, str]]:
    yield journey.response_window_days + journey.delivery_window_days, "a deferred decision's response window"
    for limit in journey.contact_limits:
        yield limit.window_days, f"the contact limit {limit.code}"
    for action in journey.actions:
        yield action.repeat_after_days or 0.0, f"repeat_after_days of {action.name}"
        window = journey.response_window(action.name) + journey.delivery_window_days
        yield window, f"the response window of {action.name}"
    for phase in journey.phases:
        if phase.lapse is not None:
            yield phase.lapse.after_days, f"the lapse of phase {phase.name}"


def _time(at: int) -> datetime:
    return from_ms(at)
