"""The configuration of a training, ``training.yaml``.

Where the data is, how it becomes the four tables, and how to learn from it. Knows the file's shape and says
what is wrong with it, with file, line, field, expectation and remedy. Knows nothing of DuckDB, of the data
itself, or of models. The fields: docs/reference/training-file.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from marshmallow import INCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from models.errors import JourneyFileError, TrainingConfigError
from models.journey_file.problems import Problems
from models.journey_file.yaml_tree import read_yaml

MODELS: Final = ("response", "transition")
TABLES: Final = ("customers", "interactions", "decisions", "outcomes")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files that become one view in SQL.

    ``files``: patterns under the data folder, first match wins.
    """

    files: tuple[str, ...]
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    formats: Mapping[str, str] = field(default_factory=dict)  # column → format of its times
    types: Mapping[str, str] = field(default_factory=dict)  # CSV column → DuckDB type
    number_rows: str | None = None  # a column with the row's number in the file, from 1
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Successive times: train, then calibrate, then test.

    ``calibrate_from`` and ``test_from`` are shares of the rows in time order, or instants. ``by``:
    ``decision`` orders rows by their own time, ``customer_start`` by the customer's first event, so
    that a customer's rows stay together.
    """

    calibrate_from: float | datetime = 0.6
    test_from: float | datetime = 0.8
    by: str = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRules:
    """Which moments become rows.

    ``purge``: drop rows of an earlier part whose response window reaches into a later part.
    ``early_labels``: ``drop`` or ``weigh`` the responses of such rows that had come by then.
    ``immature``: ``drop`` or ``keep`` rows whose response window reaches past the end of the log
    (kept ones count what was seen). The quiet fields are for logs without decisions.
    """

    purge: bool = True
    early_labels: str = "drop"
    immature: str = "drop"
    quiet_per_customer: int = 2
    quiet_at_phase_entry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRules:
    """How features are counted.

    Windows of the counts, in days, and how many undeclared touchpoints get features of their own.
    """

    windows_days: tuple[float, ...] | None = None
    frequent_touchpoints: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A scikit-learn classifier in place of a model's trees.

    Its full name and its constructor's options.
    """

    estimator: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """A named part of the test rows with its own figures.

    Empty filters mean all.
    """

    name: str
    groups: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()  # decision, exposure, quiet


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRules:
    """What the report measures in addition to the time split.

    ``bootstrap``: resamples of customers. ``always``: actions that are compared with our choice, each
    offered whenever it may be. ``journey_decisions``: most decisions in a row that a journey value is over;
    0 or 1: no journey value.
    """

    random_split: bool = False
    subsets: tuple[Subset, ...] = ()
    bootstrap: int = 200
    always: tuple[str, ...] = ()
    journey_decisions: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """A whole ``training.yaml``, validated. ``folder`` is where the file lies."""

    source: str
    folder: Path
    journey: str | None
    time_zone: str | None
    sources: Mapping[str, Source]
    tables: Mapping[str, str]
    views: Mapping[str, str] = field(default_factory=dict)  # SQL the tables share, in order
    split: Split = field(default_factory=Split)
    rows: RowRules = field(default_factory=RowRules)
    features: FeatureRules = field(default_factory=FeatureRules)
    trees: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, ModelChoice] = field(default_factory=dict)  # of MODELS
    evaluation: EvaluationRules = field(default_factory=EvaluationRules)
    seed: int = 20261120
    reject_share: float = 0.01
    effects_in_money: bool = True
    effects_from_champion: bool = False
    refit: bool = False

    @property
    def journey_path(self) -> Path:
        """Where the journey file is: relative to the configuration file."""
        if self.journey is None:
            raise TrainingConfigError(
                f"{self.source} names no journey file, and none was given. "
                "Add `journey: journey.yaml`, or pass --journey FILE."
            )
        return self.folder / self.journey

    def with_journey(self, path: Path) -> TrainingConfig:
        """The same training with another journey file."""
        return replace(self, journey=str(path.absolute()))


