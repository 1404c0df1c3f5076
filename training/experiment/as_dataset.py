"""An experiment as a journey and its four tables.

Each arm but the control is an action. The file has no dates, so its customers are decided on within minutes,
in an order drawn by the seed: the split by time is then one at random. Rewards are the outcomes themselves,
with or without an action.

With many customers effects are learned in money alone and by attribute, so there is one phase and nothing
moves. With fewer there is too little for that: then the outcome is a second phase, and actions move to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from models.arrays import Ints, Mask
from models.domain.actions import NOTHING
from models.errors import TrainingDataError
from training.config import EvaluationRules, RowRules, Split, TrainingConfig
from training.experiment.read import Experiment
from training.fit.advantage.served import FEWEST
from training.run.dataset import Dataset, dataset_of_frames

START: Final = datetime(2000, 1, 1, 9, tzinfo=UTC)
ENOUGH: Final = 2 * FEWEST
"""Customers, half of whom are learned from."""
WINDOW_DAYS: Final = 14
ANSWER_DAYS: Final = 7
_INSTANT: Final = pa.timestamp("ms", tz="UTC")
CHANNEL: Final = "experiment"
ENTERED, CAME, OVER = "entered", "outcome_came", "study_over"


def as_dataset(
    experiment: Experiment, *, seed: int, currency: str = "EUR", cost: float = 0.0, bootstrap: int = 1000
) -> Dataset:
    """Everything that a training starts from.

    Args:
        seed: draws who is learned from and who is tested on.
        currency: of outcomes.
        cost: of treating one customer, in it.
        bootstrap: resamples for intervals.

    Raises:
        TrainingDataError: no outcome is above 0, so there is nothing to gain.
    """
    came = experiment.outcome > 0
    if not came.any():
        raise TrainingDataError(f"{experiment.source}: no outcome is above 0; there is nothing to gain.")
    actions = names_of(experiment.arms[1:])
    columns = names_of(experiment.attributes.column_names)
    attributes = experiment.attributes.rename_columns(columns)
    journey = journey_of(experiment, actions, attributes, currency, cost)
    config = TrainingConfig(
        source=experiment.source,
        folder=Path(),
        journey="journey.yaml",
        time_zone=None,
        sources={},
        tables={},
        split=Split(calibrate_from=0.4, test_from=0.5),
        rows=RowRules(purge=False, immature="keep"),
        evaluation=EvaluationRules(bootstrap=bootstrap, always=tuple(actions)),
        seed=seed,
    )
    frames = _frames(experiment, actions, attributes, came, cost, np.random.default_rng(seed))
    return dataset_of_frames(config, journey.encode(), frames)


def names_of(labels: Sequence[str]) -> list[str]:
    """Names as a journey file allows them, each another.

    Example:
        >>> names_of(["Mens E-Mail", "mens e mail", "nothing"])
        ['mens_e_mail', 'mens_e_mail_2', 'nothing_2']
    """
    names: list[str] = []
    for label in labels:
        plain = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_") or "arm"
        plain = plain if plain[0].isalpha() else f"a_{plain}"
        number, name = 1, plain
        while name in (*names, NOTHING):
            number += 1
            name = f"{plain}_{number}"
        names.append(name)
    return names


def journey_of(
    experiment: Experiment, actions: Sequence[str], attributes: Any, currency: str, cost: float
) -> str:
    """The journey file, as text that a person can go on with."""
    content = {
        "company": f"Experiment {experiment.source}",
        "currency": currency,
        "time_zone": "UTC",
        "default_locale": "en",
        "attributes": {name: _attribute(attributes.column(name)) for name in attributes.column_names},
        "touchpoints": {
            ENTERED: "Entered the experiment",
            CAME: "The outcome came",
            OVER: "The experiment ended",
        },
        **_phases(experiment),
        "channels": {CHANNEL: {"label": "Experiment", "cost": cost}},
        "outcomes": {
            "default": "ignored",
            "response_window_days": WINDOW_DAYS,
            "named": {
                "came": {"label": "The outcome came", "sentiment": "positive"},
                "ignored": "It did not",
            },
        },
        "actions": {
            name: {
                "label": label,
                "channels": [CHANNEL],
                "value": 0,
                "positive_outcomes": ["came"],
                "content": {"default": {"en": {"title": label, "body": "An arm of an experiment."}}},
            }
            for name, label in zip(actions, experiment.arms[1:], strict=True)
        },
        "objective": {"horizon_days": WINDOW_DAYS, "discount_per_year": 0},
    }
    if not content["attributes"]:
        del content["attributes"]
    text: str = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
    return text


def _phases(experiment: Experiment) -> dict[str, Any]:
    if len(experiment) >= ENOUGH:
        return {"phases": {"everyone": {"label": "Everyone"}}}
    value = float(experiment.outcome[experiment.outcome > 0].mean())
    return {
        "phases": {
            "before": {"label": "Before the outcome"},
            "after": {"label": "With the outcome", "value": round(value, 6)},
        },
        "phase_rules": [{"when": f'interaction.touchpoint == "{CAME}"', "to": "after"}],
    }


def _attribute(column: Any) -> dict[str, Any]:
    kind = column.type
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return {"type": "category", "values": sorted(pc.unique(column).drop_null().to_pylist())}
    return {"type": "number"}


def _frames(
    experiment: Experiment,
    actions: Sequence[str],
    attributes: Any,
    came: Mask,
    cost: float,
    rng: np.random.Generator,
) -> dict[str, Any]:
    n = len(experiment)
    place = rng.permutation(n)
    decided = [START + timedelta(milliseconds=10 * int(at)) for at in place]
    who = [f"e{row}" for row in range(n)]
    treated = experiment.arm > 0
    answered = np.flatnonzero(came & treated)
    chosen = np.array([NOTHING, *actions], dtype=object)[experiment.arm]
    end = max(decided) + timedelta(days=WINDOW_DAYS + 1)
    return {
        "customers": pa.table({"customer_id": who, "attributes": _json_rows(attributes)}),
        "interactions": _interactions(who, decided, np.flatnonzero(came), end),
        "decisions": pa.table(
            {
                "decision_id": [f"d{row}" for row in range(n)],
                "customer_id": who,
                "decided_at": pa.array(decided, _INSTANT),
                "action": pa.array(chosen.tolist(), pa.string()),
                "channel": pa.array([CHANNEL if each else None for each in treated.tolist()], pa.string()),
                "action_probability": experiment.probability,
                "delivered_at": pa.array(
                    [at if each else None for at, each in zip(decided, treated.tolist(), strict=True)],
                    _INSTANT,
                ),
                "reward": experiment.outcome - np.where(treated, cost, 0.0),
            }
        ),
        "outcomes": pa.table(
            {
                "outcome_id": [f"o{row}" for row in answered.tolist()],
                "decision_id": [f"d{row}" for row in answered.tolist()],
                "outcome": ["came"] * len(answered),
                "occurred_at": pa.array([_answer(decided[row]) for row in answered.tolist()], _INSTANT),
            }
        ),
    }


def _interactions(who: Sequence[str], decided: Sequence[datetime], came: Ints, end: datetime) -> Any:
    """Everybody enters the day before; then the outcome, of those to whom it came; then the end."""
    rows = [(f"i{row}", each, START - timedelta(days=1), ENTERED) for row, each in enumerate(who)]
    rows += [(f"c{row}", who[row], _answer(decided[row]), CAME) for row in came.tolist()]
    rows.append(("end", who[0], end, OVER))
    ids, customers, times, touchpoints = zip(*rows, strict=True)
    return pa.table(
        {
            "interaction_id": list(ids),
            "customer_id": list(customers),
            "occurred_at": pa.array(times, _INSTANT),
            "touchpoint": list(touchpoints),
        }
    )


def _answer(decided: datetime) -> datetime:
    return decided + timedelta(days=ANSWER_DAYS)


def _json_rows(attributes: Any) -> list[str]:
    return [json.dumps(row, default=float, ensure_ascii=False) for row in attributes.to_pylist()]
