"""Fields of many values: lists, objects, and the context of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar, Unpack

import orjson
from marshmallow import ValidationError, fields

from nba_service.http.fields.base import Expected, FieldOptions, Given, messages, of_length
from nba_service.http.fields.texts import Locale, Name
from nba_service.http.fields.values import Instant, Number, Scalar

MAX_PROPERTIES_BYTES: Final = 8_192

Item = TypeVar("Item")


class Listed(fields.List[Item]):
    """A list of bounded length."""

    def __init__(
        self, inner: fields.Field[Item], *, maximum: int, minimum: int = 0, **kwargs: Unpack[FieldOptions]
    ) -> None:
        expected = f"a list of {minimum} to {maximum} entries"
        kwargs.setdefault("error_messages", messages(expected))
        super().__init__(inner, validate=of_length(expected, min=minimum, max=maximum), **kwargs)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> list[Item | None]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        self._validate(value)  # the length first: a million bad entries are one problem
        return super()._deserialize(value, attr, data, **kwargs)


class Mapped(fields.Dict):
    """An object of bounded size, with values of one kind."""

    def __init__(self, values: fields.Field[Item], *, maximum: int, **kwargs: Unpack[FieldOptions]) -> None:
        expected = f"an object of at most {maximum} entries"
        kwargs.setdefault("error_messages", messages(expected))
        super().__init__(keys=Name(), values=values, validate=of_length(expected, max=maximum), **kwargs)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        self._validate(value)
        loaded: dict[str, object] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        return loaded


class Properties(fields.Dict):
    """Any JSON object of at most 8 KiB.

    What came with an interaction.
    """

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        self.expected = f"an object of at most {MAX_PROPERTIES_BYTES} bytes"
        kwargs.setdefault("error_messages", messages(self.expected))
        super().__init__(**kwargs)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if len(orjson.dumps(value)) > MAX_PROPERTIES_BYTES:
            raise ValidationError(Expected(self.expected, "FIELD_RANGE", "Send what rules and models read."))
        return value


class RequestContext(fields.Dict):
    """What is known of the situation: flat values by name.

    Three names have a meaning of their own: ``time`` (of the decision, when it is not now), ``locale``, and
    ``weights`` (action or group → factor).
    """

    def __init__(self, **kwargs: Unpack[FieldOptions]) -> None:
        description = (
            "locale, device and other flat values; time: of the decision, when it is not now;"
            " weights: action or group → factor 0 to 100"
        )
        expected = "an object of at most 50 entries"
        kwargs.setdefault("error_messages", messages(expected))
        kwargs.setdefault("metadata", {"description": description})
        super().__init__(**kwargs)
        self._values = Mapped(Scalar(), maximum=50)
        self._weights = Mapped(Number(minimum=0, maximum=100), maximum=200)
        self._locale = Locale(allow_none=True)
        self._time = Instant(allow_none=True)

    def _deserialize(
        self, value: object, attr: str | None, data: Given, **kwargs: object
    ) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        special: Mapping[str, fields.Field[Any]] = {
            "weights": self._weights,
            "locale": self._locale,
            "time": self._time,
        }
        rest = {key: item for key, item in value.items() if key not in special}
        loaded: dict[str, object] = self._values.deserialize(rest)
        for key, field in special.items():
            if value.get(key) is not None:
                try:
                    loaded[key] = field.deserialize(value[key])
                except ValidationError as error:
                    raise ValidationError({key: error.messages}) from None
        return loaded
