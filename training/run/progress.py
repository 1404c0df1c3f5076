"""Shows which stage runs, its rows and its seconds.

On a terminal a spinner and one line a stage; without one nothing at all. Writes to standard error, so
that results on standard output stay clean. Knows nothing of what a stage does.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stage:
    """A running stage; set ``rows`` when known."""

    name: str
    rows: int | None = None


@dataclass(slots=True)
class Progress:
    """Stages and their seconds. ``shown`` False: only the seconds are kept."""

    shown: bool = False
    clock: Callable[[], float] = time.perf_counter
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def for_terminal(cls) -> Progress:
        """Shown if a person is watching."""
        return cls(shown=sys.stderr.isatty())

    def note(self, text: str) -> None:
        """Keep what was found on the way, and show it."""
        self.notes.append(text)
        if self.shown:
            print(f"  {text}", file=sys.stderr)  # noqa: T201 - progress

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Time a stage; a failing stage is named by its error, not by its time."""
        stage, begin = Stage(name), self.clock()
        if self.shown:
            with _spinner(name):
                yield stage
        else:
            yield stage
        self.seconds[name] = self.seconds.get(name, 0.0) + self.clock() - begin
        if self.shown:
            rows = "" if stage.rows is None else f"{stage.rows:>12,} rows"
            print(f"  {name:<28}{rows:<18}{self.seconds[name]:>7.1f} s", file=sys.stderr)  # noqa: T201 - progress


@contextmanager
def _spinner(name: str) -> Iterator[None]:
    from rich.console import Console

    with Console(stderr=True).status(f"{name} …"):
        yield
