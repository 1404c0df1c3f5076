"""Bundles of a registry: each in its directory, under its own id, listed even if damaged."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import RegistryError
from models.registry import Registry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def loads(_: Path) -> str | None:
    return None


def promote(registry: Registry, *bundle_ids: str) -> None:
    for bundle_id in bundle_ids:
        registry.promote(bundle_id, f"try {bundle_id}", NOW, check=loads)


def test_an_added_bundle_is_moved_and_can_be_loaded(registry: Registry, tmp_path: Path) -> None:
    assert not (tmp_path / "b-1").exists()
    assert registry.load("b-1").manifest.bundle_id == "b-1"
    assert registry.path("b-1").is_dir()


def test_bundles_are_listed_newest_first(registry: Registry) -> None:
    promote(registry, "b-2")

    entries = registry.bundles()

    assert [entry.bundle_id for entry in entries] == ["b-3", "b-2", "b-1"]
    assert [entry.champion for entry in entries] == [False, True, False]


def test_a_damaged_bundle_does_not_hide_the_others(registry: Registry) -> None:
    (registry.path("b-3") / "manifest.json").write_text("{")

    entries = registry.bundles()

    assert [entry.bundle_id for entry in entries] == ["b-2", "b-1", "b-3"]
    assert entries[-1].manifest is None
    assert "expected JSON" in str(entries[-1].problem)


def test_an_id_is_given_once(registry: Registry, published: Path, tmp_path: Path) -> None:
    again = Path(shutil.copytree(published / "b-1", tmp_path / "again"))

    with pytest.raises(RegistryError, match=r"'b-1' is in .* already"):
        registry.add(again, "b-1")
    assert again.is_dir()


def test_a_bundle_keeps_its_own_id(registry: Registry, published: Path, tmp_path: Path) -> None:
    again = Path(shutil.copytree(published / "b-1", tmp_path / "again"))

    with pytest.raises(RegistryError, match="is bundle 'b-1', not 'b-9'"):
        registry.add(again, "b-9")


def test_a_bundle_from_another_file_system_is_copied(
    registry: Registry, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(registry.path("b-1"))
    staging = Path(shutil.copytree(published / "b-1", tmp_path / "b-1"))
    rename = Path.rename

    def only_within(source: Path, target: Path) -> Path:
        if source == staging:
            raise OSError(18, "Invalid cross-device link")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", only_within)
    registry.add(staging, "b-1")

    assert registry.load("b-1").manifest.bundle_id == "b-1"
    assert not staging.exists()
    assert {path.name for path in registry.path("b-1").parent.iterdir()} == {"b-1", "b-2", "b-3"}


@pytest.mark.parametrize("bundle_id", ["../b-1", "/etc", "", ".", "..", "b-1/", "b\0", "ü"])
def test_an_id_never_leaves_the_registry(registry: Registry, bundle_id: str) -> None:
    for call in (registry.path, registry.load):
        with pytest.raises(RegistryError, match="Bundle id"):
            call(bundle_id)
    with pytest.raises(RegistryError, match="Bundle id"):
        registry.promote(bundle_id, "why", NOW, check=loads)


def test_an_unknown_bundle_is_named_with_the_known_ones(registry: Registry) -> None:
    with pytest.raises(RegistryError, match=r"No bundle 'b-9' in .* there are \['b-3', 'b-2', 'b-1'\]"):
        registry.promote("b-9", "why", NOW)
