"""The world file: names and numbers of a simulated world, read from YAML and checked against its journey.

Knows the file's shape and turns names into the arrays of ``equations.py``; knows nothing of simulating.
The file's fields, with an example: docs/how-to/add-a-world.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import yaml
from marshmallow import Schema, ValidationError, fields, post_load, validate

from models.arrays import Floats
from models.domain.journey import Journey
from models.errors import WorldFileError
from models.journey_file import parse_journey
from models.policy.eligibility.catalogue import Catalogue
from training.simulator.equations import Equations

QUIET = "quiet"
"""The alternative of showing no sign of life, beside the phases, in ``moves``."""


@dataclass(frozen=True, kw_only=True)
class Warmth:
    """What one unit of hidden warmth changes; ``explained``: its correlation with the attributes' score."""

    explained: float = 0.0
    response: float = 0.5
    forward: float = 0.5
    backward: float = -0.3
    quiet: float = -0.4
    browsing: float = 0.4


@dataclass(frozen=True, kw_only=True)
class Fatigue:
    """What one unit of fatigue changes; ``retained``: the share that stays over one step."""

    retained: float = 0.5
    response: float = -0.3
    forward: float = -0.3
    backward: float = 0.2
    quiet: float = 0.3
    browsing: float = -0.1
    unsubscribe: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Taste:
    """Spread of the hidden taste for each channel, and how strongly it scales effects on movement."""

    spread: float = 0.0
    effect: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ChannelTruth:
    """``reach`` scales effects, ``response`` shifts the logit, ``load`` scales fatigue; ``available``: share
    of customers who can be reached; ``touchpoint``: what a response leaves behind."""

    reach: float = 1.0
    response: float = 0.0
    load: float = 1.0
    available: float = 1.0
    touchpoint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Browsing:
    """Touchpoints of an active customer: ``1 + Poisson(rate ...)`` a step, kinds by weight."""

    rate: float = 0.5
    touchpoints: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PhaseTruth:
    """``share`` of customers who start here, ``entry`` touchpoints that brought them, base ``moves``."""

    moves: Mapping[str, float]
    browsing: Browsing
    share: float = 0.0
    entry: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ActionTruth:
    """``response``: base probability by phase; ``moves``: from → to → log-odds; ``slope``: for the warm;
    ``outcome``: the positive outcome it brings, if not the journey's first."""

    response: Mapping[str, float] = field(default_factory=dict)
    moves: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    slope: float = 0.0
    load: float = 1.0
    touchpoint: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class LoggingTruth:
    """How the log was made: see ``policies.LoggingPolicy``."""

    exploration: float = 0.2
    pause: float = 0.4
    sharpness: float = 0.6
    mix_channels: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Chances that an active customer who was contacted and did not respond says no."""

    rejected: float = 0.0
    unsubscribed: float = 0.0


@dataclass(frozen=True, kw_only=True)
class WorldFile:
    """A world file, validated, with the journey it belongs to."""

    name: str
    kind: str
    journey: Journey
    journey_bytes: bytes
    start: datetime
    step_days: float
    warmth: Warmth
    fatigue: Fatigue
    taste: Taste
    channels: Mapping[str, ChannelTruth]
    touchpoints: Mapping[str, str]
    phases: Mapping[str, PhaseTruth]
    signals: Mapping[str, tuple[str, ...]]
    actions: Mapping[str, ActionTruth]
    answers: Answers
    logging: LoggingTruth
    extra: Mapping[str, Any]

    def signal(self, source: str, target: str) -> tuple[str, ...]:
        """Touchpoints that tell of a move; ``source>target`` wins over ``target``."""
        return self.signals.get(f"{source}>{target}", self.signals.get(target, ()))


_Made = TypeVar("_Made")


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


class _WorldSchema(Schema):
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
    extra = fields.Dict(keys=fields.String(), load_default=dict)


def read_world_file(path: Path) -> WorldFile:
    """Read and check a world file and the journey file that it names.

    Raises:
        WorldFileError: with every problem: file, field, what was expected and what came.
        JourneyFileError: the journey file is not valid.
    """
    content = _yaml(path)
    try:
        loaded: dict[str, Any] = _WorldSchema().load(content)
    except ValidationError as error:
        raise _invalid(
            path, [f"field {where}: {text}" for where, text in _flatten(error.messages)]
        ) from error
    journey_path = path.parent / loaded.pop("journey")
    try:
        journey_bytes = journey_path.read_bytes()
    except OSError as error:
        raise _invalid(path, [f"field journey: cannot read {journey_path}: {error.strerror}"]) from error
    world = WorldFile(
        name=path.stem,
        journey=parse_journey(journey_bytes, str(journey_path)),
        journey_bytes=journey_bytes,
        **loaded,
    )
    problems = _mismatches(world)
    if problems:
        raise _invalid(path, problems)
    return world


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise _invalid(path, [f"cannot be read: {error.strerror}; pass --world FILE"]) from error
    except yaml.YAMLError as error:
        raise _invalid(path, [f"is not YAML: {error}"]) from error
    if not isinstance(content, dict):
        raise _invalid(path, ["expected a mapping with class, journey, phases, actions, ..."])
    if isinstance(content.get("start"), datetime):
        content["start"] = content["start"].isoformat()
    base = content.pop("extends", None)
    return content if base is None else _merged(_yaml(path.parent / str(base)), content)


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``base``, mapping by mapping."""
    both = dict(base)
    for key, value in own.items():
        old = both.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        both[key] = _merged(old, value) if nested else value  # type: ignore[arg-type]  # narrowed by `nested`
    return both


