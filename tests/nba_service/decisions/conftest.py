"""An engine without a bundle, for decisions that are made without a store."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from models.policy.engine import Engine
from nba_service.engine.loading import NO_BUNDLE
from nba_service.engine.serving import Serving


@pytest.fixture(scope="session")
def playbook_serving(tiny_journey: Journey) -> Serving:
    """The tiny journey's playbook, without a bundle."""
    return Serving.of(Engine(tiny_journey, None, NO_BUNDLE))
