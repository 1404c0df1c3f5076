"""``nba tables``: check the four tables, and write them as Parquet."""

from __future__ import annotations

import json
from pathlib import Path

import click

from training import api
from training.checks.times import check_times
from training.cli.options import (
    FOLDER,
    config_option,
    data_option,
    journey_option,
    refuse_own_placeholders,
)
from training.data.rejects import kept_where_refused, summary, write_rejects
from training.data.tables import write_tables


@click.command()
@config_option
@data_option
@journey_option
@click.option("--out", type=FOLDER, required=True, help="Folder for the Parquet files.")
@click.option("--json", "as_json", is_flag=True, help="Print counts and rejects as JSON.")
def tables(config: Path | None, data: Path, journey: Path | None, out: Path, as_json: bool) -> None:
    """Check the four tables that a training.yaml makes, and write them as Parquet.

    `nba import OUT` reads them into a service. Rows that are not right are in OUT/rejects.jsonl, each
    with its reason.

    \b
    nba tables --config examples/solar/training.yaml --data var/demo/history --out var/tables
    """
    refuse_own_placeholders()
    with kept_where_refused(out / "rejects.jsonl"):
        dataset = api.load_tables(data, config, journey=journey, progress=api.Progress.for_terminal())
    validated = dataset.validated
    write_tables(validated.tables, out)
    write_rejects(validated.rejects, out / "rejects.jsonl")
    rejected = [
        {"table": table, "column": column, "reason": reason, "rows": rows}
        for table, column, reason, rows in summary(validated.rejects)
    ]
    counts = validated.tables.counts
    findings = [*check_times(validated.tables, dataset.journey)]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "sources": [*dataset.notes],
                    "tables": counts,
                    "rejected": rejected,
                    "customers_made": validated.customers_made,
                    "checks": [each.to_json() for each in findings],
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
    for finding in findings:
        click.echo(f"{'warning' if finding.warning else 'found'}: {finding.sentence}")
