"""``nba decide --audience`` from exported tables.

An extra brings the engine for them. The store is not asked: what decides is the registry's champion, what is
known stands in the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nba_service.cli.clock import command_clock
from nba_service.cli.lazy import ExtraMissingError
from nba_service.cli.output import print_json, say

if TYPE_CHECKING:
    from nba_service.mail.audience_file import Stated


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """What the command line says of a run.

    ``data``: where the four tables are.
    """

    engine: str
    data: str | None
    run_id: str
    channel: str
    at: str | None
    master: str | None
    work: str | None


def decide_on_tables(path: Path, out: str, stated: Stated, options: TableOptions, *, as_json: bool) -> None:
    """Decide for everybody of a list, write Parquet into a folder, and say who got what.

    Raises:
        click.UsageError: there are no tables.
        ExtraMissingError: nothing is installed that works on tables.
        NBAError: see the run.
    """
    from nba_service.http.fields.values import parse_instant
    from nba_service.mail.audience_file import read_audience
    from nba_service.settings import load_settings

    if options.data is None:
        raise click.UsageError("--engine needs --data, the folder that `nba export` wrote.")
    audience = read_audience(path, stated)
    left_out = [member for member in audience.members if isinstance(member, tuple)]
    told: Any = work_on_tables().decide_on_tables(
        engine=options.engine,
        registry=load_settings().registry,
        data=options.data,
        audience=[member.recipient for member in audience.members if not isinstance(member, tuple)],
        channel=options.channel,
        at=command_clock()() if options.at is None else parse_instant(options.at),
        run_id=options.run_id,
        out=out,
        master=options.master,
        work=options.work,
    )
    if as_json:
        print_json(
            {
                "run_id": options.run_id,
                "decisions": told.decisions,
                "actions": dict(told.actions),
                "moved": told.moved,
                "prices": told.prices,
                "left_out": left_out,
            }
        )
        return
    for line, why in left_out[:20]:
        say(f"{path}:{line}: left out: {why}")
    say(f"{out}: {told.decisions:,} decisions of run {options.run_id}; {len(left_out)} left out")
    for action, number in sorted(told.actions.items(), key=lambda item: (-item[1], item[0])):
        say(f"  {number:>8,}  {action}")
    for channel, price in told.prices.items():
        say(f"channel {channel} is full: a contact is worth {price:.2f} there; {told.moved:,} got another")


def work_on_tables() -> Any:
    """The module that works on tables, which an entry point names.

    Raises:
        ExtraMissingError: nothing is installed that does.
    """
    found = next(iter(entry_points(group="nba.batch", name="decide")), None)
    if found is None:
        raise ExtraMissingError(
            "decisions from tables need the extra train, which is not installed: pip install -e '.[train]'"
        )
    return import_module(found.module)
