"""``python -m nba_service.engine.child REGISTRY JOURNEY BUNDLE``: can it decide? Exit 0, or 1 and why not.

Run in a process of its own, because bytes that pass every hash may still bring a native library down. An
empty JOURNEY stands for the bundle's own, an empty BUNDLE for the playbook of the journey file alone.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def main(arguments: list[str]) -> int:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from models.domain.decision import DecisionRequest
    from models.domain.interaction import Customer
    from models.errors import NBAError
    from models.policy.decide import decide
    from nba_service.engine.loading import load_engine

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
