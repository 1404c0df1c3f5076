"""Situations taken from others keep their rows together."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from models.domain.history import build_history
from models.domain.journey import Journey
from models.learned.features.situations import Situations


def situations(journey: Journey, n: int) -> Situations:
    row = np.arange(n)
    one = {"customer", "instant", "end", "phase_since", "phases_entered", "phases_reached", "local_ms"}
    columns = {name: row.copy() for name in one} | {"phase": row.astype(np.int32)}
    two = {"phase_lags": row.astype(np.int32), "window_start": row, "attributes": row.astype(np.float64)}
    return Situations(
        history=build_history(journey, [[]] * n),
        **columns,
        **{name: np.stack((values, values), axis=1) for name, values in two.items()},
    )


def test_every_column_follows_the_rows(tiny_journey: Journey) -> None:
    whole = situations(tiny_journey, 5)
    whole = replace(whole, customer_x=np.arange(5, dtype=np.float32)[:, None])

    taken = whole.take(np.array([3, 1]))

    assert len(taken) == 2
    for column in fields(Situations):
        if column.name not in {"history", "trace"}:
            values = getattr(taken, column.name)
            assert values.reshape(2, -1)[:, 0].tolist() == [3, 1], column.name


def test_features_that_nobody_has_built_stay_unbuilt(tiny_journey: Journey) -> None:
    assert situations(tiny_journey, 3).take(slice(0, 2)).customer_x is None


def test_each_by_itself_is_what_is_taken_alone(tiny_journey: Journey) -> None:
    plain = situations(tiny_journey, 4)
    built = replace(plain, customer_x=np.arange(4, dtype=np.float32)[:, None])
    for whole in (plain, built):
        for at, one in enumerate(whole.each()):
            alone = whole.take(slice(at, at + 1))
            for column in fields(Situations):
                mine, its = getattr(one, column.name), getattr(alone, column.name)
                if column.name in ("history", "trace") or its is None:
                    assert mine is its
                else:
                    assert mine.dtype == its.dtype
                    assert mine.tolist() == its.tolist()
