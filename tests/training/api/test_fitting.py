"""Fitted in memory or published: the same models, the same figures."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import TrainingDataError
from models.registry import Registry
from training.api import Dataset, Evaluation, Policy, evaluate, fit, load_bundle, promote, train

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def registry(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("var") / "registry"
    train(dataset, root, now=NOW)
    return root


def test_what_is_fitted_is_what_is_published(fitted: tuple[Policy, Evaluation], registry: Path) -> None:
    policy, evaluation = fitted
    published = load_bundle(registry)

    assert published.models.to_files() == policy.models.to_files()
    assert published.manifest is not None
    assert published.manifest.provenance.metrics == evaluation.metrics
    assert published.learned_until == policy.learned_until


def test_an_evaluation_has_ours_next_to_what_everyone_knows(fitted: tuple[Policy, Evaluation]) -> None:
    _, evaluation = fitted

    assert evaluation.ours is not None
    assert {"do nothing", "random", "logging policy"} < {each.policy for each in evaluation.policies}
    for each in evaluation.policies:
        assert (each.value is None) == bool(each.refused)
    assert evaluation.auc is not None
    assert evaluation.auc > 0.6, "teasers by mail work, and the models know it"


def test_a_published_bundle_can_be_evaluated_again_on_what_came_later(
    fitted: tuple[Policy, Evaluation], dataset: Dataset
) -> None:
    """The rows after the last that it learned from are those of the test: the same AUC."""
    policy, evaluation = fitted

    again = evaluate(policy, dataset)

    assert again.auc == pytest.approx(evaluation.auc, abs=1e-6)


def test_a_log_that_ends_too_early_is_told(policy: Policy, dataset: Dataset) -> None:
    with pytest.raises(TrainingDataError, match=r"no decision of the log is later than 2026-11-20 00:00 UTC"):
        evaluate(policy, dataset, since=NOW)


def test_another_seed_draws_other_intervals(fitted: tuple[Policy, Evaluation], dataset: Dataset) -> None:
    assert fit(dataset, seed=8)[1].metrics != fitted[1].metrics


def test_promoting_asks_the_gate(dataset: Dataset, registry: Path) -> None:
    second = train(dataset, registry, seed=8, now=NOW).manifest.bundle_id
    promotion = promote(registry, second, "as good and newer", now=NOW)

    assert promotion.bundle == Registry(registry).champion() == second


def test_the_page_for_python_runs_from_top_to_bottom(
    log_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the small log, with its folder as ``history``."""
    page = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "python.md"
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "history").symlink_to(log_folder)
    for name in ("training.yaml", "journey.yaml"):
        (tmp_path / name).write_bytes((log_folder / name).read_bytes())
    monkeypatch.chdir(tmp_path)

    exec(compile("\n".join(blocks), str(page), "exec"), {})  # noqa: S102 - our own page

    said = capsys.readouterr().out
    assert "logging policy" in said
    assert "'customer_id': 'c1'" in said
    assert (tmp_path / "registry" / "bundles").is_dir()
