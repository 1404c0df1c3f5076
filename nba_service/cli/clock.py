"""The clock that a command goes by."""

from __future__ import annotations

from datetime import datetime

import click

from nba_service.clock import Clock, system_clock


def command_clock() -> Clock:
    """The clock that ``main`` was called with (``obj``), else the system's.

    ``main(obj=clock)`` lets a caller, such as a test, say what time it is for every command alike.
    """
    context = click.get_current_context(silent=True)
    given: Clock | None = context.find_root().obj if context else None
    return given or system_clock


def now() -> datetime:
    """The present moment by the command's clock."""
    return command_clock()()


def stated_moment(option: str, text: str) -> datetime:
    """The moment that an option names, in UTC.

    Raises:
        UsageError: it names none, or has no zone.
    """
    from marshmallow import ValidationError

    from nba_service.http.fields import parse_instant

    try:
        return parse_instant(text)
    except ValidationError:
        raise click.UsageError(
            f"{option}: expected a time such as 2026-11-20T09:00:00Z, got {text[:40]!r}."
        ) from None
