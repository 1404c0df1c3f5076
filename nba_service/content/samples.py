"""Made-up customers that a text has to stand.

Nobody we know, extremes, markup in names, each gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.domain.journey import Attribute, AttributeType, Journey

_MARKUP: Final = '<b onclick="x()">O\'Brien & Söhne</b> {{ 7 | times: 7 }}'
_LONG: Final = "Maximiliane-Friederike von und zu Hohenstein-Waldersee " * 4
_UNBOUNDED: Final = 1_000_000.0
_WORD: Final = "Ada"
_DAY: Final = "2026-03-09"


@dataclass(frozen=True, slots=True)
class Sample:
    """A customer to try texts on.

    ``usual``: worth a look in the preview.
    """

    name: str
    attributes: Mapping[str, object]
    usual: bool = True


def made_up(journey: Journey) -> list[Sample]:
    """Customers at the edges of what the journey file allows."""
    attributes = journey.attributes
    usual = {attribute.name: _usual(attribute) for attribute in attributes}
    gaps = [
        Sample(
            f"{attribute.name} not known",
            {k: v for k, v in usual.items() if k != attribute.name},
            usual=False,
        )
        for attribute in attributes
    ]
    return [
        Sample("nothing known", {}),
        Sample("everything known", usual),
        Sample(
            "all at their least", {attribute.name: _edge(attribute, least=True) for attribute in attributes}
        ),
        Sample(
            "all at their most", {attribute.name: _edge(attribute, least=False) for attribute in attributes}
        ),
        Sample("markup in texts", {**usual, **{o.name: _MARKUP for o in attributes if _is_word(o)}}),
        *gaps,
    ]


def read_customers(rows: Sequence[object]) -> list[Sample]:
    """From ``[{"name": …, "attributes": {…}}, …]``.

    Raises:
        ValueError: a row has another form.
    """
    samples = []
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("attributes"), dict):
            raise ValueError(f"customer {index}: expected name and attributes")
        samples.append(Sample(str(row.get("name", f"customer {index}"))[:80], row["attributes"]))
    return samples


def _usual(one: Attribute) -> object:
    if one.type is AttributeType.NUMBER:
        low, high = _span(one)
        value = low + (high - low) * 0.25
        return rounded if low <= (rounded := round(value, 1)) <= high else value
    if one.type is AttributeType.TEXT:
        return _DAY if _is_day(one) else _WORD
    return _edge(one, least=False)


def _span(one: Attribute) -> tuple[float, float]:
    """The bounds of a number; a missing one is 0, or 100 away from the other."""
    low, high = one.minimum, one.maximum
    if low is None:
        low = 0.0 if high is None or high >= 0 else high - 100
    return low, low + 100 if high is None else high


def _edge(one: Attribute, *, least: bool) -> object:
    if one.type is AttributeType.NUMBER:
        bound = one.minimum if least else one.maximum
        return bound if bound is not None else (-_UNBOUNDED if least else _UNBOUNDED)
    if one.type is AttributeType.BOOLEAN:
        return not least
    if one.type is AttributeType.CATEGORY:
        return (one.values or ("word",))[0 if least else -1]
    if _is_day(one):
        return "1999-01-01" if least else "2099-12-31"
    return "A" if least else _LONG.strip()


def _is_word(one: Attribute) -> bool:
    return one.type is AttributeType.TEXT and not _is_day(one)


def _is_day(one: Attribute) -> bool:
    """By its label, since texts have no format: a day is written YYYY-MM-DD."""
    return one.type is AttributeType.TEXT and "YYYY-MM-DD" in one.label
