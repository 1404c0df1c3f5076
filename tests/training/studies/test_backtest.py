"""Trainings of the past on the small log, whose best action is known: teasers earn more than chance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.errors import TrainingDataError
from training.run.dataset import Dataset
from training.studies.backtest import AGAINST, Backtest, backtest


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> Backtest:
    return backtest(dataset, 2)


def test_windows_follow_each_other_to_the_end_of_the_log(found: Backtest) -> None:
    first, second = found.windows

    assert first.until == second.cut
    assert first.cut < second.cut < second.until
    assert first.learned_from < second.learned_from, "the second knows more"
    assert first.decisions + second.decisions == 1_800


def test_bundles_earn_more_than_doing_nothing_and_say_by_how_much(found: Backtest) -> None:
    """Web teasers are worth 0.4 less a cent; nobody has given consent to mail."""
    gain = found.more["doing nothing"]

    assert 0.1 < gain.low < gain.high < 0.8
    for window in found.windows:
        assert window.logged is not None
        assert window.earned is not None
        more = window.more["what was done"]
        assert window.earned.value == pytest.approx(window.logged.value + more.value)


def test_the_first_bundle_is_as_good_as_itself(found: Backtest) -> None:
    kept = found.windows[0].more["the first bundle"]

    assert (kept.value, kept.low, kept.high) == (0.0, 0.0, 0.0)


def test_the_verdict_and_json_tell_the_same(found: Backtest) -> None:
    told = found.to_json()

    assert told["verdict"] == found.verdict
    assert found.verdict.startswith("Trained again at each of 2 cuts, it would have earned")
    assert set(told["more"]) == set(AGAINST)


def test_cuts_may_be_stated(dataset: Dataset) -> None:
    cut = datetime(2026, 3, 15, tzinfo=UTC)

    assert [window.cut for window in backtest(dataset, [cut]).windows] == [cut]


@pytest.mark.parametrize(
    ("cuts", "told"),
    [
        (0, "expected at least 1"),
        ([datetime(2027, 1, 1, tzinfo=UTC)], r"expected times within the log \(2026-01-01 to 2026-05-"),
        ([datetime(2026, 3, 1, tzinfo=UTC)] * 2, "several fall on the same moment"),
    ],
)
def test_cuts_outside_of_the_log_are_refused(cuts: int | list[datetime], told: str, dataset: Dataset) -> None:
    with pytest.raises(TrainingDataError, match=told):
        backtest(dataset, cuts)


def test_without_probabilities_only_foresight_is_told(silent: Dataset) -> None:
    found = backtest(silent, 1)

    assert found.more == {}
    assert found.verdict.startswith("The log cannot tell what bundles would have earned: no decision has")
    assert found.windows[0].auc > 0.5
