"""Decides once for nobody, before anybody asks.

The first decision of an engine builds its tables and loads the compiled kernel, which takes longer than a
page waits; the first text in a language reads its data. Done before the fork, workers share what it built.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import structlog

from models.domain.decision import DecisionRequest
from models.domain.interaction import Customer
from models.policy.decide import decide
from nba_service.content.filters import load_locale
from nba_service.engine.serving import Serving

log: Final = structlog.get_logger(__name__)

NOBODY: Final = "warm-up"
"""The customer of such decisions; nothing is stored about them."""

_NOON: Final = datetime(2026, 1, 7, 12, tzinfo=UTC)  # a Wednesday, outside of most quiet hours


def warm_up(serving: Serving) -> None:
    """Decide once in each phase for somebody who consents to everything; never raises.

    And read the data of the locales of all texts.
    """
    consent = dict.fromkeys(serving.journey.consents, True)
    written = [texts for action in serving.journey.actions for texts in action.content.values()]
    try:
        for locale in {serving.journey.default_locale}.union(*written):
            load_locale(locale)
        for phase in serving.journey.phases:
            decide(
                serving.engine,
                DecisionRequest(
                    decision_id=NOBODY,
                    customer=Customer(customer_id=NOBODY, consent=consent),
                    decided_at=_NOON,
                    stated_phase=phase.name,
                ),
            )
    except Exception:  # decisions that customers ask for say what is wrong, and answer all the same
        log.exception("warm_up_failed", bundle=serving.bundle_id)
