"""Requests for decisions, from a frame of customers and moments.

Histories and profiles come from the tables. Knows the four tables and what a request is; decides nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from models.domain.actions import NOTHING
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.domain.interaction import Customer, Interaction, Kind
from models.domain.journey import Journey
from models.errors import TrainingDataError
from training.data.encode import CONTACT
from training.data.frames import Frame, to_arrow
from training.data.tables import Tables
from training.data.versions import Version, read_versions

_KNOWN: Final = ("customer_id", "decided_at", "decision_id", "phase")


def requests_of(
    moments: Frame,
    tables: Tables,
    journey: Journey,
    at: datetime | None = None,
    channels: Sequence[str] | None = None,
) -> Iterator[DecisionRequest]:
    """One request for each row of ``moments``, in its order.

    Args:
        moments: a row a decision: ``customer_id``; ``decided_at`` (with a zone) unless ``at`` is given;
            ``decision_id``, which seeds the draw, and ``phase``, which wins over the history, if known.
        tables: profiles and histories; customers who are not in them have none.
        at: when all are decided; aware.
        channels: only these; None: all.

    Raises:
        TrainingDataError: a column is missing, not known or not of its type.
    """
    asked = _checked(to_arrow(moments, "moments"), at)
    ids = asked.column("customer_id").combine_chunks()
    customers, histories = _customers(tables, ids), _histories(tables, journey, ids)
    versions = _versions(tables, ids)
    for row in asked.to_pylist():
        who, when = row["customer_id"], row.get("decided_at") or at
        if when is None:
            raise TrainingDataError(f"moments: customer {who!r} has no decided_at, and there is no at=.")
        yield DecisionRequest(
            decision_id=row.get("decision_id") or f"{who}/{when.isoformat()}",
            customer=_as_of(customers[who], versions.get(who), when)
            if who in customers
            else Customer(customer_id=who),
            decided_at=when.astimezone(UTC),
            interactions=tuple(histories.get(who, ())),
            channels=None if channels is None else tuple(channels),
            stated_phase=row.get("phase"),
        )


def _checked(asked: Any, at: datetime | None) -> Any:
    names = asked.column_names
    unknown = [name for name in names if name not in _KNOWN]
    if "customer_id" not in names or unknown:
        raise TrainingDataError(
            f"moments: expected columns customer_id and perhaps {', '.join(_KNOWN[1:])}, "
            f"got {', '.join(names)}; leave other columns out."
        )
    if at is not None and at.tzinfo is None:
        raise TrainingDataError(f"at: expected a time with its zone, got {at.isoformat()}.")
    if "decided_at" in names:
        kind = asked.schema.field("decided_at").type
        if not (pa.types.is_timestamp(kind) and kind.tz):
            raise TrainingDataError(
                f"moments: expected decided_at as times with a zone, got {kind}; convert it, or pass at=."
            )
    elif at is None:
        raise TrainingDataError("moments: expected a column decided_at, or at=, and got neither.")
    texts = [name for name in names if name != "decided_at"]
    return asked.set_column(
        names.index("customer_id"), "customer_id", pc.cast(asked.column("customer_id"), pa.string())
    ).select([*texts, *(["decided_at"] if "decided_at" in names else [])])


def _customers(tables: Tables, ids: Any) -> dict[str, Customer]:
    return {
        row["customer_id"]: Customer(
            customer_id=row["customer_id"],
            attributes=_object(row["attributes"]),
            consent=_object(row["consent"]),
            locale=row["locale"],
            time_zone=row["time_zone"],
        )
        for row in _of(tables.customers, ids)
    }


def _versions(tables: Tables, ids: Any) -> dict[str, list[Version]]:
    """Attributes as they were, oldest first, of those whose rows say since when they hold."""
    return {
        row["customer_id"]: read_versions(row["attribute_versions"])
        for row in _of(tables.customers, ids)
        if row["attribute_versions"] is not None
    }


def _as_of(customer: Customer, versions: Sequence[Version] | None, when: datetime) -> Customer:
    if versions is None:
        return customer
    held = [version.attributes for version in versions if version.valid_from < to_ms(when)]
    return replace(customer, attributes=held[-1] if held else {})


def _object(text: str | None) -> dict[str, Any]:
    return {} if text is None else {name: v for name, v in json.loads(text).items() if v is not None}


def _of(table: Any, ids: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.filter(
        pc.is_in(table.column("customer_id"), value_set=ids)
    ).to_pylist()
    return rows


def _histories(tables: Tables, journey: Journey, ids: Any) -> dict[str, list[Interaction]]:
    """Everything that happened with each customer: interactions, delivered contacts, outcomes."""
    found: dict[str, list[Interaction]] = defaultdict(list)
    for row in _of(tables.interactions, ids):
        contact = row["touchpoint"] in journey.contact_touchpoints
        found[row["customer_id"]].append(
            Interaction(
                occurred_at=row["occurred_at"],
                channel=row["channel"],
                touchpoint=row["touchpoint"],
                kind=Kind.CONTACT if contact else Kind.TOUCHPOINT,
                action=row["action"],
                phase=row["phase"],
                value=row["value"] or 0.0,
                properties=_object(row["properties"]),
            )
        )
    decisions = {row["decision_id"]: row for row in _of(tables.decisions, ids)}
    for row in decisions.values():
        if row["action"] != NOTHING and row["delivered_at"] is not None:
            found[row["customer_id"]].append(_event(row, row["delivered_at"], CONTACT, Kind.CONTACT, 0.0))
    of_these = pc.is_in(tables.outcomes.column("decision_id"), value_set=pa.array(decisions, pa.string()))
    for row in tables.outcomes.filter(of_these).to_pylist():
        decision = decisions[row["decision_id"]]
        event = _event(decision, row["occurred_at"], row["outcome"], Kind.OUTCOME, row["value"] or 0.0)
        found[decision["customer_id"]].append(event)
    return found


def _event(decision: Any, at: datetime, touchpoint: str, kind: Kind, value: float) -> Interaction:
    return Interaction(
        occurred_at=at,
        channel=decision["channel"],
        touchpoint=touchpoint,
        kind=kind,
        action=decision["action"],
        value=value,
    )
