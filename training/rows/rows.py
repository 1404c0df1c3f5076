"""Moments at which something was done or not.

What followed is kept with them, as arrays. With a decision log a row is a logged decision. Without one it is
an exposure (a contact with an action, found in the interactions) or a quiet moment, at which nothing was
done. Labels look forward from the row and say when they cannot be known; everything that looks backward is a
feature and lives elsewhere.

Knows labels; knows nothing of features, splits or models.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import Codes, Floats, Ints
from models.domain.actions import NOTHING
from models.domain.history import DAY_MS
from models.domain.interaction import Kind
from models.domain.journey import Journey
from models.domain.phases import PhaseTrace
from models.errors import TrainingDataError
from models.learned.value.paid_entries import paid_entries, pays_once
from training.config import RowRules
from training.data.encode import Log, treatment_parts
from training.rows.account_phases import AccountPhases
from training.rows.labels import NEVER, logged_outcomes, seen_in_history

UNKNOWN: Final = -1
"""A label that cannot be known: the window or horizon reaches past the end of the log."""


class Draws(Protocol):
    """Gives numbers drawn evenly from [0, 1), such as a generator."""

    def random(self, size: int, /) -> Floats: ...


class RowSource(IntEnum):
    """Where a row comes from."""

    DECISION = 0
    EXPOSURE = 1
    QUIET = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRows:
    """n moments, with what was done and what followed.

    Attributes:
        customer: shape (n,), int64. Position in ``Log.customer_ids``.
        decided_at: shape (n,), int64. Milliseconds since 1970 UTC.
        treatment: shape (n,), int32. Position in ``journey.treatments``.
        action_probability: shape (n,). Of the logging policy; nan where not known.
        source: shape (n,), int8. ``RowSource``.
        stated_phase: shape (n,), int32. What the caller said; -1 none.
        phase: shape (n,), int32. At the decision, the stated one where there is one.
        response: shape (n,), int8. 1 positive within the response window, 0 not, -1 unknown.
        response_known_at: shape (n,), int64. When the window has passed.
        responded_at: shape (n,), int64. When the first positive outcome within the window happened, whether
            or not ``response`` counts it already; ``NEVER`` where none was seen.
        reward: shape (n,). Worth in the journey's currency; nan where unknown.
        next_phase: shape (n,), int32. Phase at the horizon, or the next one entered; -1 unknown.
        next_known_at: shape (n,), int64. When that was known.
        decision: shape (n,), int64. Position in the decision log; -1 where there is none.
    """

    customer: Ints
    decided_at: Ints
    treatment: Codes
    action_probability: Floats
    source: NDArray[np.int8]
    stated_phase: Codes
    phase: Codes
    response: NDArray[np.int8]
    response_known_at: Ints
    responded_at: Ints
    reward: Floats
    next_phase: Codes
    next_known_at: Ints
    decision: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: Any) -> DecisionRows:
        """Some of the rows, by mask or position."""
        return DecisionRows(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @property
    def has_probabilities(self) -> bool:
        """Whether every row was drawn with a known probability."""
        return len(self) > 0 and bool(np.isfinite(self.action_probability).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """Rows before they have labels. ``decision``: position in the decision log, or -1."""

    customer: Ints
    decided_at: Ints
    treatment: Codes
    source: NDArray[np.int8]
    decision: Ints


def make_rows(
    log: Log,
    reward: Any,
    journey: Journey,
    trace: PhaseTrace,
    rules: RowRules,
    rng: np.random.Generator,
) -> DecisionRows:
    """Find the moments and label them.

    Args:
        log: the history and the decision log.
        reward: per logged decision what it was worth, where the source says so, else None.
        journey: windows, positive outcomes, values and the horizon.
        trace: of ``log.history``.
        rules: quiet moments, and what becomes of windows that reach past the log's end.
        rng: draws quiet moments.

    Raises:
        TrainingDataError: nothing was ever done.
    """
    rows = label_rows(log, reward, journey, trace, rules, rng)
    check_something_done(rows)
    return rows


def check_something_done(rows: DecisionRows) -> None:
    """
    Raises:
        TrainingDataError: nothing was ever done.
    """
    if not (rows.treatment > 0).any():
        raise TrainingDataError(
            "no row has an action: expected decisions, or interactions with an action and a touchpoint "
            "that the journey file declares as `contact: true`; check the SQL of decisions and interactions"
        )


def label_rows(
    log: Log,
    reward: Any,
    journey: Journey,
    trace: PhaseTrace,
    rules: RowRules,
    draws: Draws,
) -> DecisionRows:
    """``make_rows`` of some of the customers, among whom perhaps nothing was done.

    Args:
        draws: gives the numbers for the quiet moments of these customers.
    """
    moments = _logged(log) if len(log.decisions) else _found(log, journey, trace, rules, draws)
    response, known_at, responded_at, positive_value = _responses(moments, log, journey, rules)
    accounts = AccountPhases(journey, log)
    of_account = accounts.at(moments.customer, moments.decided_at)
    phase, next_phase, next_known_at = _next_phases(moments, log, journey, trace, accounts, of_account)
    entry = _entry_values(moments, log, journey, trace)
    worth = _worth(moments, journey, response, positive_value, phase, next_phase, entry)
    if reward is not None:
        worth = np.where(moments.decision >= 0, np.asarray(reward)[moments.decision], worth)
    logged = moments.decision >= 0
    probability = np.full(len(logged), np.nan)
    probability[logged] = log.decisions.action_probability[moments.decision[logged]]
    stated = np.full(len(logged), -1, dtype=np.int32)
    stated[logged] = log.decisions.stated_phase[moments.decision[logged]]
    stated = np.where(stated >= 0, stated, of_account)
    return DecisionRows(
        customer=moments.customer,
        decided_at=moments.decided_at,
        treatment=moments.treatment,
        action_probability=probability,
        source=moments.source,
        stated_phase=stated,
        phase=np.where(stated >= 0, stated, phase).astype(np.int32),
        response=response,
        response_known_at=known_at,
        responded_at=responded_at,
        reward=worth,
        next_phase=next_phase,
        next_known_at=next_known_at,
        decision=moments.decision,
    )


def _logged(log: Log) -> _Moments:
    """Decisions that reached the customer; deferred ones never delivered count for nothing."""
    decisions = log.decisions
    rows = np.flatnonzero((decisions.treatment == 0) | (decisions.delivered_at >= 0))
    return _Moments(
        customer=decisions.customer[rows],
        decided_at=decisions.decided_at[rows],
        treatment=decisions.treatment[rows],
        source=np.full(len(rows), RowSource.DECISION, dtype=np.int8),
        decision=rows.astype(np.int64),
    )


def _found(log: Log, journey: Journey, trace: PhaseTrace, rules: RowRules, draws: Draws) -> _Moments:
    owner = np.repeat(np.arange(log.history.n_customers), np.diff(log.history.start))
    parts = [_exposures(log, journey, owner), _sampled(log, rules.quiet_per_customer, draws)]
    if rules.quiet_at_phase_entry:
        parts.append(_phase_entries(trace))
    customer, decided_at, treatment, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((source, decided_at, customer))
    return _Moments(
        customer=customer[order],
        decided_at=decided_at[order],
        treatment=treatment[order],
        source=source[order],
        decision=np.full(len(order), -1, dtype=np.int64),
    )


_Found = tuple[Ints, Ints, Codes, NDArray[np.int8]]


def _moments_of(customer: Any, decided_at: Any, treatment: Any, source: RowSource) -> _Found:
    n = len(customer)
    return (
        np.asarray(customer, dtype=np.int64),
        np.asarray(decided_at, dtype=np.int64),
        np.broadcast_to(np.asarray(treatment, dtype=np.int32), n),
        np.full(n, source, dtype=np.int8),
    )


def _exposures(log: Log, journey: Journey, owner: Ints) -> _Found:
    """Contacts with an action that the journey file has on that channel."""
    history = log.history
    action, channel = treatment_parts(journey)
    table = np.full((len(journey.actions) + 1, len(journey.channels) + 1), -1, dtype=np.int32)
    table[action[1:], channel[1:]] = np.arange(1, len(action))
    treatment = table[history.action, history.channel]
    rows = np.flatnonzero((history.kind == Kind.CONTACT) & (treatment > 0))
    return _moments_of(owner[rows], history.occurred_at[rows], treatment[rows], RowSource.EXPOSURE)


def _sampled(log: Log, per_customer: int, draws: Draws) -> _Found:
    """Moments drawn evenly between a customer's first event and the end of the log."""
    start, times = log.history.start, log.history.occurred_at
    present = np.flatnonzero(np.diff(start) > 0)
    customer = np.repeat(present, per_customer)
    first = times[start[customer]]
    decided_at = (
        first + 1 + (draws.random(len(customer)) * np.maximum(log.end - first - 1, 0)).astype(np.int64)
    )
    return _moments_of(customer, decided_at, 0, RowSource.QUIET)


