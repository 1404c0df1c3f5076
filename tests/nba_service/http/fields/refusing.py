"""How a field refuses a value."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError, fields

from nba_service.http.fields import Expected


def refusal(field: fields.Field[Any], value: object) -> tuple[str, str]:
    """The code and the words with which a value is refused."""
    with pytest.raises(ValidationError) as raised:
        field.deserialize(value)
    messages = raised.value.messages
    while not isinstance(messages, list):
        messages = next(iter(messages.values()))
    assert isinstance(messages[0], Expected)
    return messages[0].code, str(messages[0])
