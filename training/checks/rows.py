"""Checks of rows.

What was hardly ever tried, and attributes that know too much or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from models.arrays import AnyFloats, Floats, Ints
from models.policy.eligibility.catalogue import Catalogue
from training.checks.finding import Finding
from training.fit.prepared import Prepared
from training.metrics import auc
from training.rows.rows import UNKNOWN
from training.rows.split import Part

FEWEST_DECISIONS: Final = 50
"""For a treatment in a phase; with fewer its effect there is that of like ones."""
TOO_GOOD: Final = 0.9
"""AUC above which an attribute alone is thought to know the future."""
MOST_ROWS: Final = 20_000
FEWEST_POSITIVE: Final = 50
MOSTLY: Final = 0.99
PRIOR_ROWS: Final = 20.0
MOST_EXAMPLES: Final = 8


def check_rows(prepared: Prepared) -> Iterator[Finding]:
    """Everything that rows say before a model is fitted."""
    yield from _coverage(prepared)
    yield from _leaks(prepared)
    yield from _silent(prepared)


def _coverage(prepared: Prepared) -> Iterator[Finding]:
    """Pairs of phase and treatment that may occur and hardly ever did."""
    journey, learned = prepared.journey, prepared.split.part < Part.TEST
    counts = np.zeros((len(journey.phases), len(journey.treatments)), dtype=np.int64)
    np.add.at(counts, (prepared.situations.phase[learned], prepared.rows.treatment[learned]), 1)
    reached = counts.sum(axis=1) >= FEWEST_DECISIONS
    allowed = Catalogue.of(journey).phases & reached[:, None]
    rare = allowed & (counts < FEWEST_DECISIONS)
    nothing = rare[:, 0].copy()
    rare[:, 0] = False
    if rare.any():
        cells = np.argwhere(rare)
        order = np.argsort(counts[rare], kind="stable")
        yield Finding(
            name="coverage",
            warning=bool(rare.sum() > allowed[:, 1:].sum() / 2),
            sentence=(
                f"{len(cells):,} of {int(allowed[:, 1:].sum()):,} pairs of phase and action that may occur "
                f"have fewer than {FEWEST_DECISIONS} decisions; what these actions do there is taken from "
                "like ones. Let them be drawn more often, or exclude them from those phases."
            ),
            examples=[
                {
                    "phase": journey.phases[phase].name,
                    "action": journey.treatments[treatment].action,
                    "channel": journey.treatments[treatment].channel,
                    "decisions": int(counts[phase, treatment]),
                }
                for phase, treatment in cells[order][:MOST_EXAMPLES].tolist()
            ],
        )
    if nothing.any():
        names = ", ".join(journey.phases[phase].name for phase in np.flatnonzero(nothing).tolist())
        yield Finding(
            name="nobody_left_alone",
            warning=True,
            sentence=(
                f"Hardly anybody was left alone in {names}, so what an action adds there cannot be told "
                "from what would have happened anyway. Leave some customers in peace, drawn at random."
            ),
        )


def _leaks(prepared: Prepared) -> Iterator[Finding]:
    """Attributes that alone tell the answer are mostly written with the answer."""
    rows = prepared.rows
    known = np.flatnonzero(
        (prepared.split.part < Part.TEST) & (rows.response != UNKNOWN) & (rows.treatment > 0)
    )
    at = known[:: max(len(known) // MOST_ROWS, 1)]
    label = rows.response[at].astype(np.int64)
    if min(int(label.sum()), int((1 - label).sum())) < FEWEST_POSITIVE:
        return
    found = []
    for column, name in _attributes(prepared):
        value = np.asarray(prepared.customer_x[at, column], np.float64)
        categorical = column in prepared.spec.customer_categorical
        told = max(_separation(label, value, categorical), _separation(label, np.isnan(value) * 1.0, False))
        if told >= TOO_GOOD:
            found.append({"attribute": name, "auc": round(told, 3)})
    if found:
        found.sort(key=lambda each: -float(str(each["auc"])))
        names = ", ".join(f"{each['attribute']} ({each['auc']:.2f})" for each in found[:MOST_EXAMPLES])
        yield Finding(
            name="attributes_that_know_the_answer",
            warning=True,
            sentence=(
                f"Alone, {names} tell later responders from others (AUC, 0.50 is guessing). Attributes are "
                "those of today: one that is written when somebody responds knows the future. Leave it "
                "out, or make an interaction of it, which has a time."
            ),
            examples=found[:MOST_EXAMPLES],
        )


def _separation(label: Ints, value: AnyFloats, categorical: bool) -> float:
    """AUC of a column alone, whichever way round; missing values in the middle."""
    score = (
        _rates(label, value)
        if categorical
        else np.where(np.isnan(value), np.nanmedian(value) if not np.isnan(value).all() else 0.0, value)
    )
    found = auc(label, score)
    return 0.5 if found != found else max(found, 1.0 - found)


def _rates(label: Ints, value: AnyFloats) -> Floats:
    """Response rate of each category in the other half of the rows, shrunk to the mean."""
    codes = np.where(np.isnan(value), -1, value).astype(np.int64) + 1
    half = np.arange(len(label)) % 2 == 0
    mean = float(label.mean())
    score = np.empty(len(label))
    for mine in (half, ~half):
        count = np.bincount(codes[~mine], minlength=codes.max() + 1)
        positive = np.bincount(codes[~mine], label[~mine], minlength=codes.max() + 1)
        score[mine] = ((positive + PRIOR_ROWS * mean) / (count + PRIOR_ROWS))[codes[mine]]
    return score


def _silent(prepared: Prepared) -> Iterator[Finding]:
    """Attributes that are missing or the same nearly everywhere."""
    silent = []
    for column, name in _attributes(prepared):
        value = prepared.customer_x[:, column]
        missing = float(np.isnan(value).mean())
        present = value[~np.isnan(value)]
        same = float((present == np.median(present)).mean()) if len(present) else 1.0
        if max(missing, same) > MOSTLY:
            silent.append({"attribute": name, "missing": round(missing, 3)})
    if silent:
        names = ", ".join(str(each["attribute"]) for each in silent[:MOST_EXAMPLES])
        yield Finding(
            name="attributes_that_say_nothing",
            warning=False,
            sentence=f"The same or missing in more than {MOSTLY:.0%} of the rows: {names}.",
            examples=silent[:MOST_EXAMPLES],
        )


def _attributes(prepared: Prepared) -> list[tuple[int, str]]:
    prefix = "attribute."
    names: list[Any] = list(prepared.spec.customer_names)
    return [(at, name.removeprefix(prefix)) for at, name in enumerate(names) if name.startswith(prefix)]
