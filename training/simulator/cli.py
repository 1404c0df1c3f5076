"""The commands ``nba simulate`` and ``nba rollout``.

A made-up history with known truth, and what a bundle truly earns in it. Knows options and messages; the work
is in ``log/log.py`` and ``evaluate.py``.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from models.bundle import load_bundle
from models.policy.engine import Engine
from training.simulator.evaluate import as_text, evaluate
from training.simulator.log.log import simulate_log, write_log
from training.simulator.world.load import load_world


@click.command()
@click.option(
    "--world",
    "world_path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="World file, e.g. examples/solar/simulator.yaml.",
)
@click.option("--customers", type=click.IntRange(1, 5_000_000), default=20_000, show_default=True)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=364, show_default=True, help="Length of the log."
)
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="Same seed, same files.")
@click.option(
    "--ends-at",
    type=click.DateTime(["%Y-%m-%d"]),
    help="End of the log; it then starts --days earlier, otherwise when the world file says.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to."
)
@click.option("--json", "as_json", is_flag=True, help="Print the truth manifest instead of a summary.")
def simulate(
    world_path: Path, customers: int, days: int, seed: int, ends_at: datetime | None, out: Path, as_json: bool
) -> None:
    """Make up a history of customers whose behaviour follows known equations.

    Writes customers, interactions, decisions and outcomes as Parquet, a copy of the journey file, and
    truth.json, which says how the history was made.

    \b
    Example:
      nba simulate --world examples/solar/simulator.yaml --customers 20000 --out var/solar
      nba train --config examples/solar/training.yaml --data var/solar
    """
    start = None if ends_at is None else ends_at.replace(tzinfo=UTC) - timedelta(days=days)
    world = load_world(world_path, start=start)
    console = Console(stderr=True)
    with Progress(
        TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TextColumn("decisions"),
        TimeElapsedColumn(), console=console, disable=not console.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("simulate", total=None)
        log = simulate_log(
            world,
            customers,
            days,
            np.random.default_rng(seed),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    truth = write_log(log, out, seed=seed)
    if as_json:
        click.echo(json.dumps(truth, indent=2, ensure_ascii=False))
        return
    rows = ", ".join(f"{count:,} {name}" for name, count in truth["rows"].items())
    click.echo(f"{out}: {rows}; {truth['start'][:10]} to {truth['end'][:10]}, seed {seed}.")


@click.command()
@click.option(
    "--world",
    "world_path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="World file that the bundle's history came from.",
)
@click.option("--bundle", type=click.Path(path_type=Path, file_okay=False), help="Folder of a bundle.")
@click.option("--customers", type=click.IntRange(10), default=4000, show_default=True)
@click.option(
    "--steps", type=click.IntRange(1), default=26, show_default=True, help="Decisions per customer."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print rows as JSON instead of a table.")
def rollout(
    world_path: Path, bundle: Path | None, customers: int, steps: int, seed: int, as_json: bool
) -> None:
    """Measure what a bundle earns in a simulated world, with baselines and the planner.

    Customers that were in no log live through the same chances under every policy. The share of the gap
    is 0 for random and 1 for a planner who knows the truth.

    \b
    Example:
      nba rollout --world examples/solar/simulator.yaml --bundle var/registry/bundles/2026-11-20T02-00Z-4f1c
    """
    world = load_world(world_path)
    engine = None
    if bundle is not None:
        loaded = load_bundle(bundle)
        engine = Engine(loaded.journey, loaded.models, bundle.name)
    console = Console(stderr=True)
    with console.status("rolling out") as status:
        shares = evaluate(
            world,
            engine,
            customers=customers,
            steps=steps,
            seed=seed,
            progress=lambda policy: status.update(f"rolling out: {policy}"),
        )
    click.echo(json.dumps([asdict(row) for row in shares], indent=2) if as_json else as_text(shares))
