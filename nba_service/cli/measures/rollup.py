"""The command ``nba rollup``."""

from __future__ import annotations

from dataclasses import asdict

import click

from nba_service.cli.clock import command_clock
from nba_service.cli.output import json_option, print_json, say


@click.command()
@json_option
def rollup(as_json: bool) -> None:
    """Update the rollups that measures and the console read.

    \b
    Reads what was written about customers since the last time, late events included, and never holds up a
    decision. Broken off, it goes on where it was. `nba serve` does it every NBA_ROLLUP_MINUTES; another
    journey file rolls everything up anew.
      nba rollup
    """
    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    from nba_service.measures.rollups.rollup import Rollup
    from nba_service.process.logs import configure_logs
    from nba_service.services import make_services, second_look
    from nba_service.settings import load_settings

    settings = load_settings()
    configure_logs("warning")
    parts = make_services(settings, clock=command_clock(), poll=False)
    try:
        journey, store = parts.source.current().journey, parts.store.plain
        store.migrate()
        done = Rollup(store.rollups, journey, command_clock(), second_look(parts)).run(_progress)
    finally:
        parts.store.close()
        parts.source.stop()
    if as_json:
        print_json(asdict(done))
        return
    click.echo(f"{done.people} customers rolled up, {done.gone} gone, {done.seconds:.1f} s")
    if done.anew:
        say("Everything was rolled up anew: it was never done, or with another journey file.")
    if not done.whole:
        say("Another process rolls up at the same time; it does the rest.")


def _progress(done: int, of: int) -> None:
    if of >= 10_000:
        say(f"{done} of {of}")
