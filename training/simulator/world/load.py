"""Loads the world of a world file.

The file names its class.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from models.errors import WorldFileError
from training.simulator.world.world import World
from training.simulator.world_file.reading import read_world_file

_MOVED: Final = {
    f"training.simulator.{name}": f"training.simulator.kinds.{name}"
    for name in ("misread", "segments", "solar")
}
"""Where world files of before find their classes."""


def load_world(path: Path, *, start: datetime | None = None) -> World:
    """The world of a world file, of the class that it names (``module:Class``).

    Raises:
        WorldFileError: the file is not valid, or the class is not a ``World``.
    """
    file = read_world_file(path)
    if start is not None:
        file = replace(file, start=start)
    module, _, name = file.kind.partition(":")
    module = _MOVED.get(module, module)
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise WorldFileError(
            f"WORLD_FILE_INVALID: {path}, field class: cannot find {file.kind!r}: {error}"
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, World)):
        raise WorldFileError(
            f"WORLD_FILE_INVALID: {path}, field class: expected module:Class of a World, got {file.kind!r}"
        )
    once = [file.journey.phases[code].name for code in file.journey.phases_paid_once]
    if once:
        raise WorldFileError(
            f"WORLD_FILE_INVALID: {path}: phases {', '.join(once)} of its journey file pay once, and a "
            "simulated company pays each time; leave out `paid_once` there."
        )
    return kind(file)
