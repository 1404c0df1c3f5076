"""The command ``nba decide --audience``.

A decision for everybody of a list, as columns for tools that cannot call.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nba_service.cli.clock import command_clock
from nba_service.cli.output import print_json, say

if TYPE_CHECKING:
    from nba_service.mail.audience import ListResult
    from nba_service.mail.audience_file import Audience, Stated
    from nba_service.mail.calls import MailCall

_SHOWN: Final = 20
_EVERY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What the command line says of a list.

    ``kind``: whether ``place`` is a channel or a placement.
    """

    place: str
    kind: str
    message_id: str | None
    locale: str | None
    consent: tuple[str, ...]
    at: str | None
    phase: str | None
    prefix: str
    for_spreadsheets: bool


def decide_audience(path: Path, out: Path, stated: Stated, options: ListOptions, *, as_json: bool) -> None:
    """Decide for all, write the list, and say who got what and what could not be read."""
    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    from nba_service.decisions.checks import latest_time
    from nba_service.errors import problem_of_fields
    from nba_service.mail.audience import write_list
    from nba_service.mail.audience_calls import list_problems
    from nba_service.mail.audience_file import read_audience
    from nba_service.services import make_services
    from nba_service.settings import load_settings

    audience = read_audience(path, stated)
    settings, clock = load_settings(), command_clock()
    parts = make_services(settings, clock=clock, poll=False)
    parts.store.plain.migrate()
    call = _call(path, options)
    try:
        latest = latest_time(clock(), settings.clock_skew_seconds)
        mails = parts.mail_content
        serving = parts.source.current()
        if problems := list(list_problems(mails, serving, call, kind=options.kind, latest=latest)):
            raise problem_of_fields(problems)
        listed = write_list(
            audience,
            out,
            mails.content,
            call,
            prefix=options.prefix,
            for_spreadsheets=options.for_spreadsheets,
            step=_progress(len(audience.members)),
        )
    finally:
        parts.store.close()
    _tell(path, "left out", listed.bad)
    _tell(path, "noted", listed.noted)
    if as_json:
        print_json({"read": audience.found, "repeated": audience.repeated, **asdict(listed)})
    else:
        _say_summary(audience, out, listed)


def _call(path: Path, options: ListOptions) -> MailCall:
    """What holds for everybody of the list."""
    from dataclasses import replace

    from nba_service.mail.request_values import read_call

    said = {
        "recipient": "everybody",
        "message_id": options.message_id or path.stem,
        "locale": options.locale,
        "consent": ",".join(options.consent),
    }
    return replace(read_call(options.place, said), at=options.at, phase=options.phase)


def _say_summary(audience: Audience, out: Path, listed: ListResult) -> None:
    say(f"read: {audience.found}")
    if audience.repeated:
        say(f"{audience.repeated} ids came again; each has one decision")
    say(f"{out}: {listed.written} rows, {listed.decided} decided; {len(listed.bad)} left out; utf-8, comma")
    for action, number in _most_first(listed.actions):
        say(f"  {number:>8,}  {action}")
    for code, number in _most_first(listed.nothing):
        say(f"  {number:>8,}  nothing: {code}")


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _tell(path: Path, what: str, lines: Iterable[tuple[int, str]]) -> None:
    texts = list(lines)
    for line, why in texts[:_SHOWN]:
        say(f"{path}:{line}: {what}: {why}")
    if len(texts) > _SHOWN:
        say(f"and {len(texts) - _SHOWN} more {what}")


def _progress(total: int) -> Callable[[], None]:
    """Says now and then how far it is, on a terminal."""
    done, shown_at = 0, time.monotonic()

    def step() -> None:
        nonlocal done, shown_at
        done += 1
        if sys.stderr.isatty() and time.monotonic() - shown_at >= _EVERY_SECONDS:
            shown_at = time.monotonic()
            say(f"{done:,} of {total:,}")

    return step
