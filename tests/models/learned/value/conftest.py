"""What tests of values share."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.learned.value.worlds import (
    World,
)


@pytest.fixture
def columns(world: World) -> Any:
    return world.columns
