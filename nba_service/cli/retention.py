"""``nba retention``: forget what is old."""

from __future__ import annotations

import click

from nba_service.cli.clock import now
from nba_service.cli.output import json_option, print_json, say


@click.command()
@click.option("--days", type=click.IntRange(1, 36_500), help="Instead of NBA_RETENTION_DAYS.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--unexported", is_flag=True, help="Also what no `nba export` has had since.")
@json_option
def retention(days: int | None, dry_run: bool, unexported: bool, as_json: bool) -> None:
    """Delete interactions, decisions and outcomes that are older than NBA_RETENTION_DAYS.

    \b
    Nothing that a contact limit, a repeat, a lapse or an open response window looks at goes, and nothing
    that was never exported, unless you say so. Profiles stay. Audited. Run it daily (cron).
      nba retention --days 730 --dry-run
      NBA_RETENTION_DAYS=730 nba retention
    """
    from nba_service.data.retention import forget
    from nba_service.engine.source import EngineSource
    from nba_service.process.logs import configure_logs
    from nba_service.settings import load_settings
    from nba_service.store import open_store

    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    days = days or settings.retention_days
    if not days:
        raise click.UsageError("Say --days N, or set NBA_RETENTION_DAYS; without either everything is kept.")
    source = EngineSource(settings, poll=False)
    store = open_store(settings)
    store.migrate()
    try:
        journey = source.current().journey
        done = forget(store, journey, days=days, now=now(), unexported=unexported, dry_run=dry_run)
    finally:
        store.close()
        source.stop()
    if as_json:
        print_json(
            {
                "before": done.before.isoformat(),
                "dry_run": dry_run,
                **done.rows,
                "kept_open": done.kept_open,
            }
        )
        return
    word = "would go" if dry_run else "gone"
    for table, rows in done.rows.items():
        click.echo(f"{table}: {rows} rows {word}")
    say(f"older than {done.before:%Y-%m-%d %H:%M} UTC; {done.kept_open} old decisions stay, they are open")