def _invalid(path: Path, problems: Sequence[str]) -> WorldFileError:
    lines = [f"WORLD_FILE_INVALID: {path}, {problem}" for problem in problems]
    return WorldFileError("\n".join([*lines, "The fields are described in docs/how-to/add-a-world.md."]))


def _flatten(messages: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, Mapping):
        return [
            found
            for key, inner in messages.items()
            for found in _flatten(inner, path if key in ("key", "value") else f"{path}.{key}".lstrip("."))
        ]
    return [(path or "(file)", str(text)) for text in messages]


def _mismatches(world: WorldFile) -> list[str]:
    """What the world file and the journey file say differently."""
    journey = world.journey
    problems = _names("phases", world.phases, journey.phase_index, complete=True)
    problems += _names("channels", world.channels, journey.channel_index, complete=True)
    problems += _names("actions", world.actions, journey.action_index, complete=True)
    for name, phase in world.phases.items():
        targets = [target for target in phase.moves if target != QUIET]
        problems += _names(f"phases.{name}.moves", targets, journey.phase_index)
        if sum(phase.moves.values()) >= 1:
            problems.append(f"field phases.{name}.moves: expected a sum below 1 (staying is the rest)")
        problems += [
            f"field signals: no touchpoint tells of the move {name} > {target}; add `{target}: [...]`"
            for target in targets
            if target in journey.phase_index and not world.signal(name, target)
        ]
    for name, action in world.actions.items():
        problems += _names(f"actions.{name}.response", action.response, journey.phase_index)
        problems += _names(f"actions.{name}.moves", action.moves, journey.phase_index)
        if action.outcome and name in journey.action_index:
            problems += _names(f"actions.{name}.outcome", [action.outcome], journey.positive_outcomes(name))
        for source, effects in action.moves.items():
            known = [*world.phases[source].moves, source, QUIET] if source in world.phases else []
            problems += _names(f"actions.{name}.moves.{source}", effects, known)
    if abs(sum(phase.share for phase in world.phases.values()) - 1) > 1e-6:
        problems.append("field phases.*.share: expected shares that sum to 1")
    return problems + _untold(world)


def _untold(world: WorldFile) -> list[str]:
    """Touchpoints without a channel in ``touchpoints``."""
    used = {name for names in world.signals.values() for name in names}
    for phase in world.phases.values():
        used |= {*phase.browsing.touchpoints, *phase.entry}
    used |= {c.touchpoint for c in world.channels.values() if c.touchpoint}
    used |= {a.touchpoint for a in world.actions.values() if a.touchpoint}
    missing = [
        f"field touchpoints: {name} is used but has no channel"
        for name in sorted(used - {*world.touchpoints})
    ]
    return missing + _names("touchpoints (channels)", world.touchpoints.values(), world.journey.channel_index)


