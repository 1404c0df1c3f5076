"""Aliases: small files that say who decides, read only when they changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import RegistryError
from models.registry import Registry, aliases

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def loads(_: Path) -> str | None:
    return None


def promote(registry: Registry, *bundle_ids: str) -> None:
    for bundle_id in bundle_ids:
        registry.promote(bundle_id, f"try {bundle_id}", NOW, check=loads)


def test_polling_reads_the_alias_only_when_it_changed(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(registry, "b-1")
    reader, reads = Registry(registry.root), []
    read = aliases.read_promotion
    monkeypatch.setattr(aliases, "read_promotion", lambda path: (reads.append(path), read(path))[1])

    assert [reader.champion() for _ in range(100)] == ["b-1"] * 100
    assert len(reads) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"bundle": "../x", "earlier": []}'])
def test_a_damaged_alias_says_so(registry: Registry, text: str) -> None:
    promote(registry, "b-1")
    (registry.root / "aliases" / "champion.json").write_text(text)

    with pytest.raises(RegistryError, match=r"champion\.json is damaged"):
        registry.champion()


def test_the_alias_is_plain_json(registry: Registry) -> None:
    promote(registry, "b-1", "b-2")

    stored = json.loads((registry.root / "aliases" / "champion.json").read_text())

    assert stored == {
        "bundle": "b-2",
        "promoted_at": "2026-11-20T12:00:00Z",
        "previous": "b-1",
        "reason": "try b-2",
        "earlier": ["b-1"],
    }
