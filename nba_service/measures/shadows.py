"""What the shadow would have earned, by the decisions it saw.

It never decided, so its value is estimated from what was done, by exact probabilities of both sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.arrays import Ints, Mask, Records
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy
from models.measures.apprentice import by_callers
from models.measures.customers import within
from models.measures.log.records import Names, customers_in
from models.measures.off_policy import policy_estimate
from models.registry import Trial
from nba_service.measures.questions import Question
from nba_service.measures.reading import Reading


def shadow_estimate(reading: Reading, journey: Journey, question: Question, trial: Trial) -> dict[str, Any]:
    """The estimate as JSON values.

    ``decisions``: of the learned arms since the trial began; ``looked_at``: that the shadow decided, too.
    """
    names, hide = reading.names, question.hide_below
    since = int(np.datetime64(trial.since.replace("Z", "").removesuffix("+00:00"), "ms").astype(np.int64))
    decisions = within(reading.log.decisions, max(reading.since, since), reading.until)
    decisions = decisions[_learned(decisions, journey, names)]
    if question.phase is not None:
        decisions = decisions[decisions["phase"] == names.find(question.phase)]
    shadows = reading.log.shadows[reading.log.shadows["bundle"] == names.find(trial.bundle)]
    row, known = _rows(decisions, shadows)
    looked_at, choice = decisions[known], shadows[row[known]]
    failed = choice["failed"] > 0
    well, own = looked_at[~failed], choice[~failed]
    judged = (well["until"] <= reading.now) & (well["probability"] > 0)
    same = (well["action"] == own["action"]) & (well["channel"] == own["channel"])
    hidden = 0 < customers_in(well) < hide
    found = policy_estimate(
        (well["value"] - well["cost"])[judged],
        well["probability"][judged],
        own["probability"][judged],
        well["customer"][judged],
    )
    return {
        "bundle": trial.bundle,
        "since": trial.since,
        "decisions": None if hidden else len(decisions),
        "looked_at": None if hidden else len(looked_at),
        "failed": int(failed.sum()),
        "same": None if hidden or not len(well) else float(same.mean()),
        "estimate": None if hidden else found.to_json(),
    }


def _learned(decisions: Records, journey: Journey, names: Names) -> Mask:
    """Decisions of ours for customers whose arm has the learned policy."""
    arms = [names.find(arm.name) for arm in journey.objective.arms if arm.policy is ArmPolicy.DEFAULT]
    mask: Mask = np.isin(decisions["arm"], arms) & ~by_callers(decisions)
    return mask


def _rows(decisions: Records, shadows: Records) -> tuple[Ints, Mask]:
    """The shadow's record of each decision, and whether there is one; by customer and time."""
    if not len(shadows):
        return np.zeros(len(decisions), dtype=np.int64), np.zeros(len(decisions), dtype=bool)
    order = np.argsort(_keys(shadows), kind="stable")
    keys = _keys(shadows)[order]
    place = np.minimum(np.searchsorted(keys, _keys(decisions)), len(keys) - 1)
    return order[place], keys[place] == _keys(decisions)


def _keys(records: Records) -> Records:
    keys = np.zeros(len(records), dtype=[("customer", "<u8"), ("at", "<i8")])
    keys["customer"], keys["at"] = records["customer"], records["at"]
    return keys
