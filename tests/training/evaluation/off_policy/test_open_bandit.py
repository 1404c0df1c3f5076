"""The Open Bandit files: estimates agree with a file's click rate; what cannot be told is refused."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from training.evaluation.off_policy.off_policy import PolicyValue

ROOT = Path(__file__).resolve().parents[4]

# What obp 0.5.7's own estimators say of showing items evenly (computed once, outside of this suite).
OBP = {
    "random_all": {"ips": 0.0038, "snips": 0.0038},
    "random_men": {"ips": 0.0046, "snips": 0.0046},
    "random_women": {"ips": 0.0046, "snips": 0.0046},
    "bts_all": {"ips": 0.0023596395168460037, "snips": 0.002333713893161806},
    "bts_men": {"ips": 0.003008626327256482, "snips": 0.0031894231622774027},
}


def load_benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("open_bandit", ROOT / "benchmarks/open_bandit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["open_bandit"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measured(real_data: Path) -> dict[str, tuple[PolicyValue, PolicyValue]]:
    found = load_benchmark().measure(real_data / "open_bandit", np.random.default_rng(1))
    return {name: (own, even) for name, own, even in found}


@pytest.mark.parametrize("campaign", ["all", "men", "women"])
def test_estimates_agree_with_the_files_own_click_rate(
    measured: dict[str, tuple[PolicyValue, PolicyValue]], campaign: str
) -> None:
    """The random policy showed items evenly, so its own click rate is the answer."""
    own, even = measured[f"random_{campaign}"]
    rate = own.estimates["ips"].value

    for name in ("ips", "snips", "dr"):
        assert even.estimates[name].low <= rate <= even.estimates[name].high
    # The same even policy, seen through the other policy's log, must not contradict it.
    if campaign != "women":
        seen = measured[f"bts_{campaign}"][1].estimates["snips"]
        assert seen.low <= own.estimates["ips"].high
        assert own.estimates["ips"].low <= seen.high


@pytest.mark.parametrize("name", [*OBP])
def test_estimates_are_those_of_obp(measured: dict[str, tuple[PolicyValue, PolicyValue]], name: str) -> None:
    for estimator, value in OBP[name].items():
        assert measured[name][1].estimates[estimator].value == pytest.approx(value, abs=1e-12)


def test_the_file_in_which_one_row_is_everything_is_refused(
    measured: dict[str, tuple[PolicyValue, PolicyValue]],
) -> None:
    value = measured["bts_women"][1]

    assert value.estimates == {}
    assert value.effective_sample_size == pytest.approx(2, abs=0.5)
    assert value.mean_weight == pytest.approx(3.13, abs=0.01)
    assert any("effective sample" in reason for reason in value.refused)
