"""The harness of drawn companies: what is stored, what is counted as harm, and that rivals run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.drawn import __main__ as command
from benchmarks.drawn import bandits
from benchmarks.drawn.run import Figure, Task, company_of, run
from benchmarks.drawn.shipped import shipped_policy
from benchmarks.drawn.tables import by_kind, summary
from training.simulator.drawn.rollout import Evaluator, make_log


def figure(share: float, gain: float, error: float) -> Figure:
    return Figure(eur=1.0, share=share, gain=gain, gain_error=error, contacts=0.5, seconds=1.0)


def test_figures_are_measured_once(tmp_path: Path) -> None:
    said: list[str] = []
    task = Task(seed=-1, journeys=1_000, customers=200)

    first = run(task, tmp_path, ("ground", "rivals"), said.append)
    again = run(task, tmp_path, ("ground", "rivals"), said.append)

    assert first == again
    assert len(said) == 2
    assert first["DR-learner"].share > 0.9
    assert abs(first["do nothing"].gain) < 1e-9


def test_harm_is_a_loss_of_more_than_two_standard_errors() -> None:
    results = {
        1: {"a": figure(0.5, -0.10, 0.02), "b": figure(0.2, 0.0, 0.0)},
        2: {"a": figure(0.7, -0.10, 0.08), "b": figure(0.4, 0.3, 0.1)},
    }

    text = summary(results, ["a", "b"], "a").splitlines()

    assert text[1].split()[1:6] == ["0.600", "0.550", "0.500", "1", "0.100"]
    assert text[2].split()[4] == "0"
    assert "+0.300 ± 0.000" in text[2]


def test_kinds_are_means_over_the_companies_that_have_them() -> None:
    traits = {seed: company_of(seed).traits for seed in (-1, -2)}
    results = {-1: {"a": figure(0.5, 0, 0)}, -2: {"a": figure(0.7, 0, 0)}}

    rows = {line[:18].strip(): line.split()[-1] for line in by_kind(results, ["a"], traits).splitlines()}

    assert rows["zero mean"] == "0.500"
    assert rows["effects exist"] == "0.600"
    assert "misread phases" not in rows


@pytest.mark.parametrize("seed", [8])
def test_the_shipped_method_learns_and_decides_in_a_drawn_company(seed: int) -> None:
    company = company_of(seed)
    policy = shipped_policy(make_log(company, 400, seed=1), seed=1)

    measured = Evaluator(company, 50, seed=2).measure(policy, repeats=1)

    assert measured.eur.shape == (50,)
    assert (measured.eur <= Evaluator(company, 50, seed=2).best + 1e-3).all()


def test_packages_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bandits, "find_spec", lambda name: None if name == "mabwiser" else name)
    monkeypatch.setattr("sys.argv", ["drawn", "--seeds", "hand-made", "--policies", "ground,bandits"])

    with pytest.raises(SystemExit):
        command.main()

    assert "bandits need mabwiser: pip install" in capsys.readouterr().err
    with pytest.raises(ModuleNotFoundError, match="mabwiser not installed"):
        bandits.bandits(make_log(company_of(-1), 100, seed=1))


@pytest.mark.skipif(bool(bandits.missing()), reason=f"{bandits.missing()} not installed: the extra rivals")
def test_bandits_find_who_profits_from_the_offer(tmp_path: Path) -> None:
    task = Task(seed=-1, journeys=2_000, customers=200)

    figures = run(task, tmp_path, ("bandits",), lambda line: None)

    assert set(figures) == {"Vowpal Wabbit", "MABWiser LinUCB", "MABWiser LinTS"}
    assert min(figure.share for figure in figures.values()) > 0.8


def test_response_and_phases_rank_where_money_is_left_out() -> None:
    company = company_of(-1)
    log = make_log(company, 1_000, seed=1)

    policy = shipped_policy(log, seed=1, in_money=False)

    assert Evaluator(company, 50, seed=2).measure(policy, repeats=1).eur.shape == (50,)
