"""From a registry and a journey file to an engine.

The same for workers and for the child that tries first. Knows bundles and journey files and whether two of
them fit together. Imports nothing but the core, so that trying a bundle out in a process of its own starts
fast.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from models.bundle import Bundle
from models.domain.journey import Journey
from models.errors import BundleError, FeatureMismatchError, JourneyFileError
from models.journey_file import parse_journey
from models.policy.engine import Engine
from models.policy.rehearsal.shadow_prices import priced
from models.registry import Registry
from nba_service.engine.journey_archive import keep_journey, kept_journey

NO_BUNDLE: Final = "none"
"""What answers name as their bundle when there is none."""


def load_engine(registry: Path, journey_file: Path | None, bundle_id: str | None) -> Engine:
    """The engine of a bundle, or of the journey file alone.

    Raises:
        NBAError: a damaged bundle, a wrong journey file, or two that do not fit together.
    """
    override = None if journey_file is None else read_journey(journey_file, registry)
    if bundle_id is None:
        if override is None:
            raise BundleError("There is no champion bundle and NBA_JOURNEY is not set; train or set one.")
        return Engine(override, None, NO_BUNDLE)
    bundle = Registry(registry).load(bundle_id)
    return engine_with(bundle.journey if override is None else override, bundle)


def load_past_engine(registry: Path, bundle_id: str, journey: str) -> Engine:
    """The engine of a bundle and a journey file of the past, the latter by its hash.

    Raises:
        NBAError: the bundle or the journey file is not there any more, or does not load.
    """
    if bundle_id == NO_BUNDLE:
        return Engine(kept_journey(registry, journey), None, NO_BUNDLE)
    bundle = Registry(registry).load(bundle_id)
    own = bundle.journey.sha256 == journey
    return engine_with(bundle.journey if own else kept_journey(registry, journey), bundle)


def engine_with(journey: Journey, bundle: Bundle) -> Engine:
    """The engine of a bundle under a journey file, its own or a later one.

    Raises:
        BundleError: the bundle's features cannot be built for ``journey``.
    """
    bundle_id = bundle.manifest.bundle_id
    journey = priced(journey, bundle.manifest.provenance.extra)
    try:
        return Engine(journey, bundle.models, bundle_id, trained=bundle.journey)
    except FeatureMismatchError as error:
        raise BundleError(
            f"Bundle {bundle_id!r} and the journey file do not fit together: {error}"
        ) from error


def read_journey(path: Path, registry: Path | None = None) -> Journey:
    """The journey file at ``path``, kept by its hash in ``registry``; every problem is in the error."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise JourneyFileError(
            f"{path}: expected a journey file, got {error.strerror}. Check NBA_JOURNEY."
        ) from None
    journey = parse_journey(data, str(path))
    if registry is not None:
        keep_journey(registry, data)
    return journey
