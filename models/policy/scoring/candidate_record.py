"""Candidates of a decision as the log keeps them: packed columns.

As JSON twenty candidates take 12 kB and a thousand 630 kB, most of it names. Here names stand once per
catalogue, in a layout that is stored apart; a record says which layout it is of. Action probabilities are
exact. The other figures are kept in single precision, about seven digits, and of the candidates of highest
priority alone where there are very many: working a decision out again gives all of them exactly.

Version 1, little-endian: version uint8, phases uint8, candidates uint32, of them with figures uint16, name of
the layout (16 hexadecimal digits), priority of doing nothing float64; codes uint32, action probabilities
float64, places of those with figures uint32 (left out if all have them), figures float32 (a row each), phases
float32 (a row a candidate).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import orjson

from models.arrays import Floats, Ints
from models.domain.actions import Treatment
from models.errors import NBAError
from models.policy.scoring.scoring import Scores
from models.statistics import NORMAL_90

MOST_WITH_FIGURES: Final = 64

_VERSION: Final = 1
_HEAD: Final = struct.Struct("<BBIH16sd")
_FIGURES: Final = 8
"""Propensity, low, high, evidence, immediate, cost, over nothing, deviation of the priority."""

_DIGITS: Final = 7
_PHASE_DIGITS: Final = 6


class CandidateRecordError(NBAError):
    """A record of candidates cannot be read."""

    code = "CANDIDATES_UNREADABLE"


@dataclass(frozen=True, slots=True)
class CandidateLayout:
    """Names of treatments and phases, in their order.

    ``name``: hash of ``text``, their JSON.
    """

    name: str
    text: str

    @classmethod
    def of(cls, treatments: tuple[Treatment, ...], phases: tuple[str, ...]) -> CandidateLayout:
        pairs = [(treatment.action, treatment.channel) for treatment in treatments]
        text = orjson.dumps({"treatments": pairs, "phases": phases})
        return cls(hashlib.sha256(text).hexdigest()[:16], text.decode())


@dataclass(frozen=True, slots=True)
class PackedCandidates:
    """A record, and the layout that reads it."""

    layout: CandidateLayout
    record: bytes


def pack(layout: CandidateLayout, codes: Ints, probability: Floats, scores: Scores) -> PackedCandidates:
    """A record of candidates, doing nothing first.

    Args:
        codes: shape (k,). Positions in the treatments of the layout.
        probability: shape (k,). Action probabilities in the first slot.
        scores: of the candidates.
    """
    number, kept, places = len(codes), len(codes), b""
    figures = np.concatenate(
        (
            *(scores.propensity, scores.low, scores.high, scores.evidence),
            *(scores.immediate, scores.cost, scores.over_nothing, scores.deviation),
        )
    )
    phases = scores.leads_to
    if number > MOST_WITH_FIGURES:
        best = np.argpartition(scores.priority[1:], number - MOST_WITH_FIGURES)[-(MOST_WITH_FIGURES - 1) :]
        chosen = np.concatenate(([0], np.sort(best) + 1))
        kept, places = len(chosen), chosen.astype("<u4").tobytes()
        figures, phases = figures.reshape(_FIGURES, number)[:, chosen], phases[chosen]
    head = _HEAD.pack(
        _VERSION, phases.shape[1], number, kept, layout.name.encode(), float(scores.priority[0])
    )
    parts = (
        head,
        codes.astype("<u4").tobytes(),
        probability.astype("<f8", copy=False).tobytes(),
        places,
        figures.astype("<f4").tobytes(),
        phases.astype("<f4").tobytes(),
    )
    return PackedCandidates(layout, b"".join(parts))


def layout_of(record: bytes) -> str:
    """The name of the layout that reads a record.

    Raises:
        CandidateRecordError: it is of no version that this code knows.
    """
    return str(_head(record)[4])


def unpack(record: bytes, text: str) -> list[dict[str, Any]]:
    """Candidates as the log shows them; without figures where none are kept.

    Args:
        text: of the layout of that name.

    Raises:
        CandidateRecordError: the record is cut, or of no version that this code knows.
    """
    _, n_phases, number, kept, _, base = _head(record)
    treatments, phases = _names(text)
    at = _HEAD.size
    try:
        codes = np.frombuffer(record, "<u4", number, at)
        probability = np.frombuffer(record, "<f8", number, at := at + codes.nbytes)
        places = np.arange(number)
        at += probability.nbytes
        if kept < number:
            places = np.frombuffer(record, "<u4", kept, at)
            at += places.nbytes
        figures = np.frombuffer(record, "<f4", _FIGURES * kept, at)
        leads_to = np.frombuffer(record, "<f4", n_phases * kept, at + figures.nbytes)
        named = [treatments[code] for code in codes.tolist()]
    except (ValueError, IndexError) as error:
        raise CandidateRecordError(
            f"Expected the candidates of {number} treatments, got {len(record)} bytes that end too early or"
            " name others. The decision can be worked out again: GET /v1/decisions/<id>/replay."
        ) from error
    rows = zip(
        figures.reshape(_FIGURES, kept).T.astype(np.float64).tolist(),
        leads_to.reshape(kept, n_phases).astype(np.float64).tolist(),
        strict=True,
    )
    shown = [
        {"action": action, "channel": channel, "action_probability": chance}
        for (action, channel), chance in zip(named, probability.tolist(), strict=True)
    ]
    for place, (own, after) in zip(places.tolist(), rows, strict=True):
        shown[place] |= _figures(own, base, place == 0) | {
            "leads_to": dict(zip(phases, (round(one, _PHASE_DIGITS) for one in after), strict=True))
        }
    return shown


def _figures(own: Sequence[float], base: float, is_nothing: bool) -> dict[str, Any]:
    propensity, low, high, evidence, immediate, cost, over_nothing, deviation = map(_rounded, own)
    half = 0.0 if is_nothing else NORMAL_90 * deviation
    return {
        "propensity": {"value": propensity, "low": low, "high": high, "evidence": evidence},
        "value": {
            "immediate": immediate,
            "journey": _rounded(base + over_nothing - immediate + cost),
            "cost": cost,
            "priority": _rounded(base + over_nothing),
            "over_nothing": over_nothing,
            "over_nothing_low": _rounded(over_nothing - half),
            "over_nothing_high": _rounded(over_nothing + half),
        },
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _head(record: bytes) -> tuple[int, int, int, int, str, float]:
    if len(record) < _HEAD.size or record[0] != _VERSION:
        raise CandidateRecordError(
            f"Expected candidates of version {_VERSION}, got {len(record)} bytes of"
            f" version {record[0] if record else 'none'}. A newer release wrote them: read them with it."
        )
    version, phases, number, kept, name, base = _HEAD.unpack_from(record)
    return version, phases, number, kept, name.decode(), base


@lru_cache(maxsize=64)
def _names(text: str) -> tuple[list[tuple[str, str | None]], list[str]]:
    value = orjson.loads(text)
    return [(action, channel) for action, channel in value["treatments"]], value["phases"]
