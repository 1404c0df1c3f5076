"""What a bundle holds, in memory and as files.

Knows which model lives in which files; knows nothing of disks or hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.bundle.manifest import Manifest
from models.domain.journey import Journey
from models.errors import BundleError
from models.learned.advantage.served import ServedAdvantage
from models.learned.features.spec import FeatureSpec
from models.learned.response.model import ResponseModel
from models.learned.satisfaction import SatisfactionModel
from models.learned.transition.model import TransitionModel
from models.learned.value.model import JourneyValue

JOURNEY_FILE: Final = "journey.yaml"
FEATURES_FILE: Final = "features.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """All that was learned, and the features that it was learned from.

    ``advantage``: what treatments add to doing nothing, learned directly in money; None where the log speaks
    for response, phases and their values, or where an older version trained. ``satisfaction``: what they
    change in the next score that customers tell; None where the journey file asks for none, or few told any.
    """

    spec: FeatureSpec
    response: ResponseModel
    transition: TransitionModel
    value: JourneyValue
    advantage: ServedAdvantage | None = None
    satisfaction: SatisfactionModel | None = None

    def to_files(self) -> dict[str, bytes]:
        """Name → bytes; the same models give the same bytes."""
        return {
            FEATURES_FILE: self.spec.to_json().encode(),
            **self.response.to_files(),
            **self.transition.to_files(),
            **self.value.to_files(),
            **({} if self.advantage is None else self.advantage.to_files()),
            **({} if self.satisfaction is None else self.satisfaction.to_files()),
        }

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Models:
        """What ``to_files`` gave.

        Raises:
            BundleError: a file is missing or not what it should be.
            FeatureMismatchError: this code builds other features.
        """
        if FEATURES_FILE not in files:
            raise BundleError(f"The bundle lacks {FEATURES_FILE}; it has {sorted(files)}. Publish it again.")
        return cls(
            spec=FeatureSpec.from_json(files[FEATURES_FILE].decode()),
            response=ResponseModel.from_files(files),
            transition=TransitionModel.from_files(files),
            value=JourneyValue.from_files(files),
            advantage=ServedAdvantage.from_files(files),
            satisfaction=SatisfactionModel.from_files(files),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A verified bundle, ready to decide with."""

    manifest: Manifest
    journey: Journey
    models: Models
