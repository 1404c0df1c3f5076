"""``nba import`` and ``nba export``: the four tables as Parquet."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nba_service.cli.clock import now
from nba_service.cli.output import json_option, print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.domain.journey import Attribute
    from nba_service.data.tables import Moved

_SHOWN: Final = 20
_NAMED: Final = 1_000


@click.command("import")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@json_option
def import_(folder: Path, as_json: bool) -> None:
    """Read customers, interactions, decisions and outcomes (Parquet) into the store.

    \b
    FOLDER holds customers.parquet and so on, as `nba simulate`, `nba tables` and `nba export` write them. Ids
    are kept; importing twice changes nothing, and what the store has already is left as it is. A row that is
    wrong is named and left out, by the checks that the API has; so is a wrong value of a customer. Files of
    another form are named and not read: `nba tables` makes tables of them. Rows of people who were erased
    after them stay out, for 90 days.
      nba import var/demo/history
    """
    from models.errors import NBAError
    from nba_service.data.table_files import table_files, unread_line
    from nba_service.data.tables import COLUMNS, import_folder
    from nba_service.engine.source import EngineSource
    from nba_service.settings import load_settings
    from nba_service.store import open_store

    unread = table_files(folder, COLUMNS).unread
    settings = load_settings()
    of_accounts: Mapping[str, Attribute] | None = None
    try:
        names = EngineSource(settings, poll=False).current().names
        attributes, withdraws, properties = names.attributes, names.withdraws, names.properties
        of_accounts = names.account_attributes
    except NBAError as error:
        attributes, withdraws, properties = None, {}, {}  # serving looks for withdrawals once it knows them
        say(f"attributes are not checked: {error}")
    store = open_store(settings)
    store.migrate()
    try:
        moved = import_folder(
            store,
            folder,
            attributes=attributes,
            withdraws=withdraws,
            properties=properties,
            account_attributes=of_accounts,
        )
    finally:
        store.close()
    if unread:
        say(unread_line(folder, unread))
    if as_json:
        print_json({table.table: _counts(table) for table in moved})
        return
    for table in moved:
        differing = f", {table.conflicts} differ from what is stored, which stayed" if table.conflicts else ""
        left_out = f", {table.left_out} left out" if table.left_out else ""
        click.echo(f"{table.table}: {table.rows} rows, {table.new} new{differing}{left_out}")
        if table.erased:
            say(f"{table.table}: {table.erased} rows left out: of people who were erased after them")
        for problem in table.problems[:_SHOWN]:
            what = "left out" if problem.left_out else "not taken"
            say(f"{problem.file}, row {problem.row}: {what}: {problem.column}: {problem.reason}")
        if len(table.problems) > _SHOWN:
            say(f"and {len(table.problems) - _SHOWN} more in {table.table}; --json names 1,000")


def _counts(moved: Moved) -> dict[str, object]:
    return {
        "rows": moved.rows,
        "new": moved.new,
        "conflicts": moved.conflicts,
        "left_out": moved.left_out,
        "erased": moved.erased,
        "problems": [asdict(problem) for problem in moved.problems[:_NAMED]],
    }


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="Folder (of Parquet) or file to write to.")
@click.option(
    "--list-customers", type=click.IntRange(1, 1_000_000), metavar="N", help="Only print N customer ids."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "dsjson", "obp"]),
    default="parquet",
    show_default=True,
    help="dsjson: for Vowpal Wabbit; obp: arrays for Open Bandit Pipeline; then --out is a file.",
)
@click.option(
    "--reward",
    type=click.Choice(["response", "value"]),
    default="response",
    show_default=True,
    help="Of dsjson and obp: 1 for a positive response, or its worth less the channel's cost.",
)
@json_option
def export(out: Path | None, list_customers: int | None, form: str, reward: str, as_json: bool) -> None:
    """Write the store as Parquet, by month, for `nba train`.

    \b
    Idempotent: exporting again replaces the files of the export before.
      nba export --out var/export
      nba train --config examples/solar/training.yaml --data var/export
      nba export --format dsjson --out var/log.dsjson
    """
    if (out is None) == (list_customers is None):
        raise click.UsageError("Say either --out FOLDER or --list-customers N.")
    if form != "parquet" and out is not None:
        _export_log(out, form, reward, as_json)
        return
    if out is not None and out.is_file():
        raise click.UsageError(f"{out} is a file; Parquet needs a folder.")
    from models.domain.history import to_ms
    from nba_service.data.tables import export_store
    from nba_service.settings import load_settings
    from nba_service.store import open_store

    store = open_store(load_settings())
    store.migrate()
    try:
        if out is None:
            for row in store.scan("customers", "", list_customers or 0):
                click.echo(row["customer_id"])
            return
        begun = now()
        moved = export_store(store, out)
        store.note_export(to_ms(begun))
    finally:
        store.close()
    if as_json:
        print_json({one.table: {"rows": one.rows, "files": one.files} for one in moved})
        return
    for table in moved:
        click.echo(f"{table.table}: {table.rows} rows in {table.files} files")
    say(f"{out}: nba train --config … --data {out} reads it")


def _export_log(out: Path, form: str, reward: str, as_json: bool) -> None:
    """Write the decision log for another tool."""
    from models.domain.history import to_ms
    from nba_service.data.bandit_log import LeftOut, Reward, logged_rows, write_dsjson, write_obp
    from nba_service.engine.source import EngineSource
    from nba_service.settings import load_settings
    from nba_service.store import open_store

    settings = load_settings()
    journey = EngineSource(settings, poll=False).current().journey
    store, left_out = open_store(settings), LeftOut()
    store.migrate()
    try:
        rows = logged_rows(store, journey, now=to_ms(now()), reward=Reward(reward), left_out=left_out)
        number = write_dsjson(rows, out) if form == "dsjson" else write_obp(rows, journey, out)
    finally:
        store.close()
    if as_json:
        print_json({"rows": number, "left_out": left_out.reasons, "evenly_shared": left_out.shared})
        return
    click.echo(f"{out}: {number} decisions")
    if left_out.shared:
        said = "state the probability of the chosen action alone; the others share the rest evenly"
        say(f"{left_out.shared} {said}")
    for reason, count in left_out.reasons.items():
        say(f"left out: {count} {reason}")
