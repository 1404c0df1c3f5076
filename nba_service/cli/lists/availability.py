"""``nba availability``: what can be delivered where and when."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nba_service.cli.clock import now, stated_moment
from nba_service.cli.output import Table, json_option, print_json, say, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from nba_service.decisions.configurations.service import Configurations


@click.group()
def availability() -> None:
    """Say what can be delivered where and when; see what is said.

    \b
      nba availability put car examples/configurator/stock.csv --journey examples/configurator/journey.yaml
      nba availability show car --region north --journey examples/configurator/journey.yaml
    """


_JOURNEY = click.option(
    "--journey",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The journey file that has the configurator.  [default: the one that decides]",
)


@availability.command()
@click.argument("configurator")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as-of", help="The moment the rows are of, as 2026-11-27T06:00:00Z.  [default: now]")
@click.option("--replace", is_flag=True, help="The file is the whole table: what is not in it ends.")
@_JOURNEY
@json_option
def put(
    configurator: str, file: Path, as_of: str | None, replace: bool, journey: Path | None, as_json: bool
) -> None:
    """Take the rows of a CSV file with a header.

    \b
    Columns: option, choice; and as needed region (empty or *: everywhere that has no row of its own),
    available (yes or no), from and until (days as 2026-11-27, the last included). Repeating changes nothing;
    rows older than what is stored change nothing either. All rows are taken, or none.
      nba availability put car examples/configurator/stock.csv --journey examples/configurator/journey.yaml
    """
    from nba_service.decisions.configurations.csv_rows import read_rows
    from nba_service.decisions.configurations.service import UploadCall

    moment = None if as_of is None else stated_moment("--as-of", as_of)
    call = UploadCall(rows=tuple(read_rows(file)), as_of=moment, replace=replace)
    with _configurations(journey) as service:
        done = service.upload(configurator, call)
    if as_json:
        print_json(done)
        return
    say(
        f"{file}: {done['changed']} rows changed, {done['unchanged']} unchanged, {done['older']} older than"
        f" what is stored, {done['ended']} ended"
    )


@availability.command()
@click.argument("configurator")
@click.option("--region", help="Only rows that hold there.")
@_JOURNEY
@json_option
def show(configurator: str, region: str | None, journey: Path | None, as_json: bool) -> None:
    """Show what can be delivered, and how old that is.

    \b
      nba availability show car --region north --journey examples/configurator/journey.yaml
    """
    with _configurations(journey) as service:
        answer: dict[str, Any] = service.availability(configurator, region)
    if as_json:
        print_json(answer)
        return
    columns = ["option", "choice", "region", "available", "from", "until"]
    rows = [[shown(row[name]) for name in columns] for row in answer["rows"]]
    Table(title=configurator, columns=columns, rows=rows).show()
    age = answer["age_hours"]
    said = "never uploaded" if age is None else f"{age:.1f} hours old"
    say(f"{said}; {answer['code']}: nothing is promised" if answer["code"] else said)


def _configurations(journey: Path | None) -> AbstractContextManager[Configurations]:
    from contextlib import contextmanager

    from models.domain.history import to_ms
    from nba_service.decisions.configurations.service import Configurations
    from nba_service.engine.source import EngineSource
    from nba_service.resilience import open_resilient_store
    from nba_service.settings import load_settings

    @contextmanager
    def opened() -> Iterator[Configurations]:
        settings = load_settings()
        if journey is not None:  # no bundle is asked: it may be of another company
            settings = dataclasses.replace(settings, journey=journey, registry=journey / "none")
        store = open_resilient_store(settings, lambda: to_ms(now()))
        source = EngineSource(settings, poll=False)
        try:
            store.plain.migrate()
            yield Configurations(store=store, source=source, clock=now)
        finally:
            store.close()
            source.stop()

    return opened()
