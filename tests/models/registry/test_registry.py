"""The registry: switches are whole, remembered, refused for bundles that do not load, and never race."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.errors import BundleError, RegistryError
from models.registry import Registry, aliases

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def loads(_: Path) -> str | None:
    return None


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, save_tiny_bundle: Callable[..., object]) -> Path:
    """Bundles b-1 to b-3, an hour apart; take copies."""
    root = tmp_path_factory.mktemp("published")
    for i in (1, 2, 3):
        save_tiny_bundle(root / f"b-{i}", bundle_id=f"b-{i}", created_at=NOW + timedelta(hours=i))
    return root


@pytest.fixture
def registry(tmp_path: Path, published: Path) -> Registry:
    """A registry with b-1 to b-3 and no champion."""
    filled = Registry(tmp_path / "registry")
    for source in sorted(published.iterdir()):
        filled.add(Path(shutil.copytree(source, tmp_path / source.name)), source.name)
    return filled


def promote(registry: Registry, *bundle_ids: str) -> None:
    for bundle_id in bundle_ids:
        registry.promote(bundle_id, f"try {bundle_id}", NOW, check=loads)


def test_an_empty_registry_has_no_champion_and_no_bundles(tmp_path: Path) -> None:
    empty = Registry(tmp_path / "nowhere")

    assert empty.champion() is None
    assert empty.bundles() == ()
    assert empty.history() == ()
    assert not (tmp_path / "nowhere").exists()


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


def test_a_promotion_is_remembered(registry: Registry) -> None:
    promote(registry, "b-1", "b-2")

    assert registry.champion() == "b-2"
    current = registry.current()
    assert current is not None
    assert (current.previous, current.reason) == ("b-1", "try b-2")
    assert current.promoted_at == "2026-11-20T12:00:00Z"
    assert [(line["event"], line["bundle"]) for line in registry.history()] == [
        ("promote", "b-1"),
        ("promote", "b-2"),
    ]


def test_promoting_the_champion_again_changes_nothing(registry: Registry) -> None:
    promote(registry, "b-1", "b-2", "b-2")

    assert len(registry.history()) == 2
    registry.rollback("back", NOW, check=loads)
    assert registry.champion() == "b-1"


def test_rollbacks_go_back_one_champion_at_a_time(registry: Registry) -> None:
    promote(registry, "b-1", "b-2", "b-3")

    assert registry.rollback("worse", NOW, check=loads).bundle == "b-2"
    assert registry.rollback("worse still", NOW, check=loads).bundle == "b-1"
    with pytest.raises(RegistryError, match=r"the first champion.*nothing to go back to"):
        registry.rollback("?", NOW, check=loads)
    assert registry.champion() == "b-1"
    assert [line["event"] for line in registry.history()] == ["promote"] * 3 + ["rollback"] * 2


def test_after_a_rollback_a_promotion_goes_on_from_there(registry: Registry) -> None:
    promote(registry, "b-1", "b-2")
    registry.rollback("worse", NOW, check=loads)
    promote(registry, "b-3")

    assert registry.rollback("worse too", NOW, check=loads).bundle == "b-1"


def test_without_a_champion_there_is_nothing_to_go_back_to(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="no champion"):
        registry.rollback("?", NOW)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_switch_needs_a_reason(registry: Registry, reason: str) -> None:
    with pytest.raises(RegistryError, match="reason"):
        registry.promote("b-1", reason, NOW, check=loads)
    with pytest.raises(RegistryError, match="reason"):
        registry.rollback(reason, NOW, check=loads)


def test_a_bundle_that_does_not_load_is_not_promoted(registry: Registry) -> None:
    """The check is the real one, in a child process."""
    promote(registry, "b-1")
    damaged = registry.path("b-2") / "response_trees.txt"
    damaged.write_bytes(damaged.read_bytes()[:-100])

    with pytest.raises(
        BundleError, match=r"not promoted, the champion stays: BUNDLE_INVALID.*response_trees"
    ):
        registry.promote("b-2", "why", NOW)
    assert registry.champion() == "b-1"
    assert len(registry.history()) == 1


def test_a_rollback_checks_its_bundle_too(registry: Registry) -> None:
    promote(registry, "b-1", "b-2")

    with pytest.raises(BundleError, match="gone bad"):
        registry.rollback("why", NOW, check=lambda _: "gone bad")
    assert registry.champion() == "b-2"


def test_another_instance_sees_a_switch_at_once(registry: Registry) -> None:
    reader = Registry(registry.root)
    seen = []
    for bundle_id in ("b-1", "b-2", "b-1", "b-3"):
        promote(registry, bundle_id)
        seen.append(reader.champion())

    assert seen == ["b-1", "b-2", "b-1", "b-3"]


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


def test_half_a_line_left_by_a_crash_spoils_nothing(registry: Registry) -> None:
    promote(registry, "b-1")
    with (registry.root / "promotions.jsonl").open("a") as file:
        file.write('{"event": "prom')
    promote(registry, "b-2")

    assert [line["bundle"] for line in registry.history()] == ["b-1", "b-2"]


def test_a_crash_before_the_switch_leaves_the_champion(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(registry, "b-1")

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", crash)
        with pytest.raises(KeyboardInterrupt):
            promote(registry, "b-2")

    assert Registry(registry.root).champion() == "b-1"
    promote(registry, "b-3")
    assert Registry(registry.root).champion() == "b-3"


def _switch_often(root: Path, bundle_id: str) -> None:
    mine = Registry(root)
    for i in range(20):
        mine.promote(bundle_id, f"{os.getpid()} {i}", NOW, check=loads)


def test_two_processes_never_lose_a_switch(registry: Registry) -> None:
    """Each history line's ``previous`` is the line before: no switch was decided on old news."""
    promote(registry, "b-3")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_switch_often, args=(registry.root, name)) for name in ("b-1", "b-2")]
    for process in processes:
        process.start()
    reader = Registry(registry.root)
    while any(process.is_alive() for process in processes):
        assert reader.champion() in {"b-1", "b-2", "b-3"}
    for process in processes:
        process.join()
        assert process.exitcode == 0

    history = registry.history()
    assert [line["previous"] for line in history[1:]] == [line["bundle"] for line in history[:-1]]
    assert registry.champion() == history[-1]["bundle"]
    leftovers = [path.name for path in (registry.root / "aliases").iterdir()]
    assert leftovers == ["champion.json"]


def test_threads_may_poll_together(registry: Registry) -> None:
    promote(registry, "b-1")
    found: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: found.extend(registry.champion() for _ in range(50)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    promote(registry, "b-2")
    for thread in threads:
        thread.join()

    assert set(found) <= {"b-1", "b-2"}


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
