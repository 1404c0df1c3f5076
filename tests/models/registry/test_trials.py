"""Trials: one bundle a role, next to the champion, each change in the same chain as promotions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.bundle import Manifest
from models.errors import BundleError, GateError, RegistryError
from models.registry import Registry, Role

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def loads(_: Path) -> str | None:
    return None


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Two bundles, of which nothing but the directory is asked here; b-1 is the champion."""
    for name in ("b-1", "b-2"):
        (tmp_path / "bundles" / name).mkdir(parents=True)
    registry = Registry(tmp_path)
    registry.promote("b-1", "first", NOW, check=loads)
    return registry


def test_a_trial_is_remembered_until_it_ends(registry: Registry) -> None:
    registry.trials.begin(Role.CHALLENGER, "b-2", "try", NOW, share=0.25, check=loads)

    trial = Registry(registry.root).trials.current(Role.CHALLENGER)
    assert trial is not None
    assert (trial.bundle, trial.share, trial.since) == ("b-2", 0.25, "2026-11-20T12:00:00Z")
    assert registry.champion() == "b-1"

    registry.trials.end(Role.CHALLENGER, "seen enough", NOW)
    assert registry.trials.current(Role.CHALLENGER) is None


def test_trials_are_links_of_the_chain_of_promotions(registry: Registry) -> None:
    """They were lines without a hash, which an audit took for lines that somebody put in."""
    registry.trials.begin(Role.SHADOW, "b-2", "try", NOW, check=loads)
    registry.trials.end(Role.SHADOW, "enough", NOW)
    registry.promote("b-2", "better", NOW, check=loads)

    assert [line["event"] for line in registry.history()] == ["promote", "begin", "end", "promote"]
    assert registry.history_problems() == ()


def test_a_bundle_that_does_not_load_gets_no_role(registry: Registry) -> None:
    with pytest.raises(BundleError, match="broken"):
        registry.trials.begin(Role.SHADOW, "b-2", "try", NOW, check=lambda _: "broken")

    assert registry.trials.current(Role.SHADOW) is None


def test_a_damaged_alias_says_so(registry: Registry) -> None:
    """A challenger without a share decides for nobody knows whom."""
    (registry.root / "aliases" / "challenger.json").write_text('{"bundle": "b-2", "share": null}')

    with pytest.raises(RegistryError, match=r"challenger\.json is damaged"):
        registry.trials.current(Role.CHALLENGER)


@pytest.mark.parametrize("reason", ["", " "])
def test_a_trial_needs_a_reason(registry: Registry, reason: str) -> None:
    with pytest.raises(RegistryError, match="reason"):
        registry.trials.begin(Role.SHADOW, "b-2", reason, NOW, check=loads)


def refuses(manifest: Manifest, champion: str | None) -> tuple[str, ...]:
    raise GateError(f"{manifest.bundle_id} against {champion}")


@pytest.mark.parametrize("role", list(Role))
def test_the_gate_stands_before_every_role(
    tmp_path: Path, save_tiny_bundle: Callable[..., object], role: Role
) -> None:
    registry = Registry(tmp_path)
    save_tiny_bundle(tmp_path / "new", bundle_id="b-1")
    registry.add(tmp_path / "new", "b-1")
    share = 0.5 if role is Role.CHALLENGER else None

    with pytest.raises(GateError, match="b-1 against None"):
        registry.trials.begin(role, "b-1", "try", NOW, share=share, check=loads, admit=refuses)
    assert registry.trials.current(role) is None
    assert registry.history() == ()

    registry.trials.begin(
        role, "b-1", "agreed", NOW, share=share, check=loads, admit=lambda *_: ("coverage",)
    )
    (line,) = registry.history()
    assert (line["forced"], line["overruled"], line["reason"]) == (True, ["coverage"], "agreed")
    assert registry.history_problems() == ()
