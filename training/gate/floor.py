"""The floor: a bundle may not surely be worse than something simple.

The first bundle no more than any other. Compared with doing nothing, with what was done, and with the simple
policies of the report, each on two accounts: what followed within the horizon, and that with what the phase
reached is worth from then on, so that an investment is not held to be a loss. Refused is what is surely
worse on both. Knows differences; knows nothing of how they were estimated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from models.arrays import Floats, Ints
from models.bundle import Models
from models.bundle.gate import (
    CONTACTS_WITHOUT_EFFECTS,
    GAIN_OVER_LOG,
    GAIN_OVER_NOTHING,
    MONEY,
    RIVALS,
    GateCheck,
)
from models.domain.objective import Gate
from training.evaluation.off_policy.policies import EXPLORED, LOGGING, NOTHING, OURS, RESPONSES
from training.evaluation.off_policy.rare_rewards import TOO_FEW

STRICTER: Final = 1.5
"""Several rivals are compared at once: an interval wider by this holds in 997 of 1,000 logs each."""
MISSTATED: Final = 2.0
"""Times that a stated gain may be too much or too little."""
MOST_CONTACTS: Final = 0.5
"""Share of the decisions in which a bundle without effects may contact for what responses bring."""

REWARDS: Final = "rewarded_events"
BALANCE: Final = "balance"

Minus = Mapping[str, Mapping[str, float]]


def check_floor(values: Mapping[str, Any], currency: str, gate: Gate) -> Iterator[GateCheck]:
    """Against doing nothing, what was done, and the best rival.

    Args:
        values: ``policy_value`` of the metrics.
    """
    now, ahead = values["ours_minus"], values["ours_minus_ahead"]
    events = values["policies"].get(OURS, {}).get("rewarded_events", 0.0)
    if now and events < TOO_FEW:
        now = {}
    yield _one(GAIN_OVER_NOTHING, "doing nothing", NOTHING, now, ahead, currency, gate)
    yield _one(GAIN_OVER_LOG, "what was done", LOGGING, now, ahead, currency, gate)
    yield _rivals(now, ahead, currency, gate)


def surely_better(values: Mapping[str, Any], gate: Gate, learned: Sequence[str] = ()) -> str | None:
    """The simple policy that is surely better and can be published instead; None: there is none.

    Args:
        learned: simple policies with tables of their own, besides nothing and p × value.
    """
    now, ahead = values["ours_minus"], values["ours_minus_ahead"]
    if values["policies"].get(OURS, {}).get("rewarded_events", 0.0) < TOO_FEW:
        return None
    highs = {
        name: max(_stricter(now[name]), _stricter(ahead[name]))
        for name in (NOTHING, RESPONSES, *learned)
        if name in now and name in ahead
    }
    worse = {name: high for name, high in highs.items() if high < 0.0 - gate.gain_tolerance}
    return min(worse, key=lambda name: worse[name]) if worse else None


def _one(
    name: str, words: str, policy: str, now: Minus, ahead: Minus, currency: str, gate: Gate
) -> GateCheck:
    if policy not in now or policy not in ahead:
        return _unknown(name, f"The log cannot tell whether it earns less than {words}.")
    best = max((now[policy], ahead[policy]), key=lambda each: each["high"])
    threshold = 0.0 - gate.gain_tolerance
    return GateCheck(
        name=name,
        value=best["high"],
        threshold=threshold,
        passed=best["high"] >= threshold,
        sentence=(
            f"Compared with {words} it earns {_told(now[policy], currency)}, and with what the phase reached "
            f"is worth {_told(ahead[policy], currency)}; one upper bound must be at least {threshold:.3f}."
        ),
    )


def _rivals(now: Minus, ahead: Minus, currency: str, gate: Gate) -> GateCheck:
    rivals = {
        name: (_stricter(now[name]), _stricter(ahead[name]))
        for name in now
        if name in ahead and name not in (NOTHING, LOGGING, EXPLORED, "random")
    }
    if not rivals:
        return _unknown(RIVALS, "The log cannot tell whether a simple policy earns more.")
    worst = min(rivals, key=lambda name: max(rivals[name]))
    high, threshold = max(rivals[worst]), 0.0 - gate.gain_tolerance
    return GateCheck(
        name=RIVALS,
        value=round(high, 6),
        threshold=threshold,
        passed=high >= threshold,
        sentence=(
            f"Of {len(rivals)} simple policies it compares worst with {worst!r}: "
            f"{_told(now[worst], currency)}, and with what the phase reached is worth "
            f"{_told(ahead[worst], currency)}; refused is what is surely worse on both accounts, by "
            "intervals half as wide again because there are several."
        ),
    )


def check_money(values: Mapping[str, Any], claimed: float, currency: str) -> GateCheck:
    """Whether the gain over doing nothing that answers state is what later decisions show.

    Args:
        claimed: mean ``over_nothing`` of what it would choose, EUR per decision.
    """
    found = values["ours_minus_ahead"].get(NOTHING)
    if found is None:
        return _unknown(MONEY, "The log cannot tell whether the gains that answers state come true.")
    high = _stricter(found)
    low = found["value"] - STRICTER * (found["value"] - found["low"])
    over = claimed > high and claimed > MISSTATED * found["value"]
    under = claimed < low and claimed < found["value"] / MISSTATED
    return GateCheck(
        name=MONEY,
        value=round(claimed, 6),
        threshold=round(high, 6),
        passed=not (over or under),
        sentence=(
            f"Answers state a gain over doing nothing of {claimed:+.3f} {currency} per decision; later "
            f"decisions show {_told(found, currency)}, what the phase reached is worth included. Refused is "
            "what lies outside an interval half as wide again and is more than "
            f"{MISSTATED:g} times too much or too little.{_largest(values, currency)}"
        ),
    )


def _largest(values: Mapping[str, Any], currency: str) -> str:
    """Stated and measured where the largest gains are stated."""
    groups = values.get("stated_gains")
    if not groups:
        return ""
    top = groups[-1]
    return f" Where it states the most, {top['stated']:+.3f}, they show {_told(top, currency)}."


def check_rewards(values: Mapping[str, Any]) -> GateCheck:
    """Whether enough rewarded customers speak for a comparison; a warning alone."""
    events = values["policies"].get(OURS, {}).get("rewarded_events")
    if events is None:
        return _unknown(REWARDS, "The log cannot tell on how many rewards the bundle's value rests.")
    few = "; fewer than that, so no comparison counts" if events < TOO_FEW else ""
    return GateCheck(
        name=REWARDS,
        value=events,
        threshold=TOO_FEW,
        passed=True,
        sentence=(
            f"Its value rests on {events:.0f} effective rewarded customers (at least {TOO_FEW:.0f}{few})."
        ),
    )


def check_balance(values: Mapping[str, Any]) -> GateCheck:
    """Whether treatments can be predicted beyond the stated probabilities."""
    found = values["balance"]
    if found is None:
        return _unknown(BALANCE, "The log cannot tell whether its probabilities are those of its policy.")
    what = "how often it was done" if found["feature"] is None else found["feature"]
    return GateCheck(
        name=BALANCE,
        value=found["z"],
        threshold=found["limit"],
        passed=found["sound"],
        sentence=(
            f"Beyond the stated probabilities treatments go with {what} by {found['z']:.1f} standard errors "
            f"at most (a sound log stays below {found['limit']:.1f})."
        ),
    )


def check_contacts(models: Models, contacts: float, unpaid: float) -> GateCheck:
    """A bundle whose effects were all dropped has no reason of its own to contact.

    Args:
        contacts: share of later decisions in which it would contact.
        unpaid: share of those in which the response alone does not bring back the cost.
    """
    dropped = models.advantage is None and not models.transition.effects.any()
    share = contacts * unpaid
    return GateCheck(
        name=CONTACTS_WITHOUT_EFFECTS,
        value=round(share, 4) if dropped else None,
        threshold=MOST_CONTACTS if dropped else None,
        passed=not dropped or share <= MOST_CONTACTS,
        sentence=(
            f"No effect of an action on where customers go was proven, yet in {share:.0%} of later decisions "
            f"it contacts for more than the response brings (allowed: {MOST_CONTACTS:.0%})."
            if dropped
            else "Effects of actions were found, so there is a reason to contact."
        ),
    )


def contact_shares(chosen: Ints, response: Floats) -> tuple[float, float]:
    """Share of decisions with a contact, and the share of those whose response does not pay.

    Args:
        chosen: shape (k,). Treatments; 0 does nothing.
        response: shape (k,). EUR that the response brings, less the cost.
    """
    acting = chosen > 0
    if not acting.any():
        return 0.0, 0.0
    return float(acting.mean()), float((response[acting] < 0).mean())


def _stricter(estimate: Mapping[str, float]) -> float:
    return estimate["value"] + STRICTER * (estimate["high"] - estimate["value"])


def _told(e: Mapping[str, float], currency: str) -> str:
    return f"{e['value']:+.3f} {currency} per decision (95 % interval {e['low']:+.3f} to {e['high']:+.3f})"


def _unknown(name: str, sentence: str) -> GateCheck:
    return GateCheck(name=name, value=None, threshold=None, passed=True, sentence=sentence)
