"""Tries in another process whether a bundle can decide.

It does so before the bundle decides here. ``python -m nba_service.engine.child REGISTRY JOURNEY BUNDLE`` is
that process: exit code 0, or 1 and why not. An empty JOURNEY stands for the bundle's own, an empty BUNDLE for
the playbook of the journey file alone.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from models.bundle.child import DEFAULT_SECONDS, problem_in_child
from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from models.errors import BundleError, NBAError
from models.policy.decide import decide
from nba_service.engine.loading import load_engine
from nba_service.settings import Settings


def check_in_child(settings: Settings, bundle_id: str | None, seconds: float = DEFAULT_SECONDS) -> None:
    """Load a bundle, golden rows included, and decide once: a damaged one can kill only the child.

    Raises:
        BundleError: the child refused it, died, or took too long.
    """
    journey = "" if settings.journey is None else str(settings.journey)
    arguments = [str(settings.registry), journey, bundle_id or ""]
    problem = problem_in_child("nba_service.engine.child", arguments, f"bundle {bundle_id!r}", seconds)
    if problem is not None:
        raise BundleError(problem)


def main(arguments: list[str]) -> int:
    """What the child does."""
    registry, journey, bundle_id = arguments
    try:
        engine = load_engine(Path(registry), Path(journey) if journey else None, bundle_id or None)
        nobody = Customer(customer_id="check")
        moment = datetime(2026, 1, 1, tzinfo=UTC)
        decide(engine, DecisionRequest(decision_id="check", customer=nobody, decided_at=moment))
    except NBAError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
