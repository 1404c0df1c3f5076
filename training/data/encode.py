"""Encodes the four tables as a columnar ``History``.

With codes, as phases and features read them. Knows how events come together: interactions, contacts from
delivered decisions, outcomes. Knows nothing of labels (``rows/rows.py``) or of where tables came from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.arrays import Codes, Floats, Ints
from models.domain.actions import NOTHING
from models.domain.history import History, history_from_columns
from models.domain.interaction import Kind
from models.domain.journey import Journey
from training.data.tables import Tables
from training.data.versions import AttributeVersions, versions_of

CONTACT: Final = "contact"
"""Touchpoint of the contact that a delivered decision is."""

_NO_TIME: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Everything that happened, in codes.

    Attributes:
        customer_ids: position → customer.
        attributes: per customer, only those present.
        consents: per customer; flags that are not there are not given.
        time_zones: per customer; None is the journey's.
        history: events of all customers, in the order of ``customer_ids``.
        end: milliseconds since 1970 UTC of the last thing known; what is later is censored.
        decisions: the decision log, aligned with ``Tables.decisions``.
        outcomes: aligned with ``Tables.outcomes``.
        accounts: per customer, None where they are in none; empty where the journey file has no accounts.
        roles: per customer in the account, empty where they have none; as long as ``accounts``.
        versions: attributes as they were; None: they have always been what they are.
    """

    customer_ids: Any
    attributes: Sequence[Mapping[str, Any]]
    consents: Sequence[Mapping[str, bool]]
    time_zones: Sequence[str | None]
    history: History
    end: int
    decisions: LoggedDecisions
    outcomes: LoggedOutcomes
    accounts: Sequence[str | None] = ()
    roles: Sequence[str] = ()
    versions: AttributeVersions | None = None

    def attributes_at(self, customer: int, instant: int) -> Mapping[str, Any]:
        """Attributes of a customer that held before a moment, milliseconds since 1970 UTC."""
        if self.versions is None:
            return self.attributes[customer]
        return self.versions.attributes[int(self.versions.at(np.array([customer]), np.array([instant]))[0])]

    @property
    def all_attributes(self) -> Iterable[Mapping[str, Any]]:
        """Those of every customer, as they are and as they were."""
        return self.attributes if self.versions is None else self.versions.attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDecisions:
    """The decision log in codes.

    ``delivered_at`` is the least int64 where never delivered.
    """

    customer: Ints
    decided_at: Ints
    delivered_at: Ints
    treatment: Codes
    action_probability: Floats
    stated_phase: Codes

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOutcomes:
    """Outcomes in codes.

    ``decision``: position in the decision log; ``outcome`` -1: the default.
    """

    decision: Ints
    outcome: Codes
    occurred_at: Ints
    value: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Events:
    """Events of one source, before they are sorted; names are still text."""

    customer: Ints
    occurred_at: Ints
    kind: NDArray[np.int8]
    channel: Codes
    touchpoint: Any
    action: Codes
    phase: Codes
    value_cents: Ints
    properties: Any


def encode(tables: Tables, journey: Journey) -> Log:
    """The tables in codes; validated tables always fit."""
    customer_ids = tables.customers.column("customer_id").combine_chunks()
    decisions = _decisions(tables.decisions, journey, customer_ids)
    outcomes = _outcomes(tables, journey)
    parts = [
        _interactions(tables.interactions, journey, customer_ids),
        _contacts(decisions, journey),
        _answers(tables.outcomes, outcomes, decisions, journey),
    ]
    attributes: Sequence[Mapping[str, Any]] = _objects(tables.customers.column("attributes"))
    versions = versions_of(tables.customers, attributes)
    accounts, roles = accounts_of(tables.customers, journey)
    known = known_of_accounts(tables.customers, journey, accounts, roles)
    attributes, versions = with_accounts(attributes, versions, known)
    ends = [part.occurred_at.max() for part in parts if len(part.occurred_at)]
    if len(decisions):
        ends.append(decisions.decided_at.max())
    return Log(
        customer_ids=customer_ids,
        attributes=attributes,
        consents=_objects(tables.customers.column("consent")),
        time_zones=tables.customers.column("time_zone").to_pylist(),
        history=_history(parts, journey, len(customer_ids)),
        end=int(max(ends, default=0)),
        decisions=decisions,
        outcomes=outcomes,
        accounts=accounts,
        roles=roles,
        versions=versions,
    )