class _OneOrMany(fields.List[Any]):
    """A list, or one value standing for a list of one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize([value] if isinstance(value, str) else value, attr, data, **kwargs)


def _relative(pattern: str) -> None:
    if pattern.startswith(("/", "~")) or ".." in Path(pattern).parts or "://" in pattern:
        raise ValidationError(f"expected a pattern inside the data folder, got {pattern!r}")


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"expected a time zone such as Europe/Vienna, got {name!r}") from error


def _identifier(name: str) -> None:
    if not _NAME.match(name):
        raise ValidationError(f"expected letters, digits and underscores, got {name!r}")


class _SourceSchema(Schema):
    files = _OneOrMany(
        fields.String(validate=_relative), data_key="file", required=True, validate=validate.Length(min=1)
    )
    delimiter = fields.String(validate=validate.Length(equal=1))
    encoding = fields.String(validate=validate.Length(1, 40))
    decimal = fields.String(validate=validate.OneOf([".", ","]))
    formats = fields.Dict(keys=fields.String(), values=fields.String(validate=validate.Length(2, 60)))
    types = fields.Dict(
        keys=fields.String(),
        values=fields.String(
            validate=validate.Regexp(r"[A-Za-z0-9_(), ]+\Z", error="expected a DuckDB type")
        ),
    )
    number_rows = fields.String(validate=_identifier)
    optional = fields.Boolean()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Source:
        return Source(**{**data, "files": tuple(data["files"])})


class _ShareOrInstant(fields.Field[Any]):
    """A share of the rows in (0, 1], or an instant with its zone."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float | datetime:
        if isinstance(value, int | float) and not isinstance(value, bool):
            if 0 < value <= 1:
                return float(value)
            raise ValidationError(f"expected a share in (0, 1], got {value}")
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError as error:
            raise ValidationError(f"expected a share or an instant, got {value!r}") from error
        if instant.tzinfo is None:
            raise ValidationError(f"expected an instant with its zone (…Z), got {value!r}")
        return instant


class _SplitSchema(Schema):
    calibrate_from = _ShareOrInstant()
    test_from = _ShareOrInstant()
    by = fields.String(validate=validate.OneOf(["decision", "customer_start"]))

    @validates_schema
    def successive(self, data: dict[str, Any], **_: Any) -> None:
        first, second = data.get("calibrate_from", 0.6), data.get("test_from", 0.8)
        if isinstance(first, float) != isinstance(second, float):
            raise ValidationError("expected two shares or two instants", "test_from")
        if first > second:
            raise ValidationError(f"expected a time after calibrate_from {first}, got {second}", "test_from")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Split:
        return Split(**data)


