"""``python -m nba_service.bundle_check BUNDLE``: can this bundle decide? Exit 0, or 1 and why not.

Run in a process of its own, because bytes that pass every hash may still bring a native library down.
An empty BUNDLE checks the journey file of ``NBA_JOURNEY`` alone.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime


def main(arguments: list[str]) -> int:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from models.domain.decision import DecisionRequest
    from models.domain.interaction import Customer
    from models.errors import NBAError
    from models.policy.decide import decide
    from nba_service.engine_source import load_serving
    from nba_service.settings import load_settings

    try:
        serving = load_serving(load_settings(), arguments[0] or None)
        nobody = DecisionRequest(
            decision_id="check",
            customer=Customer(customer_id="check"),
            decided_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        decide(serving.engine, nobody)
    except NBAError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