def accounts_of(customers: Any, journey: Journey) -> tuple[Sequence[str | None], Sequence[str]]:
    """Account and role of each customer; both empty where the journey file has no accounts."""
    if journey.accounts is None:
        return (), ()
    known = {role.name for role in journey.accounts.roles}
    accounts, told = (customers.column(name).to_pylist() for name in ("account_id", "role"))
    pairs = zip(accounts, told, strict=True)
    return accounts, [role if account is not None and role in known else "" for account, role in pairs]


def known_of_accounts(
    customers: Any, journey: Journey, accounts: Sequence[str | None], roles: Sequence[str]
) -> Sequence[Mapping[str, Any]]:
    """What models know of each customer's account; empty where the journey file has no accounts."""
    if journey.accounts is None:
        return ()
    told = _objects(customers.column("account_attributes"))
    return [
        journey.accounts.known(role, {} if account is None else own)
        for account, role, own in zip(accounts, roles, told, strict=True)
    ]


def with_accounts(
    attributes: Sequence[Mapping[str, Any]],
    versions: AttributeVersions | None,
    known: Sequence[Mapping[str, Any]],
) -> tuple[Sequence[Mapping[str, Any]], AttributeVersions | None]:
    """Attributes with those of the account, which models know alike; without accounts as they are."""
    if not known:
        return attributes, versions
    together = [{**each, **own} for each, own in zip(attributes, known, strict=True)]
    return together, None if versions is None else versions.also(known)


def milliseconds(column: Any, missing: int = _NO_TIME) -> Ints:
    """An Arrow column of instants as int64; null is ``missing``."""
    values: Ints = pc.fill_null(pc.cast(column, pa.int64()), missing).to_numpy()
    return values


def codes_of(column: Any, names: Sequence[str]) -> Codes:
    """Position of each text in ``names``; -1 where it is none of them, or null."""
    position = pc.index_in(column, value_set=pa.array([*names], pa.string()))
    codes: Codes = pc.fill_null(position, -1).to_numpy().astype(np.int32)
    return codes


def _objects(column: Any) -> list[Mapping[str, Any]]:
    """JSON objects without what is null; the same text is parsed once."""
    texts = column.combine_chunks().dictionary_encode()
    parsed = [
        {name: value for name, value in json.loads(text).items() if value is not None}
        for text in texts.dictionary.to_pylist()
    ]
    codes = pc.fill_null(texts.indices, -1).to_pylist()
    return [parsed[code] if code >= 0 else {} for code in codes]


def _positions(column: Any, ids: Any) -> Ints:
    position: Ints = pc.index_in(column, value_set=ids).to_numpy().astype(np.int64)
    return position


def _interactions(table: Any, journey: Journey, customer_ids: Any) -> _Events:
    touchpoint = table.column("touchpoint").combine_chunks()
    contact = pc.is_in(touchpoint, value_set=pa.array(sorted(journey.contact_touchpoints), pa.string()))
    return _Events(
        customer=_positions(table.column("customer_id"), customer_ids),
        occurred_at=milliseconds(table.column("occurred_at")),
        kind=np.where(contact.to_numpy(zero_copy_only=False), Kind.CONTACT, Kind.TOUCHPOINT).astype(np.int8),
        channel=codes_of(table.column("channel"), [*journey.channel_index]),
        touchpoint=touchpoint,
        action=codes_of(table.column("action"), [*journey.action_index]),
        phase=codes_of(table.column("phase"), [*journey.phase_index]),
        value_cents=_cents(table.column("value")),
        properties=table.column("properties").combine_chunks(),
    )


def _decisions(table: Any, journey: Journey, customer_ids: Any) -> LoggedDecisions:
    pairs = pc.binary_join_element_wise(
        table.column("action"), pc.fill_null(table.column("channel"), ""), "@", null_handling="replace"
    )
    return LoggedDecisions(
        customer=_positions(table.column("customer_id"), customer_ids),
        decided_at=milliseconds(table.column("decided_at")),
        delivered_at=milliseconds(table.column("delivered_at")),
        treatment=codes_of(pairs, [f"{t.action}@{t.channel or ''}" for t in journey.treatments]),
        action_probability=pc.fill_null(table.column("action_probability"), np.nan).to_numpy(),
        stated_phase=_stated_phases(table.column("context"), journey),
    )


