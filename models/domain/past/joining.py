"""Kept pasts of several customers as one history.

A few look-ups by array for all of them. Each customer's part is the history that ``PastReader`` gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.arrays import Ints
from models.domain.history import History
from models.domain.journey import Journey
from models.domain.past.details import EventProperties
from models.domain.past.past import Past
from models.domain.past.reading import MANY, PastReader, SortCodes
from models.domain.past.vocabulary import Vocabulary
from models.errors import PastError


def may_join(past: Past) -> bool:
    """Whether a past may be read with others: short, and nothing of it was folded away."""
    return len(past) < MANY and not len(past.totals)


def joined_history(journey: Journey, reader: PastReader, pasts: Sequence[Past]) -> History:
    """The histories of customers, one after the other; ``reader``: of the same journey.

    Raises:
        PastError: a past has been folded, so that its events alone do not tell it.
    """
    if any(len(past.totals) for past in pasts):
        raise PastError("Expected pasts of which nothing was folded. Read the others one by one.")
    codes, first = _codes(journey, reader, {past.vocabulary.text: past.vocabulary for past in pasts})
    start = np.cumsum([0, *(len(past) for past in pasts)], dtype=np.int64)
    sort = _in_a_row([past.sort for past in pasts])
    sort += np.repeat([first[past.vocabulary.text] for past in pasts], np.diff(start))
    return History(
        start=start,
        occurred_at=_in_a_row([past.at for past in pasts]),
        kind=codes.kind.take(sort),
        channel=codes.channel.take(sort),
        touchpoint=codes.touchpoint.take(sort),
        action=codes.action.take(sort),
        phase=codes.phase.take(sort),
        value_cents=_in_a_row([past.cents for past in pasts]),
        touchpoints=codes.touchpoints,
        properties=_properties(pasts),
    )


def _properties(pasts: Sequence[Past]) -> EventProperties | None:
    """What the events tell, if any tells something; each past's texts stand behind those before."""
    if not any(len(past.text) for past in pasts):
        return None
    texts: list[str] = [""]
    codes = [np.zeros(0, dtype=np.uint32)]
    for past in pasts:
        own = past.text + np.uint32(len(texts)) if len(past.text) else np.zeros(len(past), dtype=np.uint32)
        codes.append(own)
        texts += past.texts if len(past.text) else ()
    return EventProperties(texts, np.concatenate(codes))


def _codes(
    journey: Journey, reader: PastReader, vocabularies: Mapping[bytes, Vocabulary]
) -> tuple[SortCodes, dict[bytes, int]]:
    """The codes of several lists of sorts, one after the other, and where each list begins."""
    names, declared = dict(journey.touchpoint_index), len(journey.touchpoint_names)
    parts: list[SortCodes] = []
    first: dict[bytes, int] = {}
    number = 0
    for text, vocabulary in vocabularies.items():
        own = reader.codes(vocabulary)
        if len(own.touchpoints) > declared:
            code = [names.setdefault(name, len(names)) for name in own.touchpoints]
            own = replace(own, touchpoint=np.array(code, dtype=np.int32)[own.touchpoint])
        parts.append(own)
        first[text] = number
        number += len(own.kind)
    return SortCodes(
        kind=np.concatenate([part.kind for part in parts]),
        channel=np.concatenate([part.channel for part in parts]),
        touchpoint=np.concatenate([part.touchpoint for part in parts]),
        action=np.concatenate([part.action for part in parts]),
        phase=np.concatenate([part.phase for part in parts]),
        touchpoints=journey.touchpoint_names if len(names) == declared else tuple(names),
        states=any(part.states for part in parts),
    ), first


def _in_a_row(columns: Sequence[Ints | NDArray[np.uint16]]) -> Ints:
    """Columns of several customers as one; a copy."""
    return np.concatenate(columns, dtype=np.int64, casting="unsafe")
