"""Rows of the store become records.

Phases are followed as decisions follow them, responses counted as training counts them. Knows rows, the
journey file and records; knows nothing of databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from models.arrays import Floats, Records
from models.domain.actions import NOTHING
from models.domain.history import CONTACT, OUTCOME
from models.domain.journey import CONTACT_TOUCHPOINT, Journey
from models.domain.phases import PhaseMachine, PhaseTrace
from models.measures.log.facts import DecisionFact, Facts
from models.measures.log.moves import Moves
from models.measures.log.past import Past
from models.measures.log.records import DECISION, EVENT, REFUSAL, Log, Names, customer_hash
from models.measures.log.responses import Responses, Told
from models.measures.log.traits import trait_records


class RecordBuilder:
    """Makes records of people's facts by one journey file."""

    def __init__(self, journey: Journey, names: Names) -> None:
        """``names``: gets what the facts name."""
        self._journey = journey
        self._names = names
        self._machine = PhaseMachine(journey)
        self._phase_codes = names.codes(phase.name for phase in journey.phases)
        self._costs = {channel.name: channel.cost for channel in journey.channels}
        self._past = Past(journey)
        self._responses = Responses(journey)
        self._moves = Moves(journey, names)

    def build(self, facts: Facts) -> Log:
        """The records of all facts, in the order of people and time."""
        place = {person: index for index, person in enumerate(facts.people)}
        hashes = np.array([customer_hash(person) for person in facts.people], dtype=np.uint64)
        told = self._responses.tell(facts)
        history = self._past.history(facts, place, told)
        trace = self._machine.trace(history)
        decisions = self._decisions(facts, place, hashes, trace, told)
        return Log(
            decisions=decisions,
            events=self._events(hashes, trace),
            moves=self._moves.records(hashes, trace),
            refusals=self._refusals(facts, decisions),
            traits=trait_records(self._journey, facts, self._names),
        )

    def _decisions(
        self,
        facts: Facts,
        place: Mapping[str, int],
        hashes: NDArray[np.uint64],
        trace: PhaseTrace,
        told: Sequence[Told],
    ) -> Records:
        records = np.zeros(len(facts.decisions), dtype=DECISION)
        if not len(records):
            return records
        columns: dict[str, Any] = dict(
            zip(DecisionFact._fields, zip(*facts.decisions, strict=True), strict=True)
        )
        owner = np.array([place[person] for person in columns["customer_id"]], dtype=np.int64)
        at = np.array(columns["decided_at"], dtype=np.int64)
        records["customer"], records["at"] = hashes[owner], at
        ends = trace.history.ends(owner, at)
        followed = self._phase_codes[trace.at(owner, ends, at)[0]]
        stated = self._names.codes(columns["phase"])
        records["phase"] = np.where(stated > 0, stated, followed)
        for name in ("action", "channel", "arm", "bundle", "reason", "variant"):
            records[name] = self._names.codes(columns[name])
        records["probability"] = _numbers(columns["probability"])
        records["propensity"] = _numbers(columns["propensity"])
        records["variant_probability"] = _numbers(columns["variant_probability"])
        records["our_probability"] = np.nan
        self._add_told(records, facts.decisions, told)
        return records

    def _add_told(self, records: Records, facts: Sequence[DecisionFact], told: Sequence[Told]) -> None:
        records["until"] = [what.until for what in told]
        records["responded"] = [what.responded for what in told]
        records["value"] = [what.value for what in told]
        for row, (fact, what) in enumerate(zip(facts, told, strict=True)):
            if what.delivered is not None and fact.contacts != "[]":
                contacts = orjson.loads(fact.contacts)
                records["delivered"][row] = what.delivered
                records["contacts"][row] = len(contacts)
                records["cost"][row] = sum(self._costs.get(channel or "", 0.0) for _, channel in contacts)
            if fact.taken:
                ours = orjson.loads(fact.taken)
                for name in ("action", "channel", "arm"):
                    records[f"our_{name}"][row] = self._names.code(ours[name])
                if ours["probability"] is not None:
                    records["our_probability"][row] = ours["probability"]
            if fact.refusals and fact.action == NOTHING:
                most = max(_blocked(fact.refusals), key=lambda pair: pair[2], default=("", "", 0))
                records["drop_out"][row] = self._names.code(most[1])

    def _refusals(self, facts: Facts, decisions: Records) -> Records:
        rows = [
            (*decisions[["customer", "at", "phase", "channel"]][row].item(), tier, code, treatments, -1)
            for row, fact in enumerate(facts.decisions)
            if fact.refusals
            for tier, code, treatments in _coded(self._names, fact.refusals)
        ]
        return np.array(rows, dtype=REFUSAL)

    def _events(self, hashes: NDArray[np.uint64], trace: PhaseTrace) -> Records:
        history = trace.history
        kept = np.flatnonzero(history.kind != OUTCOME)
        owner = np.repeat(np.arange(history.n_customers), np.diff(history.start))[kept]
        records = np.zeros(len(kept), dtype=EVENT)
        at = history.occurred_at[kept]
        records["customer"], records["at"] = hashes[owner], at
        records["touchpoint"] = self._names.codes(history.touchpoints)[history.touchpoint[kept]]
        channels = np.append(self._names.codes(c.name for c in self._journey.channels), 0)
        records["channel"] = channels[history.channel[kept]]
        records["phase"] = self._phase_codes[trace.at(owner, kept, at)[0]]
        records["contact"] = history.kind[kept] == CONTACT
        records["value"] = history.value_cents[kept] / 100
        others: Records = records[records["touchpoint"] != self._names.code(CONTACT_TOUCHPOINT)]
        return others


def _numbers(values: Any) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _blocked(text: str) -> list[tuple[str, str, int]]:
    """Refusals of a decision, but for what was not asked for."""
    return [(tier, code, number) for tier, code, number in orjson.loads(text) if code != "NOT_ASKED"]


def _coded(names: Names, text: str) -> Iterator[tuple[int, int, int]]:
    for tier, code, number in orjson.loads(text):
        yield names.code(tier), names.code(code), number
