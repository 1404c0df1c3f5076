"""``nba compare``: two bundles on the same decisions of a log."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from training import api
from training.cli.options import (
    Instant,
    config_option,
    data_option,
    journey_option,
    refuse_own_placeholders,
    registry_option,
    seed_option,
)


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@config_option
@data_option
@journey_option
@registry_option
@click.option(
    "--since", type=Instant(), help="Only decisions later than that.  [default: than either learned from]"
)
@seed_option
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
def compare(
    a: str,
    b: str,
    config: Path | None,
    data: Path,
    journey: Path | None,
    registry: Path,
    since: datetime | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Say what A would have earned more than B on the same logged decisions.

    A and B are bundles of the registry, `champion`, or `nothing` for doing nothing. Decisions are later than
    what either learned from. Nothing is published or promoted.

    \b
    nba compare 2026-11-20T02-00Z-4f1c champion --data var/export --journey journey.yaml
    nba compare champion nothing --config training.yaml --data history --json | jq .verdict
    """
    refuse_own_placeholders()
    progress = api.Progress.for_terminal()
    dataset = api.load_tables(data, config, journey=journey, progress=progress)
    ours, theirs = (name if name == api.NOTHING else api.load_bundle(registry, name) for name in (a, b))
    found = api.compare(ours, theirs, dataset, since=since, seed=seed)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
        return
    from training.cli.show_comparison import show
    from training.run.tables_shown import result_console

    show(found, result_console())
