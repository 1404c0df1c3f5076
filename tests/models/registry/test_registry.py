"""The registry: switches are whole, remembered, refused for bundles that do not load, and never race."""

from __future__ import annotations

import multiprocessing
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import BundleError, RegistryError
from models.registry import Registry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def loads(_: Path) -> str | None:
    return None


def promote(registry: Registry, *bundle_ids: str) -> None:
    for bundle_id in bundle_ids:
        registry.promote(bundle_id, f"try {bundle_id}", NOW, check=loads)


def test_an_empty_registry_has_no_champion_and_no_bundles(tmp_path: Path) -> None:
    empty = Registry(tmp_path / "nowhere")

    assert empty.champion() is None
    assert empty.bundles() == ()
    assert empty.history() == ()
    assert not (tmp_path / "nowhere").exists()


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
