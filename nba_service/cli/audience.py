"""The command ``nba decide --audience``.

A decision for everybody of a list, as columns for tools that cannot call.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from nba_service.cli.clock import command_clock
from nba_service.cli.output import print_json, say

_SHOWN: Final = 20
_EVERY_SECONDS: Final = 2.0


def decide_audience(
    audience: Path,
    out: Path,
    *,
    place: str,
    message_id: str | None,
    locale: str | None,
    consent: tuple[str, ...],
    prefix: str,
    as_json: bool,
) -> None:
    """Decide for all, write the list, and say what could not be read."""
    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    from nba_service.mail.audience import read_audience, write_list
    from nba_service.services import make_services
    from nba_service.settings import load_settings

    members = read_audience(audience)
    parts = make_services(load_settings(), clock=command_clock(), poll=False)
    parts.store.plain.migrate()
    shared = {"message_id": message_id or audience.stem, "locale": locale, "consent": ",".join(consent)}
    try:
        parts.source.current()
        listed = write_list(
            members,
            out,
            parts.mail_content.content,
            placement=place,
            shared=shared,
            prefix=prefix,
            step=_progress(len(members[1])),
        )
    finally:
        parts.store.close()
    for line, why in listed.bad[:_SHOWN]:
        say(f"{audience}:{line}: left out: {why}")
    if len(listed.bad) > _SHOWN:
        say(f"and {len(listed.bad) - _SHOWN} more")
    if as_json:
        print_json(asdict(listed))
    else:
        say(f"{out}: {listed.written} rows, {listed.decided} decided; {len(listed.bad)} left out")


def _progress(total: int) -> Callable[[], None]:
    """Says now and then how far it is, on a terminal."""
    done, told = 0, time.monotonic()

    def step() -> None:
        nonlocal done, told
        done += 1
        if sys.stderr.isatty() and time.monotonic() - told >= _EVERY_SECONDS:
            told = time.monotonic()
            say(f"{done:,} of {total:,}")

    return step
