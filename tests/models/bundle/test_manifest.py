"""What a manifest says, and which values it can say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from models.bundle import (
    Bundle,
    Manifest,
    Models,
    Provenance,
    load_bundle,
)
from models.errors import BundleError

CREATED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


PROVENANCE = Provenance(
    training_from=datetime(2025, 1, 1, tzinfo=UTC),
    training_until=CREATED,
    data_sha256="ab" * 32,
    metrics={"response": {"auc": 0.8125}},
    extra={"notes": "größer, schöner"},
)


Save = Callable[..., Manifest]


def test_the_manifest_tells_what_it_was_told(good: Path, tiny_models: Models, tiny_journey_text: str) -> None:
    bundle: Bundle = load_bundle(good)

    assert bundle.manifest.provenance == PROVENANCE
    assert bundle.manifest.created_at == CREATED
    assert bundle.manifest.customer_features == tiny_models.spec.customer_names
    assert bundle.manifest.libraries["numpy"] == np.__version__
    assert bundle.journey.sha256 == bundle.manifest.journey_sha256
    assert (good / "journey.yaml").read_text() == tiny_journey_text


def test_metrics_must_be_json(tmp_path: Path, save: Save) -> None:
    with pytest.raises(BundleError, match="no JSON values"):
        save(tmp_path / "b", provenance=Provenance(metrics={"auc": float("nan")}))


def test_a_time_needs_a_zone(tmp_path: Path, save: Save) -> None:
    with pytest.raises(BundleError, match="time zone"):
        save(tmp_path / "b", created_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
