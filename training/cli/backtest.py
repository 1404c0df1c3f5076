"""``nba backtest`` and ``nba learning-curve``.

What trainings of the past, or of fewer customers, would earn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
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
    seed_option,
)
from training.run.tables_shown import FittingTable, estimate_text, number_text, result_console
from training.studies.backtest import AGAINST, Backtest
from training.studies.learning_curve import SHARES, LearningCurve

_json = click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")


@click.command()
@config_option
@data_option
@journey_option
@click.option("--cuts", type=click.IntRange(min=1), default=4, show_default=True, help="How many trainings.")
@click.option(
    "--at", "times", type=Instant(), multiple=True, help="A cut; may be repeated. Instead of --cuts."
)
@seed_option
@_json
def backtest(
    config: Path | None,
    data: Path,
    journey: Path | None,
    cuts: int,
    times: tuple[datetime, ...],
    seed: int | None,
    as_json: bool,
) -> None:
    """Train at several moments of the past, and say what each bundle would have earned until the next.

    Each training knows what was known then and nothing later. Next to it stand what was really done, doing
    nothing, and the first bundle. Nothing is published.

    \b
    nba backtest --data var/export --journey journey.yaml
    nba backtest --config training.yaml --data history --at 2026-03-01T00:00:00Z --at 2026-06-01T00:00:00Z
    """
    refuse_own_placeholders()
    progress = api.Progress.for_terminal()
    dataset = api.load_tables(data, config, journey=journey, progress=progress)
    found = api.backtest(dataset, times or cuts, seed=seed, progress=progress)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        _show_backtest(found)


@click.command("learning-curve")
@config_option
@data_option
@journey_option
@click.option(
    "--share",
    "shares",
    type=click.FloatRange(0, 1, min_open=True),
    multiple=True,
    help=f"Of the customers; may be repeated.  [default: {', '.join(f'{share:g}' for share in SHARES)}]",
)
@seed_option
@_json
def learning_curve(
    config: Path | None,
    data: Path,
    journey: Path | None,
    shares: tuple[float, ...],
    seed: int | None,
    as_json: bool,
) -> None:
    """Train on growing shares of the customers, and say what more of them are worth.

    All are judged on the same later decisions. Nothing is published.

    \b
    nba learning-curve --data var/export --journey journey.yaml
    """
    refuse_own_placeholders()
    progress = api.Progress.for_terminal()
    dataset = api.load_tables(data, config, journey=journey, progress=progress)
    found = api.learning_curve(dataset, shares or SHARES, seed=seed, progress=progress)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        _show_curve(found)


def _show_backtest(found: Backtest) -> None:
    console = result_console()
    console.print(found.verdict, style="bold", markup=False)
    heads = (
        "decisions",
        "learned from",
        "AUC",
        "earned",
        *AGAINST,
        "ranks by",
    )
    console.print(
        FittingTable(
            f"By window, {found.currency} per decision", ("trained at", *heads), list(_windows(found))
        )
    )
    for window in found.windows:
        if window.refused:
            console.print(f"{window.cut:%Y-%m-%d}: {window.refused}.", markup=False)


def _windows(found: Backtest) -> Iterator[tuple[str, ...]]:
    for each in found.windows:
        yield (
            f"{each.cut:%Y-%m-%d %H:%M}",
            f"{each.decisions:,}",
            f"{each.learned_from:,}",
            number_text(each.auc),
            "-" if each.earned is None else estimate_text(each.earned),
            *(estimate_text(each.more[name]) if name in each.more else "-" for name in AGAINST),
            each.ranks_by,
        )
    yield (
        "all",
        *("",) * 4,
        *(estimate_text(found.more[name]) if name in found.more else "-" for name in AGAINST),
        "",
    )


def _show_curve(found: LearningCurve) -> None:
    console = result_console()
    console.print(found.verdict, style="bold", markup=False)
    rows = [
        (
            f"{point.share:.1%}",
            f"{point.customers:,}",
            f"{point.decisions:,}",
            "-" if point.earned is None else estimate_text(point.earned),
            number_text(point.auc),
            point.refused,
        )
        for point in found.points
    ]
    heads = ("share", "customers", "decisions", f"{found.currency} per later decision", "AUC", "why not")
    console.print(FittingTable("By customers learned from", heads, rows, frozenset({"why not"})))
