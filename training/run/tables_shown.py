"""Tables and numbers as commands of training print them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from training.evaluation.off_policy.bootstrap import Estimate

WIDTH: Final = 80
"""Of tables in logs and pipes."""
_WHOLE: Final = 36
"""Texts up to this length are never broken."""


def result_console() -> Console:
    """As wide as the terminal; without one tables have 80 columns, and each sentence has one line."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class FittingTable:
    """A table that fits the console.

    The first column stands to the left, numbers to the right. Where it is wider than the console the columns
    that do not fit follow below, the first repeated.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    sentences: Set[str] = frozenset()
    """Columns of text, which stand to the left."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        least = [self._least(position) for position in range(len(self.columns))]
        part: list[int] = []
        for position in range(1, len(self.columns)):
            if part and _total(least[each] for each in (0, *part, position)) > options.max_width:
                yield self._table(part, least, options.max_width)
                part = []
            part.append(position)
        yield self._table(part, least, options.max_width)

    def _least(self, position: int) -> int:
        """The width at which no short text and no word of the heading is broken."""
        texts = max((len(row[position]) for row in self.rows), default=0)
        return max(min(texts, _WHOLE), *(len(word) for word in self.columns[position].split(" ")))

    def _table(self, part: Sequence[int], least: Sequence[int], room: int) -> Table:
        """Some columns next to the first; what room there is beyond the least goes to those that want it."""
        title = f"{self.title} (continued)" if part and part[0] > 1 else self.title
        made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
        chosen = (0, *part)
        spare = room - _total(least[position] for position in chosen)
        for position in chosen:
            name = self.columns[position]
            texts = [name, *(row[position] for row in self.rows)]
            more = min(max(map(len, texts)) - least[position], max(spare, 0))
            spare -= more
            left = position == 0 or name in self.sentences
            made.add_column(name, justify="left" if left else "right", width=least[position] + more)
        for row in self.rows:
            made.add_row(*(Text(row[position]) for position in chosen))
        return made


def _total(widths: Iterable[int]) -> int:
    """Of a table whose columns have these widths, with what lies between them."""
    return sum(width + 3 for width in widths) + 1


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
