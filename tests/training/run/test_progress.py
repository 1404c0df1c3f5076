"""Stages add up their seconds by name, and say nothing unless a person is watching."""

from __future__ import annotations

import pytest

from training.run.progress import Progress


def test_seconds_of_a_name_add_up() -> None:
    """The clock shows 0, 2, 10 and 13: two seconds and three."""
    times = iter([0.0, 2.0, 10.0, 13.0])
    progress = Progress(clock=lambda: next(times))
    for _ in range(2):
        with progress.stage("fit"):
            pass

    assert progress.seconds == {"fit": 5.0}


def test_a_stage_that_fails_has_no_time() -> None:
    progress = Progress()
    with pytest.raises(ZeroDivisionError), progress.stage("fit"):
        raise ZeroDivisionError

    assert progress.seconds == {}


@pytest.mark.parametrize("shown", [True, False])
def test_lines_are_for_people(capsys: pytest.CaptureFixture[str], shown: bool) -> None:
    times = iter([0.0, 2.0])
    progress = Progress(shown=shown, clock=lambda: next(times))
    with progress.stage("rows") as stage:
        stage.rows = 12_345

    output = capsys.readouterr()
    assert output.out == ""
    assert ("12,345 rows" in output.err) == shown