def _names(where: str, got: Any, known: Any, *, complete: bool = False) -> list[str]:
    problems = [
        f"field {where}: the journey has no {name!r}; it has {[*known]}" for name in got if name not in known
    ]
    if complete:
        problems += [
            f"field {where}: {name!r} of the journey is missing" for name in known if name not in got
        ]
    return problems


def equations_of(world: WorldFile) -> Equations:
    """The coefficients of ``Equations`` from the names and numbers of a world file."""
    journey, catalogue = world.journey, Catalogue.of(world.journey)
    base, forward, backward = _chain(world)
    quiet = np.zeros_like(base)
    quiet[:, -1] = 1.0
    warmth, fatigue = world.warmth, world.fatigue
    actions = [None if a is None else world.actions[a.name] for a in catalogue.actions]
    channels = [None if c is None else world.channels[c.name] for c in catalogue.channels]
    both = list(zip(actions, channels, strict=True))
    return Equations(
        base=base,
        move_warmth=warmth.forward * forward + warmth.backward * backward + warmth.quiet * quiet,
        move_fatigue=fatigue.forward * forward + fatigue.backward * backward + fatigue.quiet * quiet,
        effect=_effects(world, actions, channels),
        forward=forward,
        slope=np.array([0.0 if a is None else a.slope for a in actions]),
        response=_responses(world, actions, channels),
        response_warmth=np.array([0.0 if a is None else warmth.response for a in actions]),
        response_fatigue=fatigue.response,
        taste_effect=world.taste.effect,
        load=np.array([0.0 if a is None or c is None else a.load * c.load for a, c in both]),
        retained=fatigue.retained,
        value=catalogue.value,
        cost=catalogue.cost,
        entry_value=np.array([phase.value for phase in journey.phases]),
        channel=catalogue.channel.astype(np.int64),
    )


def _chain(world: WorldFile) -> tuple[Floats, Floats, Floats]:
    """Base logits, and which alternatives lead forward or backward, each (P, P + 1).

    From the last phase every move is forward: it starts the journey again.
    """
    journey = world.journey
    count = len(journey.phases)
    base = np.full((count, count + 1), -np.inf)
    forward, backward = np.zeros((count, count + 1)), np.zeros((count, count + 1))
    for name, phase in world.phases.items():
        s = journey.phase_index[name]
        base[s, s] = np.log(1.0 - sum(phase.moves.values()))
        for target, probability in phase.moves.items():
            j = count if target == QUIET else journey.phase_index[target]
            base[s, j] = np.log(probability) if probability > 0 else -np.inf
            if target != QUIET:
                (forward if j > s or s == count - 1 else backward)[s, j] = 1.0
    return base, forward, backward


def _effects(
    world: WorldFile, actions: Sequence[ActionTruth | None], channels: Sequence[ChannelTruth | None]
) -> Floats:
    index = world.journey.phase_index
    count = len(index)
    effect = np.zeros((count, len(actions), count + 1))
    for t, (action, channel) in enumerate(zip(actions, channels, strict=True)):
        if action is None or channel is None:
            continue
        for source, targets in action.moves.items():
            for target, log_odds in targets.items():
                effect[index[source], t, index.get(target, count)] = log_odds * channel.reach
    return effect


def _responses(
    world: WorldFile, actions: Sequence[ActionTruth | None], channels: Sequence[ChannelTruth | None]
) -> Floats:
    response = np.full((len(world.journey.phases), len(actions)), -np.inf)
    for t, (action, channel) in enumerate(zip(actions, channels, strict=True)):
        if action is None or channel is None:
            continue
        for phase, probability in action.response.items():
            if 0 < probability < 1:
                odds = np.log(probability / (1 - probability))
                response[world.journey.phase_index[phase], t] = odds + channel.response
    return response
