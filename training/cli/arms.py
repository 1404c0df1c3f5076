"""Options of ``nba train --experiment``, and what each arm brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from training import api
from training.cli.options import FILE
from training.run.tables_shown import FittingTable, estimate_text, result_console

_OPTIONS: Final = (
    click.option(
        "--experiment", type=FILE, help="A file with one row a customer, instead of --data: an A/B test."
    ),
    click.option("--treatment", metavar="COLUMN", help="Of the experiment: the arm."),
    click.option("--outcome", metavar="COLUMN", help="Of the experiment: money, or yes and no."),
    click.option("--control", metavar="ARM", help="Who got nothing; found if it has a usual word for it."),
    click.option("--probability", metavar="COLUMN", help="Of the arm; the arms' shares if left out."),
    click.option("--ignore", metavar="COLUMN", multiple=True, help="Not known before; may be repeated."),
    click.option("--cost", type=click.FloatRange(min=0), help="Of treating one customer; 0 if left out."),
    click.option("--currency", help="Of outcome and cost; EUR if left out."),
)


def experiment_options(command: Callable[..., None]) -> Callable[..., None]:
    """All options of an experiment."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def refuse_arms(arms: Mapping[str, Any]) -> None:
    """Options of an experiment without one would do nothing, and that is said."""
    for name, value in arms.items():
        if value not in (None, ()):
            raise click.UsageError(f"--{name} goes with --experiment only.")


def read_arms(path: Path, seed: int | None, quiet: bool, arms: Mapping[str, Any]) -> api.Dataset:
    """Read the experiment, show what its arms brought, and make a dataset of it.

    Args:
        quiet: show nothing; standard output is for JSON.
        arms: values of ``experiment_options``.
    """
    for name in ("treatment", "outcome"):
        if arms[name] is None:
            raise click.UsageError(f"Missing option '--{name}' of --experiment.")
    experiment = api.read_experiment(
        path,
        treatment=arms["treatment"],
        outcome=arms["outcome"],
        control=arms["control"],
        probability=arms["probability"],
        ignore=arms["ignore"],
    )
    for note in experiment.notes:
        click.echo(f"Note: {note}.", err=True)
    currency = arms["currency"] or "EUR"
    if not quiet:
        _show(experiment, arms["outcome"])
    return api.as_dataset(
        experiment,
        seed=DEFAULT_SEED if seed is None else seed,
        currency=currency,
        cost=arms["cost"] or 0.0,
    )


DEFAULT_SEED: Final = 20261120


def _show(experiment: api.Experiment, outcome: str) -> None:
    """Costs are not in it: it is what the experiment itself says."""
    rows = [
        (
            arm.name,
            f"{arm.customers:,}",
            f"{arm.mean:.4f}",
            "the control" if arm.more is None else estimate_text(arm.more),
        )
        for arm in api.arm_figures(experiment)
    ]
    heads = ("arm", "customers", f"mean {outcome}", "more than the control (95 %)")
    result_console().print(FittingTable("What each arm brought, per customer", heads, rows))
