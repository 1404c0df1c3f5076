"""A type of array is named once, in the core's own list."""

from __future__ import annotations

import re
from pathlib import Path

import models.arrays

ROOT = Path(models.arrays.__file__).parents[1]
ALIAS = re.compile(r"^(\w+) = (NDArray\[.+\])$", re.M)


def test_no_module_names_a_type_of_array_again() -> None:
    homes: dict[str, list[str]] = {}
    for package in ("models", "training", "nba_service", "benchmarks", "examples", "tests"):
        for path in (ROOT / package).rglob("*.py"):
            for _, what in ALIAS.findall(path.read_text(encoding="utf-8")):
                homes.setdefault(what, []).append(str(path.relative_to(ROOT)))

    assert len(homes) >= 7
    assert {what: paths for what, paths in homes.items() if len(paths) > 1} == {}