def _phase_entries(trace: PhaseTrace) -> _Found:
    """One millisecond after each move of a customer to another phase; one of several in an instant."""
    entries = trace.entries()
    last = np.ones(len(entries.instant), dtype=bool)
    same_customer = entries.customer[1:] == entries.customer[:-1]
    last[:-1] = ~same_customer | (entries.instant[1:] != entries.instant[:-1])
    return _moments_of(entries.customer[last], entries.instant[last] + 1, 0, RowSource.QUIET)


def _windows(journey: Journey) -> Ints:
    """Response window per treatment, in milliseconds."""
    return np.array([round(journey.response_window(t.action) * DAY_MS) for t in journey.treatments], np.int64)


def _responses(
    moments: _Moments, log: Log, journey: Journey, rules: RowRules
) -> tuple[NDArray[np.int8], Ints, Ints, Floats]:
    """Response, when it was known, when it came, and what the outcomes within the window were worth."""
    window = _windows(journey)[moments.treatment]
    until = moments.decided_at + window
    if len(log.decisions):
        came, value = logged_outcomes(log.outcomes, moments.decision, until, journey, moments.treatment)
    else:
        came, value = seen_in_history(
            log.history, moments.customer, moments.decided_at, until, journey, moments.treatment
        )
    response = (came < NEVER).astype(np.int8)
    if rules.immature == "drop":
        response[until > log.end] = UNKNOWN
    return response, np.minimum(until, log.end) if rules.immature == "keep" else until, came, value


