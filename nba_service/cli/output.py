"""What commands print.

JSON for programs, tables for people, plain text without a terminal. Knows terminals; knows nothing of what is
printed. Results go to standard output, everything that is said along the way to standard error, so that ``nba
… --json | jq`` always works.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from rich.console import Console

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
"""The option that every command with a result has; the argument is ``as_json``."""


def print_json(value: Any) -> None:
    """One JSON value on standard output; what JSON does not know is written as text."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def shown(value: object) -> str:
    """A figure or a fact as a table's cell; an interval as low to high, nothing as a dash."""
    if isinstance(value, dict) and "low" in value:
        return f"{shown(value['value'])} ({shown(value['low'])} to {shown(value['high'])})"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(one)}" for name, one in value.items())
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def say(text: str) -> None:
    """One line on standard error."""
    click.echo(text, err=True)


def console(*, stderr: bool = False) -> Console:
    """A rich console: colours and progress on a terminal, quiet plain text elsewhere."""
    from rich.console import Console

    stream: TextIO = sys.stderr if stderr else sys.stdout
    return Console(file=stream, highlight=False, soft_wrap=not stream.isatty())


@dataclass(frozen=True, slots=True)
class Table:
    """A table for people. ``rows`` are texts; ``right``: columns of numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[str] = field(default_factory=frozenset)

    def show(self) -> None:
        """Print it: with lines and colours on a terminal, else in aligned columns that grep can read."""
        if sys.stdout.isatty():
            self._show_rich()
        else:
            click.echo(self.plain())

    def plain(self) -> str:
        """Title, header and rows, columns two blanks apart."""
        cells = [list(self.columns), *[list(row) for row in self.rows]]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [self.title]
        for row in cells:
            padded = [
                text.rjust(width) if name in self.right else text.ljust(width)
                for name, text, width in zip(self.columns, row, widths, strict=True)
            ]
            lines.append("  ".join(padded).rstrip())
        return "\n".join(lines) + "\n"

    def _show_rich(self) -> None:
        from rich import box
        from rich.table import Table as RichTable
        from rich.text import Text

        table = RichTable(title=self.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
        for name in self.columns:
            table.add_column(name, justify="right" if name in self.right else "left")
        for row in self.rows:
            table.add_row(*(Text(text) for text in row))
        console().print(table)
