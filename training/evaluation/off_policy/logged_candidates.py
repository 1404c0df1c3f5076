"""Candidates as a decision log tells them.

Its column ``candidates``, read once per distinct text. Knows JSON and the treatments of a journey; knows
nothing of rules or of who chose.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.arrays import Ints, Mask
from models.domain.journey import Journey
from models.errors import TrainingDataError
from training.data.tables import Tables


def candidates_column(tables: Tables) -> Any:
    """Per logged decision the JSON of its candidates; None where the log names none."""
    column = tables.decisions.column("candidates")
    return None if column.null_count == len(column) else column


def logged_candidates(journey: Journey, texts: Any, decision: Ints) -> tuple[Mask, Mask]:
    """What the log says could have been chosen.

    Args:
        texts: Arrow texts, whole or in chunks, one per decision of the log: a JSON list of objects with
            ``action`` and ``channel``, or null. Other members are not read.
        decision: shape (k,). Positions in ``texts``.

    Returns:
        Treatments, shape (k, T), and which of the k decisions have any, shape (k,). Treatments that the
        journey file does not have (any more) are left out.

    Raises:
        TrainingDataError: a text is not such a list.
    """
    coded = _at(texts, decision).dictionary_encode()
    lists = [_mask_of(text, journey) for text in coded.dictionary.to_pylist()]
    none = np.zeros(len(journey.treatments), dtype=bool)
    codes = pc.fill_null(coded.indices, len(lists)).to_numpy(zero_copy_only=False)
    mask: Mask = np.array([*lists, none])[codes]
    stated: Mask = np.asarray(mask.any(axis=1))
    return mask, stated


def _at(texts: Any, position: Ints) -> Any:
    """Some of the texts. Those of a whole log, which may lie in files, are not put together for it."""
    if not isinstance(texts, pa.ChunkedArray):
        return pc.take(texts, pa.array(position))
    start = np.cumsum([0, *(len(chunk) for chunk in texts.chunks)])
    order = np.argsort(position, kind="stable")
    ends = np.searchsorted(position[order], start)
    parts = [
        chunk.take(pa.array(position[order[begin:end]] - first))
        for chunk, first, begin, end in zip(texts.chunks, start, ends[:-1], ends[1:], strict=False)
    ]
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return pa.concat_arrays([pa.array([], texts.type), *parts]).take(pa.array(place))


def _mask_of(text: str, journey: Journey) -> Mask:
    try:
        pairs = [(each["action"], each.get("channel")) for each in json.loads(text)]
        codes = [journey.treatment_index.get(pair, -1) for pair in pairs]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise TrainingDataError(
            "decisions.candidates: expected a JSON list of objects with action and channel, got "
            f"{text[:80]!r} ({type(error).__name__}: {error}). Correct the column, or leave it out: then the "
            "candidates are those that the journey file's rules allow."
        ) from error
    mask = np.zeros(len(journey.treatments), dtype=bool)
    mask[[code for code in codes if code >= 0]] = True
    return mask
