"""What a rehearsal changes: the journey file, the bundle, or both.

Whatever is not changed stays as it was for each decision: under another journey file it keeps its bundle, and
with its bundle what outcomes had taught it by then. So a file that is not changed changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from models.domain.journey import Journey
from models.errors import BundleError, JourneyFileError
from models.journey_file import parse_journey
from models.policy.engine import Engine
from models.policy.scoring.updates import read_update
from models.registry import Registry
from nba_service.engine.loading import NO_BUNDLE, engine_with
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedChange:
    """What would decide in the place of each engine.

    Args:
        engine: what would decide now.
        registry: None: ``engine`` takes the place of all others.
    """

    engine: Engine
    registry: Path | None = None
    _engines: dict[tuple[str, str | None], Engine] = field(default_factory=dict)

    def instead_of(self, before: Engine) -> Engine:
        """The engine that would have decided in the place of ``before``.

        Raises:
            NBAError: its bundle is not there any more, or does not fit the journey file.
        """
        bundle = self.engine.bundle_id if self.registry is None else before.bundle_id
        update = before.update if before.bundle_id == bundle and self.engine.update is None else None
        key = bundle, None if update is None else update.version
        if key not in self._engines:
            base = self._under_the_file(bundle)
            changed = base if update is None else base.updated(read_update(base.journey, update.content))
            self._engines[key] = changed
        return self._engines[key]

    def _under_the_file(self, bundle: str) -> Engine:
        if self.registry is None or bundle == self.engine.bundle_id:
            return self.engine
        return _engine(self.registry, bundle, self.engine.journey)


def change_of(
    source: EngineSource, registry: Path, *, bundle: str | None, journey: bytes | None, name: str
) -> RehearsedChange:
    """The change to a bundle, to a journey file, or to both; with neither to what decides now.

    Args:
        name: what errors call the journey file.

    Raises:
        Problem: ``BUNDLE_UNKNOWN``, or ``REQUEST_INVALID`` for a journey file that is wrong or does not fit.
    """
    if bundle is not None and bundle not in {one for one, _ in source.bundles()}:
        raise Problem("BUNDLE_UNKNOWN", f"Expected a bundle of the registry, got {bundle[:80]!r}.")
    if journey is None:
        serving = source.current() if bundle is None else source.of_bundle(bundle)
        return RehearsedChange(engine=serving.engine)
    try:
        engine = _engine(registry, bundle or source.current().bundle_id, parse_journey(journey, name))
    except (JourneyFileError, BundleError) as error:  # theirs, not a fault of ours
        raise Problem("REQUEST_INVALID", str(error)) from error
    return RehearsedChange(engine=engine, registry=registry if bundle is None else None)


def _engine(registry: Path, bundle: str, journey: Journey) -> Engine:
    if bundle == NO_BUNDLE:
        return Engine(journey, None, NO_BUNDLE)
    return engine_with(journey, Registry(registry).load(bundle))
