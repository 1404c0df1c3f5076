"""A policy: a journey file and models, ready to decide.

Fitted a moment ago or loaded from a bundle; both decide by the code that the service runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from models.bundle import Bundle, Manifest, Models
from models.bundle import load_bundle as load_files
from models.domain.decision import Decision, RankedTreatment, ScoredCandidate
from models.domain.journey import Journey
from models.errors import RegistryError
from models.policy.decide import decide
from models.policy.engine import Engine
from models.policy.explain.explanation import Explainer, Explanation
from models.registry import Registry
from training.api.moments import requests_of
from training.data.frames import Frame
from training.run.dataset import Dataset

CHAMPION: Final = "champion"

DECISIONS: Final = pa.schema(
    [
        pa.field("customer_id", pa.string()),
        pa.field("decided_at", pa.timestamp("ms", tz="UTC")),
        pa.field("phase", pa.string()),
        pa.field("action", pa.string()),
        pa.field("channel", pa.string()),
        pa.field("action_probability", pa.float64()),
        pa.field("propensity", pa.float64()),
        pa.field("over_nothing", pa.float64()),
        pa.field("over_nothing_low", pa.float64()),
        pa.field("over_nothing_high", pa.float64()),
        pa.field("reason", pa.string()),
        pa.field("decision_id", pa.string()),
    ]
)
"""Columns of what ``Policy.decide`` returns. Money is in the journey's currency."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Policy:
    """A journey file and models that decide.

    Attributes:
        name: the bundle's id, or what a policy that was not published is called.
        manifest: of the bundle; None where it was not published.
        learned_until: the last decision that it learned from; None where that is not known.
    """

    name: str
    journey: Journey
    models: Models
    manifest: Manifest | None = None
    learned_until: datetime | None = None

    @classmethod
    def of(cls, bundle: Bundle) -> Policy:
        """That of a bundle."""
        return cls(
            name=bundle.manifest.bundle_id,
            journey=bundle.journey,
            models=bundle.models,
            manifest=bundle.manifest,
            learned_until=bundle.manifest.provenance.training_until,
        )

    def engine(self) -> Engine:
        """Compiled once for many decisions."""
        return Engine(self.journey, self.models, self.name)

    def decide(
        self,
        moments: Frame,
        dataset: Dataset,
        *,
        at: datetime | None = None,
        channels: Sequence[str] | None = None,
        best: bool = False,
    ) -> Any:
        """Decide for many customers, each in one moment.

        Args:
            moments: a row a decision; see ``requests_of``.
            dataset: where profiles and histories are; what is not before the moment is not seen.
            at: when all are decided; aware.
            channels: only these; None: all.
            best: the action worth most, instead of one drawn as the journey file explores.

        Returns:
            Arrow table with the columns of ``DECISIONS``, a row for each of ``moments``;
            ``.to_pandas()`` and ``polars.from_arrow`` take it.

        Raises:
            NBAError: a column, a name or a time is wrong.
        """
        engine = self.engine()
        asked = requests_of(moments, dataset.tables, self.journey, at, channels)
        return pa.Table.from_pylist([_row(decide(engine, request), best) for request in asked], DECISIONS)

    def explain(
        self, customer_id: str, dataset: Dataset, *, at: datetime, channels: Sequence[str] | None = None
    ) -> Explanation:
        """Why a customer would get what: every candidate with its factors, and who ruled out the others.

        Raises:
            NBAError: as ``decide``.
        """
        moments = {"customer_id": [customer_id]}
        (request,) = requests_of(moments, dataset.tables, self.journey, at, channels)
        return Explainer(self.engine()).explain(request)


def load_bundle(where: Path | str, bundle_id: str = CHAMPION) -> Policy:
    """A published bundle.

    Args:
        where: a registry, or the folder of one bundle; then ``bundle_id`` is not asked for.
        bundle_id: of the registry; ``champion``: the one that decides.

    Raises:
        RegistryError, BundleError: there is none, or it is damaged.
    """
    folder = Path(where)
    if (folder / "manifest.json").is_file():
        return Policy.of(load_files(folder))
    registry = Registry(folder)
    wanted = registry.champion() if bundle_id == CHAMPION else bundle_id
    if wanted is None:
        raise RegistryError(f"no bundle of {folder} decides yet; promote one, or name one of `nba bundles`.")
    return Policy.of(registry.load(wanted))


def _row(decision: Decision, best: bool) -> dict[str, Any]:
    chosen: RankedTreatment | ScoredCandidate = decision.actions[0]
    if best:
        open_to_choice = [each for each in decision.candidates if each.action_probability > 0]
        chosen = max(open_to_choice, key=lambda each: each.value.priority)
    return {
        "customer_id": decision.customer_id,
        "decided_at": decision.decided_at,
        "phase": decision.phase.name,
        "action": chosen.action,
        "channel": chosen.channel,
        "action_probability": chosen.action_probability,
        "propensity": chosen.propensity.value,
        "over_nothing": chosen.value.over_nothing,
        "over_nothing_low": chosen.value.over_nothing_low,
        "over_nothing_high": chosen.value.over_nothing_high,
        "reason": str(decision.reason),
        "decision_id": decision.decision_id,
    }
