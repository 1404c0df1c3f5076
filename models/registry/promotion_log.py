"""The log of promotions is a chain of hashed lines.

Knows a file of lines and its head, a file next to it; knows nothing of bundles. A line that was changed,
taken out or moved breaks the chain; a tail that was cut off leaves a head that no line has. Lines from before
there were hashes are covered by the first line that has one. Lines that an older version added without a hash
are a break until a line of the event ``repair`` covers them; it stays and says so.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from models.errors import RegistryError

HASH: Final = "hash"
PREVIOUS: Final = "previous_hash"
REPAIR: Final = "repair"
COVERS: Final = "covers"


def chained(path: Path, line: Mapping[str, Any]) -> dict[str, Any]:
    """``line`` with the hash of the one before in the file, and its own."""
    linked = {**line, PREVIOUS: _end(path)}
    return {**linked, HASH: _hash(linked)}


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Whole lines; half a line is what a crash left while it was written, before its switch."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def repair_line(path: Path, reason: str, at: str) -> dict[str, Any]:
    """The line that covers what an older version added without a hash; to be chained and added.

    Raises:
        RegistryError: there is no such line, or something else is wrong, which no line can make good.
    """
    unhashed, other = _breaks(path)
    if other:
        raise RegistryError(
            f"{other[0]}. That is no work of an older version, so nothing was repaired; put the file back"
            " from a backup."
        )
    if not unhashed:
        raise RegistryError(f"{path} is whole, so there is nothing to repair.")
    covers = hashlib.sha256(path.read_bytes() + _torn_end(path)).hexdigest()
    return {"event": REPAIR, "at": at, "reason": reason, "lines": len(unhashed), COVERS: covers}


def problems(path: Path, head: str | None) -> Iterator[str]:
    """What is wrong with the log.

    ``head``: the hash of a line that must be there.
    """
    if not path.exists():
        if head is not None:
            yield f"{path} is gone"
        return
    unhashed, other = _breaks(path)
    yield from (*other, *unhashed)
    if head is not None and head not in {line.get(HASH) for line in lines(path)}:
        yield f"{path} has no line with the hash of its head: the tail was cut"


def _breaks(path: Path) -> tuple[list[str], list[str]]:
    """Lines without a hash that nothing covers, and all else that is wrong with the chain."""
    unhashed: list[str] = []
    other: list[str] = []
    before, expected = hashlib.sha256(), None
    for number, raw in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
        try:
            line = json.loads(raw)
        except ValueError:
            line = {}
        if isinstance(line, dict) and HASH in line:
            linked = {name: value for name, value in line.items() if name != HASH}
            if line[HASH] != _hash(linked):
                other.append(f"{path}:{number} was changed")
            elif line.get("event") == REPAIR and line.get(COVERS) == before.hexdigest():
                unhashed.clear()
            if line.get(PREVIOUS) != (expected or before.hexdigest()):
                other.append(
                    f"{path}:{number} does not follow the line before it: removed, reordered or changed"
                )
            expected = line[HASH]
        elif expected is not None and line:
            unhashed.append(f"{path}:{number} has no hash, unlike the lines before it")
        before.update(raw)
    return unhashed, other


def _end(path: Path) -> str:
    """The hash that the next line follows: the last line's, or of all that is there if no line has one."""
    if not path.exists():
        return hashlib.sha256().hexdigest()
    last = None
    for line in lines(path):
        last = line.get(HASH, last)
    return str(last) if last else hashlib.sha256(path.read_bytes() + _torn_end(path)).hexdigest()


def _torn_end(path: Path) -> bytes:
    """The line break that will be added to a torn last line before the next."""
    if path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return b"" if file.read(1) == b"\n" else b"\n"


def _hash(linked: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(linked, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
