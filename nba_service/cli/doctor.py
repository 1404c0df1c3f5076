"""``nba doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nba_service.cli.output import json_option, print_json

if TYPE_CHECKING:
    from nba_service.server.startup import Check


@click.command()
@click.option("--migrate", is_flag=True, help="Bring the store's schema to this version first.")
@click.option(
    "--states", is_flag=True, help="Compare kept states with the rows, and make those anew that differ."
)
@click.option("--url", metavar="URL", help="Ask a running service instead, from outside.")
@json_option
def doctor(migrate: bool, states: bool, url: str | None, as_json: bool) -> None:
    """Check settings, journey file, champion bundle, store and disk; of SQLite's file every page.

    Says too how old the champion is and when outcomes last came in. With --url it asks a running service
    through whatever stands before it, with the key in NBA_API_KEY if there is one.

    \b
    Ends with 0 when `nba serve` would start, else with 1 and a line for each thing that is wrong.
      nba doctor
      nba doctor --migrate
      nba doctor --states
      nba doctor --url http://127.0.0.1:8000
    """
    if url is not None:
        if migrate or states:
            raise click.UsageError("--url asks a service from outside: leave --migrate and --states out.")
        from nba_service.server.remote_checks import remote_checks

        _report(list(remote_checks(url, os.environ.get("NBA_API_KEY"))), as_json)
        return
    from nba_service.settings import load_settings

    settings = load_settings()  # a wrong setting is reported by itself, all of them at once
    from nba_service.server.startup import checks

    _report(list(checks(settings, migrate=migrate, pages=True, states=states)), as_json)


def _report(results: Sequence[Check], as_json: bool) -> None:
    wrong = [check for check in results if check.problem is not None]
    if as_json:
        print_json(
            [
                {
                    "check": check.name,
                    "ok": check.problem is None,
                    "code": check.problem.code if check.problem else None,
                    "detail": str(check.problem) if check.problem else check.found,
                }
                for check in results
            ]
        )
    else:
        for check in results:
            said = f"{check.problem.code}: {check.problem}" if check.problem else check.found
            click.echo(f"{'WRONG' if check.problem else 'ok   '} {check.name}: {said}")
    if wrong:
        raise click.exceptions.Exit(1)
