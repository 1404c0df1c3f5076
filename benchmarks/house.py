"""How the code is laid out: modules, folders, classes, import contracts, and what has no type.

Counts, no times: the same on every machine.
"""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("nba_service", "models", "training")


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def main() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in modules()}
    folders = Counter(path.parent for path in trees if path.name != "__init__.py")
    classes = [
        (node.end_lineno - node.lineno + 1, node.name)
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.end_lineno is not None
    ]
    service = [tree for path, tree in trees.items() if path.is_relative_to(ROOT / "nba_service")]
    untyped = sum(
        isinstance(node, ast.Name) and node.id == "Any" for tree in service for node in ast.walk(tree)
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    largest, number = folders.most_common(1)[0]
    print(f"modules                      {len(trees)}")
    print(f"folders                      {len({path.parent for path in trees})}")
    print(f"modules in the largest       {number}  {largest.relative_to(ROOT)}")
    print("longest class, lines         {}  {}".format(*max(classes)))
    print(f"import contracts             {len(project['tool']['importlinter']['contracts'])}")
    print(f"uses of Any in nba_service   {untyped}")


if __name__ == "__main__":
    main()
