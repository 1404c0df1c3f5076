"""``nba train``: learn from historical journeys and publish a bundle.

Knows options and what is printed where: results on standard output, progress on standard error.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from training import api
from training.cli.options import (
    FOLDER,
    config_option,
    data_option,
    journey_option,
    refuse_own_placeholders,
    registry_option,
    seed_option,
)
from training.shards.engine import Buckets
from training.shards.one_machine import OneMachine


@click.command()
@config_option
@data_option
@journey_option
@registry_option
@click.option("--reports", type=FOLDER, help="Folder of reports.  [default: next to the registry]")
@seed_option
@click.option("--promote", is_flag=True, help="Let the new bundle decide at once.")
@click.option("--tune", type=click.IntRange(min=1), metavar="N", help="Try N sizes of trees first (Optuna).")
@click.option(
    "--cache",
    type=FOLDER,
    help="What earlier runs made and fitted.  [default: next to the registry]",
)
@click.option("--fresh", is_flag=True, help="Make and fit everything again, whatever is kept.")
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="N",
    help="Work on customers in N shards, one in memory at a time; large arrays lie on disk.",
)
@click.option("--scratch", type=FOLDER, help="Where shards lie meanwhile.  [default: next to the registry]")
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
    shards: int | None,
    scratch: Path | None,
    as_json: bool,
) -> None:
    """Learn from historical journeys and publish a bundle.

    The first bundle of a registry decides at once; later ones wait for the gate and `nba promote`.
    Broken off, it resumes: tables, features and every fitted model are kept, keyed by data, configuration,
    code and machine.

    \b
    nba train --config examples/solar/training.yaml --data var/demo/history
    nba train --data var/export --journey examples/solar/journey.yaml   what `nba export` wrote
    """
    refuse_own_placeholders()
    progress = api.Progress.for_terminal()
    kept = api.Cache(
        root=registry.parent / "cache" if cache is None else cache,
        fresh=fresh,
        say=lambda text: click.echo(text, err=True),
    )
    own = registry.parent / "scratch" if scratch is None else scratch
    buckets = None if shards is None else Buckets(count=shards, engine=OneMachine(), scratch=own)
    dataset = api.load_tables(
        data, config, journey=journey, progress=progress, cache=kept, buckets=buckets, seed=seed
    )
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
    from training.cli.tables_shown import wide_console
    from training.run.terminal import show

    show(result, wide_console())
