"""A bundle that is tried in a process of its own."""

from __future__ import annotations

import pytest

from models.errors import BundleError
from nba_service.engine.child import check_in_child
from nba_service.settings import Settings


def test_a_child_that_dies_or_hangs_is_a_refused_bundle(settings: Settings) -> None:
    with pytest.raises(BundleError, match=r"within 0\.01 s"):
        check_in_child(settings, "b-1", seconds=0.01)
    with pytest.raises(BundleError, match="REGISTRY_INVALID: No bundle 'b-9'"):
        check_in_child(settings, "b-9")
    check_in_child(settings, "b-1")
