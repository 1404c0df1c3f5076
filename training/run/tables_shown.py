"""Tables and numbers as commands of training print them."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from training.evaluation.off_policy.bootstrap import Estimate


def wide_console() -> Console:
    """As wide as the terminal; without one 160 columns, for logs and pipes."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table with a title: the first column to the left, numbers to the right."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for position, name in enumerate(columns):
        made.add_column(name, justify="left" if position == 0 else "right", no_wrap=position == 0)
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def estimate_text(estimate: Estimate) -> str:
    """A value with its interval; more digits where all is small.

    Example:
        >>> estimate_text(Estimate(value=0.5, low=0.25, high=0.75))
        '+0.5000 (+0.2500 to +0.7500)'
    """
    digits = 2 if max(abs(estimate.low), abs(estimate.high)) >= 1 else 4
    value, low, high = (f"{each:+.{digits}f}" for each in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})"


def number_text(value: float | None) -> str:
    """Four digits; a dash for what is not there."""
    return "-" if value is None or value != value else f"{value:.4f}"
