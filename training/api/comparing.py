"""Two policies side by side, from Python."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from models.errors import TrainingDataError
from training.api.policy import Policy
from training.run.dataset import Dataset
from training.studies import compare as study
from training.studies.compare import Comparison, Side

NOTHING: Final = study.NOTHING


def compare(
    a: Policy | str,
    b: Policy | str,
    dataset: Dataset,
    *,
    since: datetime | None = None,
    seed: int | None = None,
) -> Comparison:
    """What ``a`` would have earned more than ``b`` on the same logged decisions.

    Args:
        a, b: policies; ``"nothing"`` for one that never acts.
        since: only decisions later than that; None: later than what either learned from.
        seed: of intervals; None: the configuration's.

    Raises:
        TrainingDataError: there are no such decisions.
        NBAError: the log has names that a journey file does not know.
    """
    acting = next((each for each in (a, b) if isinstance(each, Policy)), None)
    if acting is None:
        raise TrainingDataError(f"expected at least one policy, got {a!r} and {b!r}; load a bundle first.")
    return study.compare(_side(a, acting), _side(b, acting), dataset, since=since, seed=seed)


def _side(policy: Policy | str, other: Policy) -> Side:
    if isinstance(policy, Policy):
        return Side(
            name=policy.name,
            journey=policy.journey,
            models=policy.models,
            manifest=policy.manifest,
            learned_until=policy.learned_until,
        )
    if policy != NOTHING:
        raise TrainingDataError(f"expected a policy or {NOTHING!r}, got {policy!r}; load a bundle first.")
    return Side(name=NOTHING, journey=other.journey, models=None)
