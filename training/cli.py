"""Commands of training: ``nba train`` and ``nba tables``.

Knows options and what is printed where: results on standard output, progress on standard error.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from models.domain.ids import refuse_placeholders
from training import api
from training.data.rejects import summary, write_rejects
from training.data.tables import write_tables

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

_config = click.option(
    "--config", type=_FILE, help="training.yaml; without it DATA holds the four tables as Parquet."
)
_data = click.option("--data", type=_FOLDER, required=True, help="Folder that the sources lie in.")
_journey = click.option("--journey", type=_FILE, help="Journey file, instead of the one --config names.")


@click.command()
@_config
@_data
@_journey
@click.option(
    "--registry",
    type=_FOLDER,
    default=Path("var/registry"),
    envvar="NBA_REGISTRY",
    show_default=True,
    help="Where bundles are published.",
)
@click.option("--reports", type=_FOLDER, help="Folder of reports.  [default: next to the registry]")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the configuration's.")
@click.option("--promote", is_flag=True, help="Let the new bundle decide at once.")
@click.option("--tune", type=click.IntRange(min=1), metavar="N", help="Try N sizes of trees first (Optuna).")
@click.option(
    "--cache",
    type=_FOLDER,
    help="What earlier runs made and fitted.  [default: next to the registry]",
)
@click.option("--fresh", is_flag=True, help="Make and fit everything again, whatever is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print the bundle's manifest, metrics included.")
def train(
    config: Path | None,
    data: Path,
    journey: Path | None,
    registry: Path,
    reports: Path | None,
    seed: int | None,
    promote: bool,
    tune: int | None,
    cache: Path | None,
    fresh: bool,
    as_json: bool,
) -> None:
    """Learn from historical journeys and publish a bundle.

    The first bundle of a registry decides at once; later ones wait for the gate and `nba promote`.
    Broken off, it resumes: tables, features and every fitted model are kept, keyed by data, configuration,
    code and machine.

    \b
    nba train --config examples/starbucks/training.yaml --data ../shared/data/starbucks
    nba export var/export && nba train --data var/export --journey examples/solar/journey.yaml
    """
    _refuse_own_placeholders()
    progress = api.Progress.for_terminal()
    kept = api.Cache(
        root=registry.parent / "cache" if cache is None else cache,
        fresh=fresh,
        say=lambda text: click.echo(text, err=True),
    )
    dataset = api.load_tables(data, config, journey=journey, progress=progress, cache=kept)
    result = api.train(
        dataset,
        registry,
        reports=reports,
        promote=promote,
        seed=seed,
        tune=tune or 0,
        progress=progress,
        cache=kept,
    )
    if as_json:
        click.echo(json.dumps(result.manifest.to_json(), ensure_ascii=False, indent=1))
        return
    from rich.console import Console

    from training.run.terminal import show

    console = Console(highlight=False)
    show(result, console if console.is_terminal else Console(highlight=False, width=160))


@click.command()
@_config
@_data
@_journey
@click.option("--out", type=_FOLDER, required=True, help="Folder for the Parquet files.")
@click.option("--json", "as_json", is_flag=True, help="Print counts and rejects as JSON.")
def tables(config: Path | None, data: Path, journey: Path | None, out: Path, as_json: bool) -> None:
    """Check the four tables that a training.yaml makes, and write them as Parquet.

    `nba import OUT` reads them into a service. Rows that are not right are in OUT/rejects.jsonl, each
    with its reason.

    \b
    nba tables --config examples/starbucks/training.yaml --data ../shared/data/starbucks --out var/tables
    """
    _refuse_own_placeholders()
    dataset = api.load_tables(data, config, journey=journey, progress=api.Progress.for_terminal())
    validated = dataset.validated
    write_tables(validated.tables, out)
    write_rejects(validated.rejects, out / "rejects.jsonl")
    rejected = [
        {"table": table, "column": column, "reason": reason, "rows": rows}
        for table, column, reason, rows in summary(validated.rejects)
    ]
    counts = validated.tables.counts
    if as_json:
        click.echo(
            json.dumps(
                {
                    "sources": [*dataset.notes],
                    "tables": counts,
                    "rejected": rejected,
                    "customers_made": validated.customers_made,
                },
                ensure_ascii=False,
                indent=1,
            )
        )
        return
    for note in dataset.notes:
        click.echo(note)
    for name, number in counts.items():
        click.echo(f"{name:<14}{number:>12,} rows")
    for each in rejected:
        click.echo(f"rejected: {each['rows']:,} of {each['table']}, {each['column']}: {each['reason']}")
    for name, columns in validated.unused_columns.items():
        click.echo(f"not used: {', '.join(columns)} of {name}")


def _refuse_own_placeholders() -> None:
    refuse_placeholders(filter(None, map(str.strip, os.environ.get("NBA_PLACEHOLDER_IDS", "").split(","))))
