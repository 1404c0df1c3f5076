"""A bundle that carries a drift reference, made from the rows that its models learned from."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from models.bundle import GoldenRows, Models, Provenance
from models.domain.journey import Journey
from models.drift import EXTRA, DriftReference, make_reference
from models.registry import Registry


@pytest.fixture(scope="session")
def reference(tiny_models: Models, tiny_golden: GoldenRows) -> DriftReference:
    """Two features and made-up scores, 2,000 rows."""
    names = tiny_models.spec.customer_names
    rng = np.random.default_rng(3)
    features = {
        names[column]: (tiny_golden.customer_x[:, column].astype(float), column in (0,))
        for column in (0, 3, 4)
    }
    return make_reference(features, [rng.random(2_000), rng.normal(size=2_000)], 2_000)


@pytest.fixture
def judged_registry(
    tmp_path: Path, save_tiny_bundle: Callable[..., object], reference: DriftReference, tiny_journey: Journey
) -> Path:
    """A registry whose champion is judged."""
    root = tmp_path / "judged"
    provenance = Provenance(extra={EXTRA: reference.to_json()})
    save_tiny_bundle(root / "new" / "b-9", bundle_id="b-9", provenance=provenance)
    Registry(root).add(root / "new" / "b-9", "b-9")
    Registry(root).promote("b-9", "first", datetime(2026, 11, 20, tzinfo=UTC), check=lambda _: None)
    return root


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
