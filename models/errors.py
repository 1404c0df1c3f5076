"""Errors of the core have one base class and stable codes.

An error names the object, both sides of the mismatch and the next step; the edge maps
``code`` to an HTTP status or an exit code and never has to parse the text.
"""

from __future__ import annotations

from typing import ClassVar


class NBAError(Exception):
    """Something that a person can put right. ``str(error)`` is the whole explanation."""

    code: ClassVar[str] = "NBA_ERROR"


class JourneyFileError(NBAError):
    """The journey file is not valid.

    One line per problem, each with file, line and field.
    """

    code = "JOURNEY_FILE_INVALID"


class RuleError(NBAError):
    """A rule cannot be compiled, or failed while it ran."""

    code = "RULE_INVALID"


class UnknownNameError(NBAError):
    """A name that the journey file does not have.

    Of a phase, channel, action, placement or arm.
    """

    code = "UNKNOWN_NAME"


class HistoryError(NBAError):
    """Interactions that cannot be a history: wrong shapes, times or codes."""

    code = "HISTORY_INVALID"


class PastError(NBAError):
    """A kept past that cannot be read, or that would not fit.

    It is of another version, cut or damaged, or too varied.
    """

    code = "PAST_UNREADABLE"


class FeatureMismatchError(NBAError):
    """A bundle was trained with features that this code does not build."""

    code = "FEATURE_MISMATCH"


class ModelTextError(NBAError):
    """A LightGBM model's text is cut or damaged."""

    code = "MODEL_TEXT_INVALID"


class TrainingDataError(NBAError):
    """There is too little data, or data of the wrong kind."""

    code = "TRAINING_DATA_INVALID"


class BundleError(NBAError):
    """A bundle cannot be used.

    It is damaged, incomplete, of another format, or fails its golden rows.
    """

    code = "BUNDLE_INVALID"


class RegistryError(NBAError):
    """The registry has no such bundle, or an alias points nowhere."""

    code = "REGISTRY_INVALID"


class TrainingConfigError(NBAError):
    """``training.yaml`` is not valid.

    One line per problem, each with file, line and field.
    """

    code = "TRAINING_CONFIG_INVALID"


class WorldFileError(NBAError):
    """A simulator's world file is not valid.

    Names file, field, what was expected and what came.
    """

    code = "WORLD_FILE_INVALID"


class RequestError(NBAError):
    """A decision request that cannot be answered as asked.

    A number or a weight out of range.
    """

    code = "REQUEST_INVALID"


class GateError(NBAError):
    """A bundle that the gate does not let decide.

    Names every check that failed.
    """

    code = "GATE_REFUSED"
