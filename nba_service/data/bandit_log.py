"""The decision log for other people's off-policy tools.

Vowpal Wabbit (dsjson) and Open Bandit Pipeline. One row per decision that was delivered, whose probabilities
are known, and whose response window is over: what could have been chosen, what was, with which probability,
and the reward. Others are counted and left out, since they would tell something false. Knows the formats;
computes no estimates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from models.domain.actions import NOTHING
from models.domain.history import DAY_MS, from_ms
from models.domain.journey import Journey
from nba_service.errors import TransferError
from nba_service.http.json_body import dump_json
from nba_service.store.interface import Store
from nba_service.store.rows import OutcomeRow

CHUNK: Final = 5_000


class Reward(StrEnum):
    """What a logged decision is rewarded with.

    ``response``: 1 for a positive response, else 0; ``value``: its worth less the channel's cost.
    """

    RESPONSE = "response"
    VALUE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRow:
    """One decision. ``probability``: of each treatment in ``treatments``; ``chosen``: position in them."""

    decision_id: str
    decided_at: int
    context: Mapping[str, object]
    treatments: tuple[tuple[str, str | None], ...]
    probability: tuple[float, ...]
    chosen: int
    reward: float
    bundle: str
    shared: bool = False  # the log states the probability of the chosen one alone


@dataclass(slots=True)
class LeftOut:
    """How many decisions are not in the file, by why.

    ``shared``: how many that are in it state the probability of the chosen one alone.
    """

    reasons: dict[str, int] = field(default_factory=dict)
    shared: int = 0

    def add(self, reason: str) -> None:
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


def logged_rows(
    store: Store, journey: Journey, *, now: int, reward: Reward, left_out: LeftOut
) -> Iterator[LoggedRow]:
    """Every usable decision, in the order of ids; ``now`` (ms): when windows must be over."""
    store.settle_outcomes()
    after = ""
    while page := store.scan("decisions", after, CHUNK):
        outcomes: dict[str, list[OutcomeRow]] = {}
        for outcome in store.outcomes_of([str(row["decision_id"]) for row in page]):
            outcomes.setdefault(outcome.decision_id, []).append(outcome)
        for row in page:
            logged = _row(journey, row, outcomes.get(str(row["decision_id"]), ()), now, reward)
            if isinstance(logged, str):
                left_out.add(logged)
            else:
                left_out.shared += logged.shared
                yield logged
        after = str(page[-1]["decision_id"])


def write_dsjson(rows: Iterator[LoggedRow], path: Path) -> int:
    """Vowpal Wabbit's decision service format, one decision a line; how many were written.

    Raises:
        TransferError: the file cannot be written.
    """
    number = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for number, row in enumerate(rows, start=1):  # noqa: B007 - the last one counts
                file.write(dump_json(_dsjson(row)) + b"\n")
    except OSError as error:
        raise TransferError(f"{path}: expected a file to write to, got {error.strerror}.") from None
    return number


def write_obp(rows: Iterator[LoggedRow], journey: Journey, path: Path) -> int:
    """Open Bandit Pipeline's ``bandit_feedback`` as NumPy arrays (``.npz``); how many rounds there are.

    Raises:
        TransferError: there is nothing to write, or the file cannot be written.
    """
    feedback = bandit_feedback(list(rows), journey)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez_compressed(file, **feedback)
    except OSError as error:
        raise TransferError(f"{path}: expected a file to write to, got {error.strerror}.") from None
    return int(feedback["n_rounds"])


def bandit_feedback(rows: Sequence[LoggedRow], journey: Journey) -> dict[str, Any]:
    """The dictionary that Open Bandit Pipeline documents.

    Returns:
        ``n_rounds``, ``n_actions``, ``context`` (n_rounds, n_context),
        ``action_context`` (n_actions, n_names; one-hot), ``action`` (n_rounds,),
        ``position`` (n_rounds,) of zeros, ``reward`` (n_rounds,), ``pscore`` (n_rounds,),
        ``pi_b`` (n_rounds, n_actions, 1); and, our own, ``action_names`` and ``context_names``.
    """
    if not rows:
        raise TransferError("Expected decisions that are delivered and whose windows are over, got none.")
    index = {(one.action, one.channel): i for i, one in enumerate(journey.treatments)}
    pi_b = np.zeros((len(rows), len(index), 1))
    for i, row in enumerate(rows):
        for treatment, p in zip(row.treatments, row.probability, strict=True):
            pi_b[i, index[treatment], 0] = p
    action = np.array([index[row.treatments[row.chosen]] for row in rows])
    names, context = _context(rows)
    return {
        "n_rounds": len(rows),
        "n_actions": len(index),
        "context": context,
        "action_context": _action_context(journey),
        "action": action,
        "position": np.zeros(len(rows), dtype=int),
        "reward": np.array([row.reward for row in rows]),
        "pscore": pi_b[np.arange(len(rows)), action, 0],
        "pi_b": pi_b,
        "action_names": np.array([one.name for one in journey.treatments]),
        "context_names": np.array(names),
    }


def _row(
    journey: Journey, row: Mapping[str, Any], outcomes: Sequence[OutcomeRow], now: int, reward: Reward
) -> LoggedRow | str:
    """The decision, or why it cannot be used."""
    if row["delivered_at"] is None:
        return "not delivered"
    if not row["candidates"] or not row["action_probability"]:
        return "without probabilities"
    window = round(journey.response_window(row["action"]) * DAY_MS) if row["action"] != NOTHING else 0
    end = row["delivered_at"] + window
    if end > now:
        return "response window not over"
    candidates = _candidates(row["candidates"])
    if candidates is None:
        return "with candidates that cannot be read"
    chosen = (row["action"], row["channel"])
    treatments = tuple(candidates)
    if chosen not in candidates or not set(treatments) <= _treatments(journey):
        return "not of this journey file"
    probability = _probabilities(candidates, chosen, row["action_probability"])
    if probability is None:
        return "with probabilities that cannot be"
    return LoggedRow(
        decision_id=row["decision_id"],
        decided_at=row["decided_at"],
        context=orjson.loads(row["context"]) if row["context"] else {},
        treatments=treatments,
        probability=probability,
        chosen=treatments.index(chosen),
        reward=_reward(journey, chosen, row["delivered_at"], end, outcomes, reward),
        bundle=row["bundle"] or "",
        shared=any(stated is None for stated in candidates.values()),
    )


def _candidates(text: str) -> dict[tuple[str, str | None], object] | None:
    """Treatment → its probability, or None where the log does not state it; None: they cannot be read."""
    try:
        listed = orjson.loads(text)
        return {(one["action"], one.get("channel")): one.get("action_probability") for one in listed}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return None


def _probabilities(
    candidates: Mapping[tuple[str, str | None], object], chosen: tuple[str, str | None], stated: float
) -> tuple[float, ...] | None:
    """The probability of each candidate; None: they are none.

    Imported logs often state that of the chosen one alone. The others then share the rest evenly, which no
    estimate that weighs by the chosen one's probability depends on.
    """
    if all(isinstance(one, int | float) for one in candidates.values()):
        found = [float(str(one)) for one in candidates.values()]
    else:
        rest = (1.0 - stated) / max(1, len(candidates) - 1)
        found = [stated if treatment == chosen else rest for treatment in candidates]
    right = all(0.0 <= one <= 1.0 for one in found) and found[list(candidates).index(chosen)] > 0.0
    return tuple(found) if right else None


def _treatments(journey: Journey) -> set[tuple[str, str | None]]:
    return {(treatment.action, treatment.channel) for treatment in journey.treatments}


def _reward(
    journey: Journey,
    chosen: tuple[str, str | None],
    begin: int,
    end: int,
    outcomes: Sequence[OutcomeRow],
    reward: Reward,
) -> float:
    action, channel = chosen
    if action == NOTHING:
        return 0.0
    positive = journey.positive_outcomes(action)
    said = [
        outcome for outcome in outcomes if outcome.outcome in positive and begin <= outcome.occurred_at <= end
    ]
    if reward is Reward.RESPONSE:
        return float(bool(said))
    cost = next(one.cost for one in journey.channels if one.name == channel)
    values = [outcome.value for outcome in said if outcome.value is not None]
    usual = journey.actions[journey.action_index[action]].value if said else 0.0
    return (max(values) if values else usual) - cost


def _dsjson(row: LoggedRow) -> dict[str, object]:
    """``a`` and ``p``: actions from 1, the chosen one first, as the format wants it."""
    order = sorted(range(len(row.treatments)), key=lambda i: (i != row.chosen, -row.probability[i]))
    shared = {name: value for name, value in row.context.items() if isinstance(value, str | int | float)}
    return {
        "_label_cost": -row.reward,
        "_label_probability": row.probability[row.chosen],
        "_label_Action": row.chosen + 1,
        "_labelIndex": row.chosen,
        "o": [{"EventId": row.decision_id, "v": row.reward}],
        "Timestamp": from_ms(row.decided_at),
        "Version": "1",
        "EventId": row.decision_id,
        "a": [i + 1 for i in order],
        "c": {
            "Context": shared,
            "_multi": [
                {"Treatment": {"action": action, "channel": channel or "none"}}
                for action, channel in row.treatments
            ],
        },
        "p": [row.probability[i] for i in order],
        "VWState": {"m": row.bundle},
    }


def _context(rows: Sequence[LoggedRow]) -> tuple[list[str], object]:
    """Numbers and flags of the contexts, a column each; one that is missing is 0. At least a constant."""
    names = sorted(
        {name for row in rows for name, value in row.context.items() if isinstance(value, int | float)}
    )
    columns = [[float(_number(row.context.get(name))) for name in names] + [1.0] for row in rows]
    return [*names, "constant"], np.array(columns)


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


def _action_context(journey: Journey) -> object:
    actions = [NOTHING, *(action.name for action in journey.actions)]
    channels = [channel.name for channel in journey.channels]
    return np.array(
        [
            [float(treatment.action == name) for name in actions]
            + [float(treatment.channel == name) for name in channels]
            for treatment in journey.treatments
        ]
    )
