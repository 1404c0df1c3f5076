"""The command ``nba measures``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from nba_service.cli.clock import now
from nba_service.cli.output import Table, json_option, print_json, say, shown


@click.command()
@click.argument("measure")
@click.option("--days", default="28", show_default=True, help="How long the period is.")
@click.option("--until", help="The last day of the period, as 2026-11-27.")
@click.option("--phase", help="Only this phase.")
@click.option("--channel", help="Only this channel.")
@click.option("--arm", help="Only this arm.")
@click.option("--target", help="The phase whose entries touchpoints are credited for.")
@click.option("--group", help="Only customers for whom a condition in CEL holds.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the main table to a CSV file."
)
@json_option
def measures(measure: str, out: Path | None, as_json: bool, **asked: str | None) -> None:
    """Say what happened: `lift` of arms and more, per customer and with intervals.

    \b
    Reads the rollups; `nba rollup` brings them up to date.
      nba measures lift
      nba measures lift --days 90 --json
      nba measures lift --out lift.csv
      nba measures demand --days 28
      nba measures variants
      nba measures coverage --group 'customer.attributes.household_size >= 3'
    """
    from nba_service.engine.source import EngineSource
    from nba_service.measures.as_csv import MAIN_TABLE, as_csv
    from nba_service.measures.measures import Measures
    from nba_service.measures.questions import read_question
    from nba_service.settings import load_settings
    from nba_service.store import open_store

    settings = load_settings()
    source, store = EngineSource(settings, poll=False), open_store(settings)
    try:
        store.migrate()
        values = {name: value for name, value in asked.items() if value is not None}
        question = read_question(values, source.current().journey, hide_below=0)
        made = Measures(store.rollups, source, store.configurations, now, store.latest_update)
        answer = made.ask(measure, question)
    finally:
        store.close()
        source.stop()
    if out is not None:
        out.write_text(as_csv(answer), encoding="utf-8", newline="")
        say(f"{out}: {len(answer.get(MAIN_TABLE[measure], ()))} rows")
    if as_json:
        print_json(answer)
    elif out is None:
        _show(answer, answer.get(MAIN_TABLE[measure], ()))


_NO_ROWS: Final = {
    "apprentice": "No caller has stated what it did itself in this period; --json has the other figures.",
    "variants": "No action of the journey file has variants.",
}
"""What a measure without a row means, where that can be said."""


def _show(answer: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """The main table, with intervals as low to high."""
    if answer["state"] == "empty":
        say("There is nothing in this period. `nba rollup` brings the figures up to date.")
    elif not rows:
        say(_NO_ROWS.get(answer["measure"], "There is no row for this period; --json has the other figures."))
    names = [name for name in (rows[0] if rows else {}) if not isinstance(rows[0][name], list)]
    texts = [[shown(row.get(name)) for name in names] for row in rows]
    if rows:
        right = frozenset(name for name in names if not isinstance(rows[0][name], str))
        Table(title=answer["measure"], columns=names, rows=texts, right=right).show()
