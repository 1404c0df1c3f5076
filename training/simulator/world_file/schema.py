"""The shape of a world file, as schemas that make its dataclasses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from training.simulator.world_file.truth import (
    ActionTruth,
    Answers,
    Browsing,
    ChannelTruth,
    Fatigue,
    LoggingTruth,
    PhaseTruth,
    Taste,
    Warmth,
)


def _share(**kwargs: Any) -> fields.Float:
    return fields.Float(validate=validate.Range(0.0, 1.0), **kwargs)


def _numbers() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Float())


class _Maker(Schema):
    """A schema that makes the dataclass named in ``makes``."""

    makes: Any = dict

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Any:
        return self.makes(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})


def _floats(dataclass_type: type[Any], shares: Sequence[str] = ()) -> type[Schema]:
    """A schema for a dataclass all of whose fields are numbers."""
    columns = {
        name: _share() if name in shares else fields.Float() for name in dataclass_type.__dataclass_fields__
    }
    return type(f"{dataclass_type.__name__}Schema", (_Maker,), {**columns, "makes": dataclass_type})


class _ChannelSchema(_Maker):
    makes = ChannelTruth
    reach = fields.Float()
    response = fields.Float()
    pressure = fields.Float(data_key="load", attribute="load")  # `load` is a method of schemas
    available = _share()
    touchpoint = fields.String()


class _BrowsingSchema(_Maker):
    makes = Browsing
    rate = fields.Float(validate=validate.Range(0.0))
    touchpoints = fields.Dict(
        keys=fields.String(),
        values=fields.Float(validate=validate.Range(0.0, min_inclusive=False)),
        required=True,
        validate=validate.Length(min=1),
    )


class _PhaseSchema(_Maker):
    makes = PhaseTruth
    share = _share()
    entry = fields.List(fields.String())
    moves = fields.Dict(keys=fields.String(), values=_share(), required=True)
    browsing = fields.Nested(_BrowsingSchema, required=True)


class _ActionSchema(_Maker):
    makes = ActionTruth
    response = fields.Dict(keys=fields.String(), values=_share())
    moves = fields.Dict(keys=fields.String(), values=_numbers())
    slope = fields.Float()
    pressure = fields.Float(data_key="load", attribute="load", validate=validate.Range(0.0))
    touchpoint = fields.String()
    outcome = fields.String()


class WorldSchema(Schema):
    kind = fields.String(data_key="class", required=True)
    journey = fields.String(required=True)
    start = fields.AwareDateTime(required=True, default_timezone=UTC)
    step_days = fields.Float(required=True, validate=validate.Range(0.0, min_inclusive=False))
    warmth = fields.Nested(_floats(Warmth, ["explained"]), load_default=Warmth)
    fatigue = fields.Nested(_floats(Fatigue, ["retained"]), load_default=Fatigue)
    taste = fields.Nested(_floats(Taste), load_default=Taste)
    channels = fields.Dict(keys=fields.String(), values=fields.Nested(_ChannelSchema), required=True)
    touchpoints = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    phases = fields.Dict(keys=fields.String(), values=fields.Nested(_PhaseSchema), required=True)
    signals = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    actions = fields.Dict(keys=fields.String(), values=fields.Nested(_ActionSchema), required=True)
    answers = fields.Nested(_floats(Answers, ["rejected", "unsubscribed"]), load_default=Answers)
    logging = fields.Nested(
        _floats(LoggingTruth, ["exploration", "pause", "sharpness", "mix_channels"]),
        load_default=LoggingTruth,
    )
    tells = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(
            keys=fields.String(),
            values=fields.Dict(
                keys=fields.String(),
                values=fields.Float(validate=validate.Range(0.0, min_inclusive=False)),
                validate=validate.Length(min=1),
            ),
        ),
        load_default=dict,
    )
    extra = fields.Dict(keys=fields.String(), load_default=dict)
