"""One feature builder for training and serving.

For millions of decisions at once in training, for one decision in the service. ``situate`` places customers
at moments; ``customer_features`` and ``candidate_features`` turn situations into matrices. A feature sees
only what lies strictly before its moment, and a situation's features do not depend on the others that are
built with it, bit for bit.

Knows the journey, histories and the spec; knows nothing of models, files or HTTP. Columns and their
meaning: docs/reference/features.md. Which there are: ``choose_columns.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from models.arrays import AnyInts, Codes, Floats, Floats32, Ints
from models.domain.clock import utc_offset_ms
from models.domain.history import DAY_MS, History
from models.domain.journey import AttributeType, Journey
from models.domain.phases import PhaseMachine, PhaseStates, PhaseTrace, joined
from models.learned.features.candidate import CandidateFeatures
from models.learned.features.choose_columns import make_spec
from models.learned.features.customer import CustomerFeatures
from models.learned.features.event_columns import EventColumns
from models.learned.features.feedback import FeedbackColumns
from models.learned.features.one_moment import can_walk, place_one, situate_one
from models.learned.features.situations import Situations
from models.learned.features.spec import CONTACT_WINDOWS_DAYS, AttributeColumn, FeatureSpec

__all__ = ["FeatureBuilder", "FeatureSpec", "Situations", "make_spec"]

_TOO_LARGE: Final = 1e38  # for a float32
_NAN: Final = float("nan")


class FeatureBuilder:
    """Builds the columns of a spec for a journey file.

    Made once, then free of any state that matters.
    """

    __slots__ = (
        *("_attributes", "_candidates", "_customers", "_feedback", "_journey", "_windows_ms"),
        *("machine", "spec"),
    )

    def __init__(self, spec: FeatureSpec, journey: Journey, machine: PhaseMachine | None = None) -> None:
        """
        Raises:
            FeatureMismatchError: columns of this spec cannot be built for this journey file.
        """
        spec.check(journey)
        self.spec = spec
        self.machine = PhaseMachine(journey) if machine is None else machine
        self._journey = journey
        windows = tuple(sorted({*CONTACT_WINDOWS_DAYS, *spec.windows_days}))
        events = EventColumns(spec, journey)
        self._windows_ms = np.array([0, *(round(days * DAY_MS) for days in windows)], dtype=np.int64)
        self._customers = CustomerFeatures(spec, events, windows)
        self._candidates = CandidateFeatures(spec, journey, events, windows)
        self._feedback = FeedbackColumns(spec, journey) if spec.feedback else None
        self._attributes = [(column.name, _reader(column)) for column in spec.attributes]

    def attribute_matrix(self, attributes: Sequence[Mapping[str, Any]]) -> Floats:
        """Shape (n, A), float64: numbers, 0 or 1, codes of words; nan is missing, unknown or misfit."""
        if len(attributes) == 1:
            (own,) = attributes
            return np.array([[read(own.get(name)) for name, read in self._attributes]], dtype=np.float64)
        matrix = np.empty((len(attributes), len(self._attributes)))
        for column, (name, read) in enumerate(self._attributes):
            matrix[:, column] = [read(customer.get(name)) for customer in attributes]
        return matrix

    def situate(
        self,
        *,
        history: History,
        customer: AnyInts,
        instant: Ints,
        attributes: Floats,
        time_zones: Sequence[str | None] | None = None,
        stated_phase: Codes | None = None,
        trace: PhaseTrace | None = None,
        attribute_row: AnyInts | None = None,
    ) -> Situations:
        """Place customers at moments.

        Args:
            customer: shape (n,). Positions in the history; any order, any number of moments of one.
            instant: shape (n,), int64. Milliseconds since 1970 UTC.
            attributes: shape (n_customers, A), as ``attribute_matrix`` makes them.
            time_zones: one per customer; None there or altogether: the journey's.
            stated_phase: shape (n,), int32. What the caller says; -1: take it from the history. A phase
                that differs from the history's counts as entered at the moment.
            trace: ``machine.trace(history)`` if it has been made already.
            attribute_row: shape (n,). Where the attributes of each moment stand in ``attributes``, which may
                then hold several states of a customer; None: those of a customer are always the same.

        Raises:
            RuleError: a phase rule failed on an event.
            UnknownNameError: a time zone does not exist.
        """
        if trace is None and len(instant) == 1 and can_walk(history):
            stated = -1 if stated_phase is None else int(stated_phase[0])
            place = place_one(self.machine, history, instant.item(), self._windows_ms, stated)
            told = attributes if len(attributes) == 1 else attributes[customer]
            known = self._known(told, history, customer, place.ends[:1], instant)
            zone = None if time_zones is None else time_zones[0]
            offset = utc_offset_ms(zone or self._journey.time_zone, instant)
            return situate_one(history, customer, instant, place, known, offset)
        ends = history.ends(customer, instant[:, None] - self._windows_ms)
        end = ends[:, 0]
        states = self._states(history, customer, end, instant, trace)
        phase, since, lags, entered = _stated(states, instant, stated_phase)
        own = customer if attribute_row is None else attribute_row
        return Situations(
            history=history,
            customer=customer,
            instant=instant,
            end=end,
            phase=phase,
            phase_since=since,
            phase_lags=lags,
            phases_entered=entered,
            phases_reached=states.reached | np.int64(1) << phase.astype(np.int64),
            window_start=ends[:, 1:],
            attributes=self._known(attributes[own], history, customer, end, instant),
            local_ms=instant + self._offsets(customer, instant, time_zones),
            trace=trace,
        )

    def _known(self, own: Floats, history: History, customer: AnyInts, end: Ints, instant: Ints) -> Floats:
        """Attributes, and what the customers told by then."""
        if self._feedback is None:
            return own
        return np.concatenate([own, self._feedback.build(history, customer, end, instant)], axis=1)

    def _states(
        self, history: History, customer: AnyInts, end: Ints, instant: Ints, trace: PhaseTrace | None
    ) -> PhaseStates:
        walked = history.walked is not None and bool((end >= history.walked[0]).all())
        if history.folded is not None or (trace is None and walked):
            moments = zip(end.tolist(), instant.tolist(), strict=True)
            return joined([self.machine.states_of_one(history, *moment) for moment in moments])
        trace = self.machine.trace(history) if trace is None else trace
        return trace.states(customer, end, instant)

    def customer_features(self, situations: Situations) -> Floats32:
        """Shape (n, F), float32, columns as ``spec.customer_names``; nan is missing or never."""
        return self._customers.build(situations)

    def candidate_features(self, situations: Situations, row: AnyInts, treatment: AnyInts) -> Floats32:
        """Columns as ``spec.candidate_names``; nan is never, or a word that the spec has no code for.

        Args:
            row: shape (m,). Positions in ``situations``.
            treatment: shape (m,). Positions in ``journey.treatments``; 0, doing nothing, has no codes
                and zeros elsewhere.

        Returns:
            Shape (m, G), float32.
        """
        return self._candidates.build(situations, row, treatment)

    def _offsets(self, customer: AnyInts, instant: Ints, time_zones: Sequence[str | None] | None) -> Ints:
        if time_zones is None:
            return utc_offset_ms(self._journey.time_zone, instant)
        zones: dict[str, int] = {}
        default = self._journey.time_zone
        codes = [zones.setdefault(zone or default, len(zones)) for zone in time_zones]
        if len(zones) == 1:
            return utc_offset_ms(next(iter(zones)), instant)
        code = np.array(codes, dtype=np.int32)[customer]
        offsets = np.empty_like(instant)
        for zone, number in zones.items():
            here = np.flatnonzero(code == number)
            offsets[here] = utc_offset_ms(zone, instant[here])
        return offsets


def _stated(states: PhaseStates, instant: Ints, stated: Codes | None) -> tuple[Codes, Ints, Codes, Ints]:
    """Phase, since, lags and moves, where the caller's word wins over the history."""
    if stated is None:
        return states.phase, states.since, states.lags, states.entered
    moved = (stated >= 0) & (stated != states.phase)
    if not moved.any():
        return states.phase, states.since, states.lags, states.entered
    lags = np.stack([states.phase, states.lags[:, 0]], axis=1)
    return (
        np.where(moved, stated, states.phase).astype(np.int32),
        np.where(moved, instant, states.since),
        np.where(moved[:, None], lags, states.lags),
        states.entered + moved,
    )


def _reader(column: AttributeColumn) -> Callable[[Any], float]:
    """Turns one attribute value into its number."""
    if column.type is AttributeType.CATEGORY:
        codes = {word: float(code) for code, word in enumerate(column.values)}
        return lambda value: codes.get(value, _NAN) if isinstance(value, str) else _NAN
    if column.type is AttributeType.BOOLEAN:
        return lambda value: float(value) if isinstance(value, bool) else _NAN
    return _number


def _number(value: object) -> float:
    if type(value) is float or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return float(value) if abs(value) < _TOO_LARGE else _NAN
    return _NAN
