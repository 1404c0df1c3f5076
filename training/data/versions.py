"""Attributes as they were at each moment.

Several rows of a customer may say since when they hold.

What a customer is today says nothing of what was known at a decision a year ago; a model that looked at it
would know the future. Rows of ``customers`` with ``valid_from`` say when they became true: each states all
attributes, and holds for decisions after it until the next. Checked tables have one row a customer again,
the newest, and all states in ``attribute_versions``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import AnyInts, Ints, Mask
from models.domain.history import from_iso, to_ms
from models.domain.spans import find_ends

ALWAYS: Final = int(np.iinfo(np.int64).min) // 2
"""The moment from which attributes hold that nobody gave one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """All attributes of a customer from a moment on.

    ``valid_from``: milliseconds since 1970 UTC.
    """

    valid_from: int
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeVersions:
    """Versions of all customers.

    Attributes:
        start: shape (n_customers + 1,). Customer i has the versions ``start[i]:start[i + 1]``.
        valid_from: shape (m,), ascending within each customer.
        attributes: of each version, and ``{}`` last, for who has none yet.
    """

    start: Ints
    valid_from: Ints
    attributes: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, versions: Iterable[Sequence[Version]]) -> AttributeVersions:
        """From those of each customer, in order."""
        each = [sorted(own, key=lambda version: version.valid_from) for own in versions]
        flat = [*chain.from_iterable(each)]
        return cls(
            start=np.cumsum([0, *map(len, each)]).astype(np.int64),
            valid_from=np.array([version.valid_from for version in flat], dtype=np.int64),
            attributes=[*(version.attributes for version in flat), {}],
        )

    def also(self, more: Sequence[Mapping[str, Any]]) -> AttributeVersions:
        """With more attributes of each customer, the same in all their versions."""
        owner = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        own = zip(self.attributes, owner.tolist(), strict=False)
        attributes = [*({**each, **more[customer]} for each, customer in own), {}]
        return AttributeVersions(start=self.start, valid_from=self.valid_from, attributes=attributes)

    def at(self, customer: AnyInts, instant: Ints) -> Ints:
        """Position in ``attributes`` of what held strictly before each moment; shapes (n,)."""
        end = find_ends(self.start, np.maximum(self.valid_from, _EARLY), customer, instant)
        return np.where(end > self.start[customer], end - 1, len(self.attributes) - 1)


_EARLY: Final = to_ms(datetime(1, 1, 2, tzinfo=UTC))


def read_versions(text: str) -> list[Version]:
    """Those of one customer, oldest first, without what is null.

    Raises:
        ValueError: the text is none that ``fold`` writes.
    """
    read = json.loads(text)
    if not isinstance(read, list):
        raise ValueError("expected a JSON list")
    return [_version(each) for each in read]


def versions_of(customers: Any, attributes: Sequence[Mapping[str, Any]]) -> AttributeVersions | None:
    """Of the checked table, or None where nobody has more than what always held.

    Args:
        attributes: of each customer as they are.
    """
    texts = customers.column("attribute_versions")
    if texts.null_count == len(texts):
        return None
    pairs = zip(texts.to_pylist(), attributes, strict=True)
    return AttributeVersions.of(
        [Version(valid_from=ALWAYS, attributes=now)] if text is None else read_versions(text)
        for text, now in pairs
    )


def _version(read: Any) -> Version:
    if not isinstance(read, dict) or {*read} != {"valid_from", "attributes"}:
        raise ValueError("expected objects with valid_from and attributes")
    since, attributes = read["valid_from"], read["attributes"]
    if not isinstance(attributes, dict):
        raise ValueError("expected attributes as an object")
    known = {name: value for name, value in attributes.items() if value is not None}
    return Version(valid_from=ALWAYS if since is None else from_iso(str(since)), attributes=known)


def repeated(table: Any) -> Mask:
    """Rows of a customer and ``valid_from`` that came before."""
    since = pc.fill_null(pc.cast(table.column("valid_from"), pa.int64()), ALWAYS).to_numpy()
    codes = table.column("customer_id").combine_chunks().dictionary_encode().indices
    known = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False)
    _, first = np.unique(np.stack([known, since]), axis=1, return_index=True)
    again = np.ones(table.num_rows, dtype=bool)
    again[first] = False
    return np.asarray(again & (known >= 0))


def fold(table: Any) -> tuple[Any, Mask]:
    """One row a customer, the newest, at the place of the first; and which rows were first."""
    stated = table.column("valid_from").null_count + table.column("attribute_versions").null_count
    if stated == 2 * table.num_rows:
        return table, np.ones(table.num_rows, dtype=bool)
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["customer_id"], []).append(row)
    first = np.zeros(table.num_rows, dtype=bool)
    ids = table.column("customer_id").combine_chunks().dictionary_encode().indices
    first[np.unique(ids.to_numpy(zero_copy_only=False), return_index=True)[1]] = True
    return pa.Table.from_pylist([_folded(own) for own in rows.values()], schema=table.schema), first


def _folded(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    newest = max(rows, key=lambda row: _ms(row["valid_from"]))
    if len(rows) == 1 and newest["valid_from"] is None and newest["attribute_versions"] is None:
        return newest
    versions: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        for version in read_versions(row["attribute_versions"] or "[]"):
            versions[version.valid_from] = version.attributes
    for row in rows:
        versions[_ms(row["valid_from"])] = json.loads(row["attributes"] or "{}")
    states = [
        {"valid_from": _text(since), "attributes": attributes}
        for since, attributes in sorted(versions.items())
    ]
    return {**newest, "attribute_versions": json.dumps(states, ensure_ascii=False)}


def _ms(moment: datetime | None) -> int:
    return ALWAYS if moment is None else to_ms(moment)


def _text(since: int) -> str | None:
    return None if since == ALWAYS else datetime.fromtimestamp(since / 1000, UTC).isoformat()
