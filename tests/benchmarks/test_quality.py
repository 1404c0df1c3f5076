"""The harness of decision quality: shares, standard errors, what is stored, and the rival's tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.cell import lesson_of, make_prepared
from benchmarks.quality.chain import chain_values
from benchmarks.quality.run import Task, missing, version
from benchmarks.quality.store import (
    HARNESS,
    LEARNING,
    SIMULATOR,
    Figure,
    Store,
    version_of,
)
from benchmarks.quality.tables import BEGIN, END, collect, write_docs
from benchmarks.quality.worlds import BY_NAME
from training.simulator.world.load import load_world

ROOT = Path(__file__).resolve().parents[2]
CLICKS = BY_NAME["clicks"]


def _figure(eur: float, version: str = "v") -> Figure:
    return Figure(eur=eur, nothing=0.0, seconds=0.0, version=version)


def _task(**changes: object) -> Task:
    values = {"world": "clicks", "size": 5000, "seed": 1, "policies": ("ours",), "customers": 10}
    return Task(**{**values, **changes})  # type: ignore[arg-type]  # a test's shorthand


def test_a_share_is_where_a_policy_lies_between_random_and_planner(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for seed, (low, high, own) in enumerate([(10.0, 110.0, 60.0), (0.0, 200.0, 140.0)]):
        store.add("clicks", 0, seed, "random", _figure(low))
        store.add("clicks", 0, seed, "planner (sees the truth)", _figure(high))
        store.add("clicks", 5000, seed, "ours", _figure(own))

    found = collect(store, [_task(seed=0), _task(seed=1)])

    ours = next(r for r in found if r.policy == "ours")
    assert ours.share == (0.5, 0.7)  # 50 of 100, 140 of 200
    assert ours.mean == pytest.approx(0.6)
    assert ours.error == pytest.approx(0.1)  # standard deviation 0.1·√2, two seeds


def test_a_figure_counts_as_long_as_the_code_behind_it_is_the_same(tmp_path: Path) -> None:
    store, task = Store(tmp_path), _task(policies=("ours", "tabular chain"))
    store.add("clicks", 5000, 1, "ours", _figure(1.0, version(task, "ours")))
    store.add("clicks", 5000, 1, "tabular chain", _figure(1.0, "of older code"))

    assert missing(store, task).policies == ("tabular chain",)
    assert missing(store, _task(customers=20)).policies == ("ours",)


def test_a_comment_changes_no_fingerprint_and_code_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.quality.store.ROOT", tmp_path)
    code = tmp_path / "code.py"
    found = []
    for text in ('"""One."""\nx = 1\n', '"""Other words."""\nx = 1  # why\n', '"""One."""\nx = 2\n'):
        code.write_text(text)
        found.append(version_of(CLICKS, ["code.py"], 10))

    assert found[0] == found[1] != found[2]


def test_tables_replace_only_what_is_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    write_docs(page, [])

    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text


def test_everybody_learns_from_the_rows_before_the_test_part_and_the_chain_sees_where_they_lead() -> None:
    """World (a) pays for becoming a customer: the chain must prefer what leads there to what is clicked."""
    world = load_world(CLICKS.path)
    prepared, _ = make_prepared(world, 600, np.random.default_rng(1))
    lesson = lesson_of(prepared)

    assert prepared.rows.decided_at[lesson.situation].max() < prepared.split.test_from
    assert len(lesson.phase) == len(lesson.customer_x) == len(lesson.reward)

    worth = chain_values(world.journey, lesson)
    deciding = world.journey.phase_index["deciding"]
    adviser, lottery = (world.journey.treatment_index[name, "email"] for name in ("adviser", "lottery"))
    assert worth[deciding, adviser] > worth[deciding, lottery]


@pytest.mark.parametrize("pattern", [*SIMULATOR, *LEARNING, *HARNESS])
def test_a_fingerprint_is_of_code_that_is_there(pattern: str) -> None:
    """A module that moves must not leave a figure believed for ever."""
    assert list(ROOT.glob(pattern))