def _next_phases(
    moments: _Moments,
    log: Log,
    journey: Journey,
    trace: PhaseTrace,
    accounts: AccountPhases,
    of_account: Codes,
) -> tuple[Codes, Codes, Ints]:
    """Phase at the decision, phase at the horizon (or next entered), and when that was known."""
    history = log.history
    end = history.ends(moments.customer, moments.decided_at)
    phase = trace.phase_at(moments.customer, end, moments.decided_at)
    phase = np.where(of_account >= 0, of_account, phase).astype(np.int32)
    horizon_days = journey.objective.horizon_days
    if horizon_days is None:
        if (of_account >= 0).any():
            raise TrainingDataError(
                "objective.horizon_days is `next`, expected a number of days: phases of accounts are known at"
                " moments, not when they are entered; write `horizon_days: 14`, say"
            )
        following, at = trace.next_entry(moments.customer, end, moments.decided_at)
        known = (following >= 0) & (at <= log.end)
        return phase, np.where(known, following, UNKNOWN).astype(np.int32), np.where(known, at, NEVER)
    at = moments.decided_at + round(horizon_days * DAY_MS)
    later = trace.phase_at(moments.customer, history.ends(moments.customer, at), at)
    theirs = accounts.at(moments.customer, at)
    later = np.where(theirs >= 0, theirs, later)
    return phase, np.where(at <= log.end, later, UNKNOWN).astype(np.int32), at


def _entry_values(moments: _Moments, log: Log, journey: Journey, trace: PhaseTrace) -> Floats:
    """EUR that entering each phase would bring after each moment, shape (n, P)."""
    value = np.broadcast_to(
        [phase.value for phase in journey.phases], (len(moments.customer), len(journey.phases))
    )
    once = pays_once(journey)
    if once is None:
        return np.asarray(value)
    end = log.history.ends(moments.customer, moments.decided_at)
    paid = paid_entries(once, trace.states(moments.customer, end, moments.decided_at).reached)
    return np.asarray(value if paid is None else np.where(paid, 0.0, value))


def _worth(
    moments: _Moments,
    journey: Journey,
    response: NDArray[np.int8],
    outcome_value: Floats,
    phase: Codes,
    next_phase: Codes,
    entry: Floats,
) -> Floats:
    """Response's value and outcomes' values, less the contact's cost, plus the entry value of a new phase.

    nan where the response or the next phase is unknown.
    """
    values = [
        0.0 if t.action == NOTHING else journey.actions[journey.action_index[t.action]].value
        for t in journey.treatments
    ]
    costs = [
        0.0 if t.channel is None else journey.channels[journey.channel_index[t.channel]].cost
        for t in journey.treatments
    ]
    worth = (
        response * np.array(values)[moments.treatment] + outcome_value - np.array(costs)[moments.treatment]
    )
    worth = worth + np.where(next_phase != phase, entry[np.arange(len(entry)), next_phase], 0.0)
    worth[(response == UNKNOWN) | (next_phase == UNKNOWN)] = np.nan
    return np.asarray(worth, dtype=np.float64)


def count_by_source(rows: DecisionRows) -> dict[str, int]:
    """Rows of each source, for people."""
    return {source.name.lower(): int((rows.source == source).sum()) for source in RowSource}
