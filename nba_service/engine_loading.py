"""From a registry and a journey file to an engine; the same for workers and for the child that tries first.

Knows bundles and journey files and whether two of them fit together. Imports nothing but the core, so that
trying a bundle out in a process of its own starts fast.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from models.domain.journey import Journey
from models.errors import BundleError, JourneyFileError
from models.journey_file import parse_journey
from models.policy.scoring import Engine
from models.registry import Registry

NO_BUNDLE: Final = "none"
"""What answers name as their bundle when there is none."""


def load_engine(registry: Path, journey_file: Path | None, bundle_id: str | None) -> Engine:
    """The engine of a bundle, or of the journey file alone.

    Raises:
        NBAError: a damaged bundle, a wrong journey file, or two that do not fit together.
    """
    override = None if journey_file is None else read_journey(journey_file)
    if bundle_id is None:
        if override is None:
            raise BundleError("There is no champion bundle and NBA_JOURNEY is not set; train or set one.")
        return Engine(override, None, NO_BUNDLE)
    bundle = Registry(registry).load(bundle_id)
    journey = bundle.journey if override is None else _fitting(override, bundle.journey, bundle_id)
    return Engine(journey, bundle.models, bundle_id)


def read_journey(path: Path) -> Journey:
    """The journey file at ``path``; every problem of it is in the error."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JourneyFileError(
            f"{path}: expected a journey file, got {error.strerror}. Check NBA_JOURNEY."
        ) from None
    return parse_journey(data, str(path))


def _fitting(override: Journey, trained: Journey, bundle_id: str) -> Journey:
    """The journey of NBA_JOURNEY, if the models' codes mean the same in it."""
    parts = ("phases", "channels", "actions", "touchpoints", "outcomes", "attributes")
    for part in parts:
        ours = [entry.name for entry in getattr(override, part)]
        theirs = [entry.name for entry in getattr(trained, part)]
        if ours != theirs:
            raise BundleError(
                f"Bundle {bundle_id!r} was trained with the {part} {theirs}, NBA_JOURNEY has {ours}."
                " Retrain with that journey file, or unset NBA_JOURNEY to use the bundle's own."
            )
    if override.treatments != trained.treatments:
        raise BundleError(
            f"Bundle {bundle_id!r} was trained with other channels per action than NBA_JOURNEY has."
            " Retrain with that journey file, or unset NBA_JOURNEY to use the bundle's own."
        )
    return override
