"""``nba init``: two files to begin with.

From a template, or from a folder of files, to a journey that trains and serves. Knows options and what is
printed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import click
import numpy as np

from models.errors import TrainingConfigError, TrainingDataError
from models.journey_file import lint_journey, parse_journey
from training.config import read_config
from training.data.validate import Validated
from training.run.inputs import read_tables
from training.run.progress import Progress
from training.starter.exports import texts as exports
from training.starter.exports.known import NAMES, Recognised, recognise
from training.starter.exports.reading import read_contents
from training.starter.guesses import Roles, guess
from training.starter.journey_text import Company, actions_of, journey_text, response_name
from training.starter.profiles import profiles
from training.starter.stand_in import write_stand_in
from training.starter.training_text import training_text

TEMPLATES: Final = ("shop", "subscription", "b2b", "email", "ab-test")
CUSTOMERS: Final = 1500  # of a stand-in: enough for every stage of a training
_PACKAGE: Final = "training.starter.journeys"
_FOLDER: Final = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--template", type=click.Choice(TEMPLATES), help="Begin with a journey of this kind.")
@click.option("--data", type=_FOLDER, help="Begin with what lies here: CSV, JSON or Parquet files.")
@click.option(
    "--export",
    "tool",
    type=click.Choice(("auto", "none", *NAMES)),
    default="auto",
    show_default=True,
    help="Whose export --data is; none: look at columns alone.",
)
@click.option("--customer", metavar="COLUMN", help="Whose rows they are.")
@click.option("--action", metavar="COLUMN", help="What was done: a campaign, an offer, a variant.")
@click.option("--channel", metavar="COLUMN", help="Over which channel; none: they all went over one.")
@click.option("--time", metavar="COLUMN", help="When it was done.")
@click.option("--outcome", metavar="NAME", help="A column of yes and no, or an event: the response.")
@click.option("--worth", type=float, help="What a response is worth, in --currency.  [default: 1]")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True, help="Of times without a zone.")
@click.option(
    "--window", type=click.IntRange(1, 365), default=14, show_default=True, help="Days to respond in."
)
@click.option("--yes", is_flag=True, help="Ask nothing; take the guesses.")
def init(
    folder: Path,
    template: str | None,
    data: Path | None,
    tool: str,
    customer: str | None,
    action: str | None,
    channel: str | None,
    time: str | None,
    outcome: str | None,
    worth: float | None,
    currency: str,
    time_zone: str,
    window: int,
    yes: bool,
) -> None:
    """Write a journey file and a training file into FOLDER, checked and ready to run.

    With --data it looks at your files (delimiter, encoding, dates, ids, what may be action and outcome),
    says what it takes for what, and asks only what no file says. With --template it writes one of five
    journeys, and made-up data that shows the form.

    \b
      nba init my-shop --template shop
      nba init my-journey --data exports
      nba init my-journey --data exports --export none --yes
      nba init my-journey --data exports --action mailings.campaign --outcome ordered --worth 25 --yes
    """
    if (template is None) == (data is None):
        raise click.UsageError(f"Say either --template ({', '.join(TEMPLATES)}) or --data FOLDER.")
    there = [name for name in ("journey.yaml", "training.yaml") if (folder / name).exists()]
    if there:
        raise TrainingConfigError(
            f"{folder} has {' and '.join(there)} already. Name another folder, or remove them."
        )
    roles = None
    if template is not None:
        _from_template(folder, template)
        data = folder / "data"
    elif data is not None and (export := _export(data, tool)) is not None:
        _from_export(folder, data, export, _company(folder, currency, time_zone, worth, window))
    elif data is not None:
        asks = not yes and _asks()
        stated = {
            "customer": customer,
            "action": action,
            "channel": channel,
            "time": time,
            "outcome": outcome,
        }
        roles = guess(profiles(data), {name: value for name, value in stated.items() if value is not None})
        _tell(roles)
        if asks:
            click.confirm(
                "Is that right? (No: say it with --customer, --action, --time, --outcome)", abort=True
            )
        if worth is None and asks:
            worth = click.prompt(f"What is a response worth, in {currency}?", type=float, default=1.0)
        company = _company(folder, currency, time_zone, worth, window)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "journey.yaml").write_text(journey_text(roles, company), encoding="utf-8")
        (folder / "training.yaml").write_text(training_text(roles, company), encoding="utf-8")
    counts = _check(folder, data or folder)
    if roles is not None and roles.outcome is not None and not counts.get("outcomes"):
        said = roles.outcome.name
        click.echo(f"warning: nobody responded: no {said} says yes. Name another column: --outcome COLUMN")
    _next(folder, data or folder)


def _company(folder: Path, currency: str, time_zone: str, worth: float | None, window: int) -> Company:
    return Company(
        name=folder.resolve().name,
        currency=currency,
        time_zone=time_zone,
        worth=1.0 if worth is None else worth,
        window_days=window,
    )


def _export(data: Path, tool: str) -> Recognised | None:
    """The known tool whose export lies there, if it is one."""
    if tool == "none" or not data.is_dir():
        return None
    return recognise(data, NAMES if tool == "auto" else (tool,))


def _from_export(folder: Path, data: Path, found: Recognised, company: Company) -> None:
    """The two files of a known tool's export."""
    click.echo(f"an export of   {found.export.label} (--export none looks at columns alone)")
    for name, pattern in found.files.items():
        click.echo(f"{name:<15}{pattern}")
    contents = read_contents(found, data)
    click.echo(
        f"{'campaigns':<15}{len(contents.campaigns)}{f' and {contents.more} more' if contents.more else ''}"
    )
    click.echo(f"{'events':<15}{', '.join(contents.kinds[:12])}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "journey.yaml").write_text(exports.journey_text(found, contents, company), encoding="utf-8")
    (folder / "training.yaml").write_text(exports.training_text(found, contents, company), encoding="utf-8")


def _asks() -> bool:
    """Whether a person sits there."""
    return sys.stdin.isatty()


def _from_template(folder: Path, template: str) -> None:
    """The journey, the training file, and made-up data of today."""
    package = files(_PACKAGE)
    folder.mkdir(parents=True, exist_ok=True)
    journey = (package / f"{template}.yaml").read_bytes()
    (folder / "journey.yaml").write_bytes(journey)
    (folder / "training.yaml").write_bytes((package / "training.yaml").read_bytes())
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    write_stand_in(
        parse_journey(journey, template),
        folder / "data",
        customers=CUSTOMERS,
        ends_at=today,
        rng=np.random.default_rng(7),
    )


def _tell(roles: Roles) -> None:
    """What is taken for what, a line each."""
    contacts = roles.contacts
    told = {
        "what was done": f"{contacts.path.name}, {contacts.rows:,} rows ({contacts.written or 'Parquet'})",
        "customer": roles.customer or "each row is one",
        "time": roles.time.name if roles.time else "none",
        "action": f"{roles.action.name}: {', '.join(actions_of(roles).values())}",
        "channel": roles.channel.name if roles.channel else "one for all",
        "nothing done": ", ".join(roles.control) or "no such value",
        "response": roles.outcome.name if roles.outcome else response_name(roles),
        "attributes": ", ".join(column.name for _, column in roles.attributes) or "none",
        "events": ", ".join(f"{e.file.path.name} ({len(e.touchpoints())} kinds)" for e in roles.events)
        or "none",
    }
    for name, value in told.items():
        click.echo(f"{name:<14}{value if len(value) < 96 else value[:93] + '...'}")
    for sentence in roles.unsure:
        click.echo(f"note: {sentence}")


def _check(folder: Path, data: Path) -> Mapping[str, int]:
    """Read everything once, as training does: what is wrong is said now. Returns rows by table."""
    journey = (folder / "journey.yaml").read_bytes()
    for finding in lint_journey(
        parse_journey(journey, str(folder / "journey.yaml")), "journey.yaml", journey
    ):
        click.echo(f"warning: {finding}")
    progress = Progress()
    _, _, validated = read_tables(read_config(folder / "training.yaml"), data, progress)
    for note in progress.notes:
        if note.startswith("filtered: "):
            click.echo(note)
    for name, rows in validated.tables.counts.items():
        click.echo(f"{name:<14}{rows:>10,} rows{_rejected(validated, name)}")
    if not validated.tables.counts.get("decisions") and not _told_of_nothing_done(folder):
        raise TrainingDataError(
            f"no decision came out of {data}. Correct `decisions` in {folder / 'training.yaml'}."
        )
    return validated.tables.counts


def _told_of_nothing_done(folder: Path) -> bool:
    """Whether the training file has no decisions, because the export has none."""
    if "decisions" in read_config(folder / "training.yaml").tables:
        return False
    click.echo(
        "note: it says what people did, and nothing of what you did; add your contacts before you train"
    )
    return True


def _rejected(validated: Validated, table: str) -> str:
    wrong = sum(reject.table == table for reject in validated.rejects)
    return f", {wrong:,} rejected" if wrong else ""


def _next(folder: Path, data: Path) -> None:
    click.echo(f"\nWritten: {folder / 'journey.yaml'}, {folder / 'training.yaml'}. Next:")
    click.echo(f"  nba journey show {folder / 'journey.yaml'}")
    click.echo(
        f"  nba train --config {folder / 'training.yaml'} --data {data} --registry {folder / 'registry'}"
    )
    click.echo(
        f"  NBA_REGISTRY={folder / 'registry'} NBA_DATABASE_URL=sqlite:///{folder / 'nba.sqlite'} nba serve"
    )
