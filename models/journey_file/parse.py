"""Bytes of a journey file become a ``Journey``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from models.domain.journey import Journey
from models.journey_file.build import build_journey
from models.journey_file.problems import Path, Problems, mismatch
from models.journey_file.references.references import check_references
from models.journey_file.rules import check_rules
from models.journey_file.schema import JourneyShape
from models.journey_file.yaml_tree import read_yaml


def parse_journey(data: bytes, source: str) -> Journey:
    """The journey that a file describes.

    Args:
        data: the file's bytes, UTF-8 YAML, at most 1 MB.
        source: the file's name, for messages.

    Raises:
        JourneyFileError: the file is wrong; one line per problem,
            ``file:line: field: expected …, got …; do …``.
    """
    raw, problems = read_yaml(data, source)
    if not isinstance(raw, Mapping):
        problems.add(
            (), mismatch("a mapping with company, phases, channels, actions, …", raw, "write `key: value`")
        )
        problems.raise_if_any()
    values = _shaped(raw, problems)
    check_references(values, problems)
    check_rules(values, problems)
    problems.raise_if_any()
    return build_journey(values, hashlib.sha256(data).hexdigest())


def _shaped(raw: Any, problems: Problems) -> dict[str, Any]:
    """The values that have the right shape.

    What has not is a problem and left out.
    """
    try:
        return dict(JourneyShape().load(raw))
    except ValidationError as error:
        _spread(error.messages, (), problems)
        return dict(error.valid_data or {})


def _spread(messages: Any, path: Path, problems: Problems) -> None:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            _spread(inner, path if key == "_schema" else (*path, key), problems)
        return
    for text in messages if isinstance(messages, list) else [messages]:
        problems.add(path, str(text))
