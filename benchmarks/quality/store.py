"""Finished figures on disk, so that a run can be broken off and taken up again.

One JSON file a log; a figure counts only as long as the code that made it is the same, which a fingerprint
of the parsed code (comments and docstrings left out) says.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.quality.worlds import ROOT, Place

SIMULATOR: Final = ("training/simulator/**/*.py", "training/rows/rows.py", "training/data/encode.py")
LEARNING: Final = (
    "models/learned/**/*.py",
    "models/policy/scoring/*.py",
    "training/fit/**/*.py",
    "training/rows/split.py",
    "benchmarks/quality/cell.py",
    "benchmarks/quality/ours.py",
)
HARNESS: Final = ("benchmarks/quality/cell.py", "benchmarks/quality/seen.py")
_IGNORED: Final = {"cli.py", "evaluate.py", "trees.py", "mask_tables.py", "lightgbm_text.py"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one policy earned. ``eur``: a customer-year; ``nothing``: share of decisions."""

    eur: float
    nothing: float
    seconds: float
    version: str


@dataclass(frozen=True, slots=True)
class Store:
    """Figures of logs, by world, size, seed and policy. Size 0: policies that learn from no log."""

    folder: Path

    def read(self, world: str, size: int, seed: int) -> dict[str, Figure]:
        """Policy → figure, whatever its version."""
        path = self._path(world, size, seed)
        if not path.exists():
            return {}
        return {name: Figure(**figure) for name, figure in json.loads(path.read_text()).items()}

    def add(self, world: str, size: int, seed: int, policy: str, figure: Figure) -> None:
        """Write a figure; a crash leaves the old file or the new one."""
        path = self._path(world, size, seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        figures = {**self.read(world, size, seed), policy: figure}
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        content = {name: asdict(f) for name, f in sorted(figures.items())}
        temporary.write_text(json.dumps(content, indent=1) + "\n")
        temporary.replace(path)

    def _path(self, world: str, size: int, seed: int) -> Path:
        return self.folder / f"{world}.{size}.{seed}.json"


def version_of(place: Place, patterns: Iterable[str], customers: int) -> str:
    """Fingerprint of a world, the code that ``patterns`` name, and how many customers are rolled out."""
    digest = hashlib.sha256(str(customers).encode())
    for path in sorted({place.path, *_beside(place)}):
        digest.update(path.read_bytes())
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
        if path.name not in _IGNORED:
            digest.update(_code(path.read_text()).encode())
    return digest.hexdigest()[:16]


def _beside(place: Place) -> list[Path]:
    """The journey and the base of a world file."""
    found = [place.path.parent / name for name in ("journey.yaml", "base.yaml")]
    return [path for path in found if path.exists()]


@cache  # a run asks again for every policy, log and seed
def _code(text: str) -> str:
    """The parsed code without docstrings: what a comment or a line break changes is nothing."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                value.value = ""
    return ast.dump(tree)
