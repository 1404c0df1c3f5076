"""What every schema has in common, and the schema of a refusal."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

import marshmallow as ma
from marshmallow import fields

from nba_service.http.fields import Expected

Loaded: TypeAlias = dict[str, Any]
"""The fields that a schema has read and checked, by attribute; each has the type that its field says."""

MAX_BATCH = 1_000
"""How many decisions, outcomes or interactions one request may carry."""


class Strict(ma.Schema):
    """Refuses unknown fields and says which there are.

    ``parts``: the field whose elements stand alone, of a schema whose bodies are batches.
    """

    parts: ClassVar[str | None] = None

    class Meta:
        unknown = ma.RAISE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        known = ", ".join(field.data_key or name for name, field in self.fields.items())
        self.error_messages = {
            **self.error_messages,
            "unknown": Expected(f"one of the fields {known}", "UNKNOWN_FIELD", "Leave it out."),
            "type": Expected("an object", "FIELD_TYPE"),
        }


class FieldProblemAnswer(Strict):
    field = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemAnswer(Strict):
    """RFC 9457, with a stable ``code`` and the fields that are wrong."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    instance = fields.String()
    errors = fields.List(fields.Nested(FieldProblemAnswer))
