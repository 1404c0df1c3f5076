"""What the drawer "why this?" says: of a decision and its explanation, in a reader's words.

Knows the answers of the API; knows nothing of pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.policy.explain.path_text import PathNames, path_text

PHASES = (
    "out_of_market",
    "trigger",
    "initial_consideration",
    "active_evaluation",
    "purchase_decision",
    "experience",
    "loyalty",
    "former_customer",
)
LEFT = PHASES[-1]
"""Nobody is on the way there."""
_MOST = 4


@dataclass(frozen=True, kw_only=True)
class Why:
    """One decision explained.

    ``parts`` add up to ``gain``; ``leads``: phases with their probabilities, likeliest first; ``ruled``:
    action and code of what was ruled out; ``tried``: it was a trial, by chance; ``steered``: an arm that does
    not ask the model; ``unmodelled``: there is none, and the playbook's order counts; ``ahead``: later phases
    with the chance to enter them within three months, with this step and without any; ``path``: all that the
    explanation has of it.
    """

    decision_id: str
    phase: str
    step: int
    action: str
    gain: float
    runner_up: tuple[str, float] | None
    parts: tuple[tuple[str, float], ...]
    leads: tuple[tuple[str, float], ...]
    ruled: tuple[tuple[str, str], ...]
    tried: bool
    steered: bool
    unmodelled: bool
    ahead: tuple[tuple[str, float, float], ...] = ()
    path: Mapping[str, Any] | None = None


def why(answer: Mapping[str, Any], explanation: Mapping[str, Any]) -> Why:
    """Of an answer for one slot and its explanation."""
    chosen = answer["actions"][0]
    phase = answer["phase"]["name"]
    others = ranked(explanation, chosen["action"])
    leads = sorted(chosen["leads_to"].items(), key=lambda item: -item[1])
    return Why(
        decision_id=answer["decision_id"],
        phase=phase,
        step=PHASES.index(phase) + 1,
        action=chosen["action"],
        gain=chosen["value"]["over_nothing"],
        runner_up=others[0] if others else None,
        parts=parts(chosen),
        leads=tuple((name, p) for name, p in leads if p >= 0.01)[:3],
        ruled=ruled_out(explanation),
        tried=answer["reason"] == "EXPLORATION",
        steered=answer["arm"] != "treatment",
        unmodelled=answer["reason"] == "MODEL_UNAVAILABLE",
        ahead=ahead(explanation, phase),
        path=explanation.get("path"),
    )


def way_ahead(told: Why, words: Mapping[str, Any]) -> str:
    """The likeliest way on which somebody moves, as the console says it; empty where nothing tells of it."""
    if told.path is None or not told.path["ways"]:
        return ""
    names = PathNames(phase=words["phases"].__getitem__, action=lambda action, _: words["actions"][action])
    return path_text(told.path, words["actions"][told.action], names, words["locale"])


def times(told: Why) -> tuple[tuple[str, float, float, float], ...]:
    """The next two phases with the days in which 5 %, half and 95 % of those who get there have."""
    path = told.path
    if path is None:
        return ()
    known = ((name, path["times"].get(name)) for name, _, _ in told.ahead)
    return tuple((name, one["low"], one["median"], one["high"]) for name, one in known if one is not None)


def ahead(explanation: Mapping[str, Any], phase: str) -> tuple[tuple[str, float, float], ...]:
    """The next two phases on the way that lie before the customer."""
    path = explanation.get("path")
    later = [name for name in PHASES[PHASES.index(phase) + 1 :][:2] if name != LEFT]
    return (
        () if path is None else tuple((name, path["chosen"][name], path["nothing"][name]) for name in later)
    )


def ranked(explanation: Mapping[str, Any], besides: str) -> list[tuple[str, float]]:
    """The other candidates with their EUR over doing nothing, best first, each action once."""
    found: dict[str, float] = {}
    for one in explanation.get("candidates", ()):
        if one["action"] not in (besides, "nothing"):
            gain = one["value"]["over_nothing"]
            found[one["action"]] = max(gain, found.get(one["action"], gain))
    return sorted(found.items(), key=lambda item: -item[1])


def parts(chosen: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """Answer now, nearer to the contract, cost; they add up to the gain."""
    factors, value = chosen["factors"], chosen["value"]
    cost = -value["cost"]
    return (
        (
            ("answer", value["immediate"]),
            ("journey", value["over_nothing"] - value["immediate"] - cost),
            ("cost", cost),
        )
        if factors
        else ()
    )


def ruled_out(explanation: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What rules kept out on the asked channel, each code once; not asked for is no reason."""
    found: dict[str, str] = {}
    drop_outs: Sequence[Mapping[str, Any]] = explanation.get("drop_outs", ())
    for one in drop_outs:
        if one["code"] not in ("NOT_ASKED", "EXCLUDED", "PHASE", "NOT_IN_PHASE"):
            found.setdefault(one["code"], one["action"])
    return tuple((action, code) for code, action in found.items())[:_MOST]