def _stated_phases(context: Any, journey: Journey) -> Codes:
    """The phase that the caller stated in a decision's context; -1 where the history decided."""
    phases = np.full(len(context), -1, dtype=np.int32)
    telling = np.flatnonzero(
        pc.fill_null(pc.match_substring(context, '"phase"'), False).to_numpy(zero_copy_only=False)
    )
    for row in telling.tolist():
        stated = json.loads(context[row].as_py()).get("phase")
        phases[row] = journey.phase_index.get(stated, -1) if isinstance(stated, str) else -1
    return phases


def _contacts(decisions: LoggedDecisions, journey: Journey) -> _Events:
    rows = np.flatnonzero((decisions.delivered_at != _NO_TIME) & (decisions.treatment > 0))
    action, channel = treatment_parts(journey)
    return _Events(
        customer=decisions.customer[rows],
        occurred_at=decisions.delivered_at[rows],
        kind=np.full(len(rows), Kind.CONTACT, dtype=np.int8),
        channel=channel[decisions.treatment[rows]],
        touchpoint=pa.array([CONTACT] * len(rows), pa.string()),
        action=action[decisions.treatment[rows]],
        phase=np.full(len(rows), -1, dtype=np.int32),
        value_cents=np.zeros(len(rows), dtype=np.int64),
        properties=pa.nulls(len(rows), pa.string()),
    )


def _outcomes(tables: Tables, journey: Journey) -> LoggedOutcomes:
    table = tables.outcomes
    ids = tables.decisions.column("decision_id").combine_chunks()
    return LoggedOutcomes(
        decision=_positions(table.column("decision_id"), ids),
        outcome=codes_of(table.column("outcome"), [*journey.outcome_index]),
        occurred_at=milliseconds(table.column("occurred_at")),
        value=pc.fill_null(table.column("value"), 0.0).to_numpy(),
    )


def _answers(table: Any, outcomes: LoggedOutcomes, decisions: LoggedDecisions, journey: Journey) -> _Events:
    of = outcomes.decision
    action, channel = treatment_parts(journey)
    return _Events(
        customer=decisions.customer[of],
        occurred_at=outcomes.occurred_at,
        kind=np.full(len(of), Kind.OUTCOME, dtype=np.int8),
        channel=channel[decisions.treatment[of]],
        touchpoint=table.column("outcome").combine_chunks(),
        action=action[decisions.treatment[of]],
        phase=np.full(len(of), -1, dtype=np.int32),
        value_cents=_cents(table.column("value")),
        properties=table.column("properties").combine_chunks(),
    )


def treatment_parts(journey: Journey) -> tuple[Codes, Codes]:
    """Per treatment its action's and its channel's code; -1 for doing nothing."""
    action = [-1 if t.action == NOTHING else journey.action_index[t.action] for t in journey.treatments]
    channel = [-1 if t.channel is None else journey.channel_index[t.channel] for t in journey.treatments]
    return np.array(action, dtype=np.int32), np.array(channel, dtype=np.int32)


def _cents(column: Any) -> Ints:
    cents: Ints = np.rint(pc.fill_null(column, 0.0).to_numpy() * 100).astype(np.int64)
    return cents


def _history(parts: Sequence[_Events], journey: Journey, n_customers: int) -> History:
    names = pa.chunked_array([part.touchpoint for part in parts]).combine_chunks().dictionary_encode()

    def column(field: str) -> Any:
        return np.concatenate([getattr(part, field) for part in parts])

    return history_from_columns(  # ties in an instant: interactions, contacts, outcomes
        journey=journey,
        n_customers=n_customers,
        customer=column("customer"),
        occurred_at=column("occurred_at"),
        kind=column("kind"),
        channel=column("channel"),
        touchpoint=names.indices.to_numpy().astype(np.int32),
        action=column("action"),
        touchpoints=names.dictionary.to_pylist(),
        phase=column("phase"),
        value_cents=column("value_cents"),
        properties=_properties(parts, journey),
    )


def _properties(parts: Sequence[_Events], journey: Journey) -> list[Mapping[str, Any]] | None:
    """Parsed only where somebody reads them, each distinct text once: millions of them are dear."""
    if not journey.facts and not any("properties" in rule.when for rule in journey.phase_rules):
        return None
    texts = pa.chunked_array([part.properties for part in parts]).combine_chunks().dictionary_encode()
    parsed = [{}, *(json.loads(text) for text in texts.dictionary.to_pylist())]
    codes = pc.fill_null(pc.add(texts.indices, 1), 0).to_pylist()
    return [parsed[code] for code in codes]
