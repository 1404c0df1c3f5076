"""Answers of decisions as SQLite keeps them: compressed.

An answer is two kB of JSON, most of it names that every answer has, so it is compressed with a dictionary of
these. PostgreSQL compresses long rows itself and keeps the text. Knows bytes; knows nothing of decisions.
"""

from __future__ import annotations

import zlib
from typing import Final

from models.errors import NBAError

_LONG: Final = 512
"""Characters from which an answer is compressed."""

_VERSION: Final = b"\x01"
"""Of what follows: a raw deflate stream, with the dictionary below. Another dictionary is another version."""

_DICTIONARY: Final = (
    b'"account":{"account_id":"role":null"blocked":{"REPEAT":"CONSENT_MISSING":"QUIET_HOURS":"PHASE":'
    b'"EXPLORATION","CONTROL_ARM","NOTHING_ELIGIBLE","fallback":"","button":"<p></p>.jpg","decision_id":"'
    b'","customer_id":"c-","decided_at":"2026-11-20T11:00:00Z","expires_at":"2026-11-21T11:00:00Z","phase":{'
    b'"name":"","source":"default","source":"stated","source":"history","since":"2026-06-20T08:00:00Z"},'
    b'"actions":[{"rank":2,"rank":1,"placement":null,"action":"nothing","channel":"email","channel":"website",'
    b'"action_probability":0.97,"propensity":{"value":0.0,"low":0.0,"high":0.1,"evidence":1},"value":{'
    b'"immediate":0.4,"journey":1,"cost":0.02,"priority":1,"over_nothing":0.6,"over_nothing_low":-0.4,'
    b'"over_nothing_high":1},"factors":{"propensity":0.0,"value":5.0,"weight":1.0,"lever":1.0,"cost":0.02,'
    b'"journey_gain":0.6,"share_price":0.0},"leads_to":{"":0.1,"":0.0},"content":{"html":"<p></p>","title":"",'
    b'"body":"","image_url":"https://","click_url":"https://","locale":"en","locale":"de","fallback":""},'
    b'"content":null,"reasons":["HIGHEST_JOURNEY_VALUE"]}],"reason":"ARBITRATION","degraded":false,'
    b'"degraded_by":[],"bundle":"20","journey":"","policy":"inverse_gap-1.0-0.02/","arm":"treatment",'
    b'"currency":"EUR"}'
)


_PACKER: Final = zlib.compressobj(1, zlib.DEFLATED, -12, 5, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
"""Has read the dictionary and compressed nothing; a copy costs less than another one."""


class AnswerRecordError(NBAError):
    """A stored answer cannot be read."""

    code = "ANSWER_UNREADABLE"


def pack_answer(text: str | None) -> str | bytes | None:
    """An answer as it is kept; a short one stays as it is."""
    if text is None or len(text) < _LONG:
        return text
    packer = _PACKER.copy()
    return b"".join((_VERSION, packer.compress(text.encode()), packer.flush()))


def read_answer(kept: object) -> str | None:
    """The answer that is kept.

    Raises:
        AnswerRecordError: it is damaged, or of a version that this code does not know.
    """
    if kept is None or isinstance(kept, str):
        return kept
    if not isinstance(kept, bytes) or kept[:1] != _VERSION:
        raise AnswerRecordError(
            f"Expected an answer of version {_VERSION[0]}, got {kept!r:.20}. A newer release wrote it:"
            " read it with that."
        )
    try:
        reader = zlib.decompressobj(-12, _DICTIONARY)
        text = reader.decompress(kept[1:])
        if not reader.eof or reader.unused_data:
            raise zlib.error("the stream ends too early or too late")
        return text.decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise AnswerRecordError(
            f"Expected an answer, got {len(kept)} bytes that cannot be read ({error}). The decision can be"
            " worked out again: GET /v1/decisions/<id>/replay."
        ) from error
