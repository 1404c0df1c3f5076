"""The first bundle decides at once; names tell minute and content."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.bundle import GoldenRows, Models, Provenance
from models.registry import Registry
from training.run.publish import bundle_id, publish

NOW = datetime(2026, 11, 20, 2, 0, 30, tzinfo=UTC)


def published(root: Path, models: Models, golden: GoldenRows, text: str, **more: Any) -> Any:
    few = GoldenRows(**{name: getattr(golden, name)[:30] for name in GoldenRows.__dataclass_fields__})
    return publish(models, text.encode(), few, Provenance(), Registry(root), NOW, **more)


def test_the_same_content_ends_in_the_same_digits(tiny_models: Models) -> None:
    first, again, other = (bundle_id(tiny_models, data, NOW) for data in (b"a", b"a", b"b"))

    assert first.startswith("2026-11-20T02-00Z-")
    assert first == again != other


def test_the_first_decides_and_the_next_needs_a_verdict_even_if_asked_for(
    tmp_path: Path, tiny_models: Models, tiny_golden: GoldenRows, tiny_journey_text: str
) -> None:
    first, second, third = (
        published(tmp_path, tiny_models, tiny_golden, tiny_journey_text, promote=promote)
        for promote in (False, False, True)
    )

    assert first.promoted == "the first bundle of this registry"
    assert second.promoted is None
    assert third.promoted is None
    assert [check.name for check in third.refused], "it carries no verdict of the gate"
    assert Registry(tmp_path).champion() == first.manifest.bundle_id


def test_the_same_content_in_the_same_minute_gets_a_number(
    tmp_path: Path, tiny_models: Models, tiny_golden: GoldenRows, tiny_journey_text: str
) -> None:
    ids = [
        published(tmp_path, tiny_models, tiny_golden, tiny_journey_text).manifest.bundle_id for _ in range(3)
    ]

    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]
    assert not list(tmp_path.glob(".publish-*")), "nothing half made is left behind"
