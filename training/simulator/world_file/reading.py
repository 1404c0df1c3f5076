"""Reads a world file, those that it extends included, and checks it.

The file's fields, with an example: docs/how-to/add-a-world.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError

from models.errors import WorldFileError
from models.journey_file import parse_journey
from training.simulator.world_file.checks import mismatches
from training.simulator.world_file.schema import WorldSchema
from training.simulator.world_file.truth import WorldFile


def read_world_file(path: Path) -> WorldFile:
    """Read and check a world file and the journey file that it names.

    Raises:
        WorldFileError: with every problem: file, field, what was expected and what came.
        JourneyFileError: the journey file is not valid.
    """
    content = _yaml(path)
    try:
        loaded: dict[str, Any] = WorldSchema().load(content)
    except ValidationError as error:
        raise _invalid(
            path, [f"field {where}: {text}" for where, text in _flatten(error.messages)]
        ) from error
    journey_path = path.parent / loaded.pop("journey")
    try:
        journey_bytes = journey_path.read_bytes()
    except OSError as error:
        raise _invalid(path, [f"field journey: cannot read {journey_path}: {error.strerror}"]) from error
    world = WorldFile(
        name=path.stem,
        journey=parse_journey(journey_bytes, str(journey_path)),
        journey_bytes=journey_bytes,
        **loaded,
    )
    problems = mismatches(world)
    if problems:
        raise _invalid(path, problems)
    return world


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise _invalid(path, [f"cannot be read: {error.strerror}; pass --world FILE"]) from error
    except yaml.YAMLError as error:
        raise _invalid(path, [f"is not YAML: {error}"]) from error
    if not isinstance(content, dict):
        raise _invalid(path, ["expected a mapping with class, journey, phases, actions, ..."])
    if isinstance(content.get("start"), datetime):
        content["start"] = content["start"].isoformat()
    base = content.pop("extends", None)
    return content if base is None else _merged(_yaml(path.parent / str(base)), content)


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``base``, mapping by mapping."""
    both = dict(base)
    for key, value in own.items():
        old = both.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        both[key] = _merged(old, value) if nested else value  # type: ignore[arg-type]  # narrowed by `nested`
    return both


def _invalid(path: Path, problems: Sequence[str]) -> WorldFileError:
    lines = [f"WORLD_FILE_INVALID: {path}, {problem}" for problem in problems]
    return WorldFileError("\n".join([*lines, "The fields are described in docs/how-to/add-a-world.md."]))


def _flatten(messages: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, Mapping):
        return [
            problem
            for key, inner in messages.items()
            for problem in _flatten(inner, path if key in ("key", "value") else f"{path}.{key}".lstrip("."))
        ]
    return [(path or "(file)", str(text)) for text in messages]