class _RowsSchema(Schema):
    purge = fields.Boolean()
    early_labels = fields.String(validate=validate.OneOf(["drop", "weigh"]))
    immature = fields.String(validate=validate.OneOf(["drop", "keep"]))
    quiet_per_customer = fields.Integer(strict=True, validate=validate.Range(0, 1000))
    quiet_at_phase_entry = fields.Boolean()

    @validates_schema
    def something_purged(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("early_labels") == "weigh" and not data.get("purge", True):
            raise ValidationError(
                "expected drop, got weigh with `purge: false`, where every label counts as it came; "
                "leave one of the two out",
                "early_labels",
            )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RowRules:
        return RowRules(**data)


class _FeaturesSchema(Schema):
    windows_days = fields.List(fields.Float(validate=validate.Range(0, min_inclusive=False)))
    frequent_touchpoints = fields.Integer(strict=True, validate=validate.Range(0, 1000))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> FeatureRules:
        windows = data.pop("windows_days", None)
        return FeatureRules(windows_days=None if windows is None else tuple(windows), **data)


class _ModelSchema(Schema):
    class Meta:
        unknown = INCLUDE

    estimator = fields.String(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ModelChoice:
        return ModelChoice(estimator=data.pop("estimator"), options=data)


class _SubsetSchema(Schema):
    name = fields.String(required=True)
    groups = fields.List(fields.String())
    actions = fields.List(fields.String())
    sources = fields.List(fields.String(validate=validate.OneOf(["decision", "exposure", "quiet"])))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Subset:
        lists = {key: tuple(value) for key, value in data.items() if key != "name"}
        return Subset(name=data["name"], **lists)


class _EvaluationSchema(Schema):
    random_split = fields.Boolean()
    subsets = fields.List(fields.Nested(_SubsetSchema))
    bootstrap = fields.Integer(strict=True, validate=validate.Range(20, 10_000))
    always = fields.List(fields.String())
    journey_decisions = fields.Integer(strict=True, validate=validate.Range(0, 20))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> EvaluationRules:
        lists: dict[str, Any] = {key: tuple(data[key]) for key in ("subsets", "always") if key in data}
        return EvaluationRules(**{**data, **lists})


class _TablesSchema(Schema):
    customers = fields.String()
    interactions = fields.String(required=True)
    decisions = fields.String()
    outcomes = fields.String()


class _ConfigSchema(Schema):
    journey = fields.String()
    time_zone = fields.String(validate=_zone)
    sources = fields.Dict(
        keys=fields.String(validate=_identifier),
        values=fields.Nested(_SourceSchema),
        required=True,
        validate=validate.Length(min=1),
    )
    views = fields.Dict(keys=fields.String(validate=_identifier), values=fields.String())
    tables = fields.Nested(_TablesSchema, required=True)
    split = fields.Nested(_SplitSchema)
    rows = fields.Nested(_RowsSchema)
    features = fields.Nested(_FeaturesSchema)
    trees = fields.Dict(keys=fields.String())
    models = fields.Dict(
        keys=fields.String(validate=validate.OneOf(MODELS)), values=fields.Nested(_ModelSchema)
    )
    evaluation = fields.Nested(_EvaluationSchema)
    seed = fields.Integer(strict=True, validate=validate.Range(0, 2**31 - 1))
    reject_share = fields.Float(validate=validate.Range(0, 1))
    effects_in_money = fields.Boolean()
    effects_from_champion = fields.Boolean()
    refit = fields.Boolean()


def parse_config(data: bytes, source: str, folder: Path) -> TrainingConfig:
    """Read a ``training.yaml``.

    Args:
        data: the file's bytes, UTF-8.
        source: its name, for messages.
        folder: where it lies; ``journey`` is relative to it.

    Raises:
        TrainingConfigError: every problem, one a line, with file, line, field and remedy.
    """
    try:
        content, problems = read_yaml(data, source)
        if not isinstance(content, dict):
            problems.add((), "expected a mapping with journey, sources and tables; start from an example")
            problems.raise_if_any()
        loaded = _validated(content, problems)
        problems.raise_if_any()
    except JourneyFileError as error:
        raise TrainingConfigError(f"{error}\nSee docs/reference/training-file.md.") from error
    return TrainingConfig(source=source, folder=folder, **{"journey": None, "time_zone": None, **loaded})


def _validated(content: dict[str, Any], problems: Problems) -> dict[str, Any]:
    try:
        return dict(_ConfigSchema().load(content))
    except ValidationError as error:
        for path, text in _flatten(error.messages, ()):
            problems.add(path, text)
        return {}


def read_config(path: Path) -> TrainingConfig:
    """``parse_config`` of a file; a missing file is a ``TrainingConfigError`` too."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrainingConfigError(f"cannot read {path}: {error.strerror}. Pass --config FILE.") from error
    return parse_config(data, str(path), path.parent)


def _flatten(messages: Any, path: tuple[Any, ...]) -> Sequence[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, Mapping):
        return [
            problem
            for key, inner in messages.items()
            for problem in _flatten(inner, path if key in ("value", "key", "_schema") else (*path, key))
        ]
    return [(path, str(text)) for text in messages]
