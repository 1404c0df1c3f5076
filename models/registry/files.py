"""The files that processes share a registry through.

Knows paths and the order in which things reach the disk; knows nothing of bundles but whether one loads.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from models.bundle import Manifest
from models.bundle.durable_files import append_durably, replace_durably
from models.errors import BundleError, RegistryError
from models.registry.aliases import check_reason, utc_text
from models.registry.promotion_log import chained, lines, problems, repair_line

Check = Callable[[Path], str | None]
"""Loads a bundle; None if it loads, else what is wrong."""

Admit = Callable[[Manifest, str | None], tuple[str, ...]]
"""Asked with a bundle's manifest and the champion's id, while nobody else can switch: raises, or returns
the names of the failed checks that the caller overrules."""


@dataclass(frozen=True, slots=True)
class RegistryFiles:
    """Paths under the root of a registry, and what is written there."""

    root: Path

    @property
    def champion(self) -> Path:
        """The alias of the bundle that decides."""
        return self.alias("champion")

    def alias(self, name: str) -> Path:
        """The file that says which bundle has a role."""
        return self.root / "aliases" / f"{name}.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Wait until no other process writes."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            file = (self.root / ".lock").open("a")
        except OSError as error:
            raise RegistryError(
                f"The registry {self.root} cannot be written: {error.strerror}. Do this where it can, or give"
                " the user of this command the right to write there."
            ) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def log(self, line: Mapping[str, Any]) -> None:
        """Add a line to the history, chained to the one before.

        The registry must be locked.
        """
        logged = chained(self._history, line)
        append_durably(self._history, json.dumps(logged, ensure_ascii=False))
        replace_durably(self._head, logged["hash"])

    def history(self) -> tuple[dict[str, Any], ...]:
        """Every line of the history, the oldest first."""
        return tuple(lines(self._history)) if self._history.exists() else ()

    def history_problems(self) -> tuple[str, ...]:
        """What is wrong with the history; see ``promotion_log``."""
        head = self._head.read_text().strip() if self._head.exists() else None
        return tuple(problems(self._history, head))

    def repair_history(self, reason: str, now: datetime) -> dict[str, Any]:
        """Cover what an older version added to the history without a hash, by a line that stays.

        Raises:
            RegistryError: no reason, nothing to repair, or a line was changed or removed.
        """
        check_reason(reason)
        with self.locked():
            line = repair_line(self._history, reason, utc_text(now))
            self.log(line)
        return line

    @property
    def _history(self) -> Path:
        return self.root / "promotions.jsonl"

    @property
    def _head(self) -> Path:
        return self.root / "promotions.head"


def must_load(directory: Path, check: Check) -> None:
    """Refuse a bundle that does not load.

    Raises:
        BundleError: what is wrong with it.
    """
    problem = check(directory)
    if problem is not None:
        raise BundleError(f"Bundle {directory.name!r} was not promoted, the champion stays: {problem}")
