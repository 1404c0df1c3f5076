"""Positive outcomes within the window, and their worth.

From the outcomes of logged decisions, each naming its decision; or, in a log without decisions, from
the history: a touchpoint that has a positive outcome's name counts for each contact before it whose
window it falls in. Knows nothing of how rows were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.arrays import Codes, Floats, Ints, Mask
from models.domain.history import History
from models.domain.interaction import Kind
from models.domain.journey import Journey
from models.domain.spans import find_ends
from training.data.encode import LoggedOutcomes

NEVER: Final = int(np.iinfo(np.int64).max)
"""The moment of what did not happen."""


def logged_outcomes(
    outcomes: LoggedOutcomes, decision_of_row: Ints, until: Ints, journey: Journey, treatment: Codes
) -> tuple[Ints, Floats]:
    """Outcomes that name the decision.

    Args:
        outcomes: in codes, each with the position of its decision in the log.
        decision_of_row: shape (n,). Position in the decision log, ascending.
        until: shape (n,). The last moment at which an outcome counts.
        journey: which outcomes are positive for which action, and their values.
        treatment: shape (n,).

    Returns:
        When the first positive outcome in time happened (``NEVER``: there was none), and the sum of values of
        all outcomes in time.
    """
    n = len(decision_of_row)
    row = np.clip(np.searchsorted(decision_of_row, outcomes.decision), 0, max(n - 1, 0))
    counts = np.flatnonzero(
        (decision_of_row[row] == outcomes.decision) & (outcomes.occurred_at <= until[row])
    )
    row, outcome, value = row[counts], outcomes.outcome[counts], outcomes.value[counts]
    own = np.array([o.value for o in journey.outcomes] + [0.0])
    positive = _positive_table(journey)[treatment[row], outcome]
    responded_at = np.full(n, NEVER)
    np.minimum.at(responded_at, row[positive], outcomes.occurred_at[counts[positive]])
    worth: Floats = np.bincount(row, weights=value + own[outcome], minlength=n).astype(np.float64)
    return responded_at, worth


def seen_in_history(
    history: History, customer: Ints, decided_at: Ints, until: Ints, journey: Journey, treatment: Codes
) -> tuple[Ints, Floats]:
    """Touchpoints with a positive outcome's name, strictly after the moment and within its window.

    Shapes (n,): when the first one happened, or ``NEVER``, and the value of the outcome reached, once.
    """
    responded_at = np.full(len(customer), NEVER)
    value = np.zeros(len(customer))
    owner = np.repeat(np.arange(history.n_customers), np.diff(history.start))
    for names, treatments in _treatments_by_outcomes(journey).items():
        codes = [code for code, name in enumerate(history.touchpoints) if name in names]
        rows = np.flatnonzero(np.isin(treatment, treatments))
        events = np.flatnonzero(np.isin(history.touchpoint, codes) & (history.kind != Kind.CONTACT))
        if not len(rows) or not len(events):
            continue
        first = _first_after(events, owner, history, customer[rows], decided_at[rows])
        hit = np.flatnonzero(first >= 0)
        hit = hit[history.occurred_at[first[hit]] <= until[rows[hit]]]
        responded_at[rows[hit]] = history.occurred_at[first[hit]]
        own = np.array([_value_of(name, journey) for name in history.touchpoints])
        value[rows[hit]] = own[history.touchpoint[first[hit]]] + history.value_cents[first[hit]] / 100
    return responded_at, value


def _first_after(events: Ints, owner: Ints, history: History, customer: Ints, instant: Ints) -> Ints:
    """Index of the first of ``events`` strictly after each moment; -1 where there is none."""
    start = np.searchsorted(owner[events], np.arange(history.n_customers + 1)).astype(np.int64)
    position = find_ends(start, history.occurred_at[events], customer, instant + 1)
    present = position < start[customer + 1]
    return np.where(present, events[np.minimum(position, len(events) - 1)], -1)


def _positive_table(journey: Journey) -> Mask:
    """(treatments, outcomes + 1): whether the outcome is a positive response; the last column is none."""
    table = np.zeros((len(journey.treatments), len(journey.outcomes) + 1), dtype=bool)
    for row, treatment in enumerate(journey.treatments):
        for name in journey.positive_outcomes(treatment.action):
            table[row, journey.outcome_index[name]] = True
    return table


def _treatments_by_outcomes(journey: Journey) -> dict[frozenset[str], Sequence[int]]:
    groups: dict[frozenset[str], list[int]] = {}
    for index, treatment in enumerate(journey.treatments):
        groups.setdefault(journey.positive_outcomes(treatment.action), []).append(index)
    return dict(groups)


def _value_of(name: str, journey: Journey) -> float:
    index = journey.outcome_index.get(name)
    return 0.0 if index is None else journey.outcomes[index].value
