"""``nba doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import click

from nba_service.cli.output import json_option, print_json


@click.command()
@click.option("--migrate", is_flag=True, help="Bring the store's schema to this version first.")
@click.option(
    "--states", is_flag=True, help="Compare kept states with the rows, and make those anew that differ."
)
@json_option
def doctor(migrate: bool, states: bool, as_json: bool) -> None:
    """Check settings, journey file, champion bundle and store; of SQLite's file every page.

    \b
    Ends with 0 when `nba serve` would start, else with 1 and a line for each thing that is wrong.
      nba doctor
      nba doctor --migrate
      nba doctor --states
    """
    from nba_service.settings import load_settings

    settings = load_settings()  # a wrong setting is reported by itself, all of them at once
    from nba_service.server.startup import checks

    results = list(checks(settings, migrate=migrate, pages=True, states=states))
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
