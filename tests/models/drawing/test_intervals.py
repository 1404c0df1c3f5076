"""Intervals: filled where it is proved, hollow where it is not, words where nothing was measured."""

from __future__ import annotations

from models.drawing.intervals import Value, intervals, ticks


def test_a_proof_is_filled_and_a_guess_is_hollow() -> None:
    drawing = intervals(
        [
            Value(label="sure", value=2.0, low=1.5, high=3.0, proved=True),
            Value(label="not sure", value=1.2, low=0.6, high=2.0),
            Value(label="unknown", value=None, note="too little evidence"),
        ],
        "three",
        reference=1.0,
        odds=True,
    )
    wide = drawing[: drawing.index("</svg>")]

    assert wide.count('class="fa"') == wide.count('class="fs ka w2"') == 1
    assert ">too little evidence</text>" in wide
    assert ">×2</text>" in wide


def test_ticks_are_round_and_inside() -> None:
    assert ticks(-1.2, 10.4) == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert ticks(3, 3) == [3]
    assert ticks(-0.1, 0.1, odds=True) == [1.0]
