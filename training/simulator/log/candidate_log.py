"""Candidates of simulated decisions, as the decision log tells them.

What else could have been chosen. Knows bits and JSON; knows nothing of why a treatment was eligible. Few
distinct sets are met many times, so each is written as JSON once. Only with them can the log be judged: a
policy that is put in the place of the one that made the log may choose among the same treatments, not among
those that other rules allow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.arrays import Mask
from models.domain.actions import Treatment

Bits = NDArray[np.uint8]

_ROWS: Final = 262_144  # texts per chunk: below the 2 GiB that one Arrow array of texts may hold


def pack(eligible: Mask) -> Bits:
    """Eight treatments a byte: shape (n, ceil(T / 8)) from (n, T)."""
    return np.packbits(eligible, axis=1)


def candidate_texts(bits: Bits, treatments: Sequence[Treatment]) -> Any:
    """JSON list of ``{"action", "channel"}`` per row of packed bits: an Arrow chunked array of texts.

    Example:
        >>> candidate_texts(pack(np.array([[True, False]])), (Treatment("nothing", None),)).to_pylist()
        ['[{"action":"nothing","channel":null}]']
    """
    rows, width = bits.shape
    buffer = pa.py_buffer(np.ascontiguousarray(bits))
    coded = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), rows, [None, buffer]).dictionary_encode()
    parts = [
        json.dumps({"action": each.action, "channel": each.channel}, separators=(",", ":"))
        for each in treatments
    ]
    distinct = np.frombuffer(b"".join(coded.dictionary.to_pylist()), np.uint8).reshape(-1, width)
    masks = np.unpackbits(distinct, axis=1, count=len(parts))
    texts = [f"[{','.join(parts[code] for code in np.flatnonzero(mask))}]" for mask in masks]
    whole = pa.DictionaryArray.from_arrays(coded.indices, pa.array(texts, pa.string()))
    chunks = [whole.slice(begin, _ROWS).cast(pa.string()) for begin in range(0, rows, _ROWS)]
    return pa.chunked_array(chunks, pa.string())
