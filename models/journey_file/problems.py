"""Problems say where, what was expected, what came, what to do.

Collected rather than raised one by one, so that an author corrects a file in one go.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.errors import JourneyFileError

Path = tuple[str | int, ...]
"""Keys and positions from the top of the file: ``("actions", "savings_teaser", "channels", 0)``."""

MAX_PROBLEMS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Lines:
    """Line of every key and list item of the file.

    A path that is not there has its parent's line.
    """

    by_path: Mapping[Path, int]

    def of(self, path: Path) -> int:
        """Line number from 1."""
        for length in range(len(path), 0, -1):
            line = self.by_path.get(path[:length])
            if line is not None:
                return line
        return 1


@dataclass(slots=True)
class Problems:
    """What is wrong with one file, in the order of its lines."""

    source: str
    lines: Lines
    _found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, path: Path, text: str) -> None:
        line = self.lines.of(path)
        where = f"{self.source}:{line}: {dotted_path(path)}: " if path else f"{self.source}:{line}: "
        if (line, where + text) not in self._found:
            self._found.append((line, where + text))

    def raise_if_any(self) -> None:
        """Raises:
        JourneyFileError: one line per problem.
        """
        if not self._found:
            return
        texts = [text for _, text in sorted(self._found, key=lambda item: item[0])]
        hidden = len(texts) - MAX_PROBLEMS_SHOWN
        shown = texts[:MAX_PROBLEMS_SHOWN] + ([f"{self.source}: … and {hidden} more"] if hidden > 0 else [])
        raise JourneyFileError("\n".join(shown))


def mismatch(expected: str, got: Any, remedy: str) -> str:
    """The one form of every problem: ``expected …, got …; do …``."""
    return f"expected {expected}, got {shown(got)}; {remedy}"


def unknown_name(kind: str, name: Any, known: Collection[str], section: str) -> str:
    """Text for a name that nothing in the file declares."""
    near = closest(name, known)
    if near:
        remedy = f"did you mean {near}? Or declare it under {section}"
    else:
        remedy = f"use one of {listed(known)}, or declare it under {section}"
    return mismatch(f"the name of {kind}", name, remedy)


def closest(name: Any, known: Collection[str]) -> str | None:
    """The known name that the author most likely meant, if any is near."""
    near = difflib.get_close_matches(str(name), sorted(known), n=1, cutoff=0.6)
    longer = [known_name for known_name in sorted(known) if len(str(name)) > 2 and str(name) in known_name]
    return near[0] if near else longer[0] if len(longer) == 1 else None


def listed(names: Iterable[str], most: int = 12) -> str:
    """``a, b, c`` and how many more there are."""
    every = list(names)
    if not every:
        return "(none declared)"
    tail = f", … ({len(every) - most} more)" if len(every) > most else ""
    return ", ".join(every[:most]) + tail


def dotted_path(path: Path) -> str:
    """``actions.savings_teaser.channels[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def shown(value: Any) -> str:
    """A value as the file's author would recognise it, cut to a readable length."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "…" + ('"' if isinstance(value, str) else "")
