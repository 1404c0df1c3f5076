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
