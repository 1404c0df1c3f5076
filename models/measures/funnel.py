"""How far decisions come, step by step, and what holds people back.

Of each decision the log keeps how many treatments each barrier took out, each treatment at the first that
refused it. A customer has come as far as the best of their decisions. Knows records; knows nothing of what a
code means.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Ints, Mask, Records
from models.domain.actions import NOTHING
from models.measures.apprentice import by_callers
from models.measures.customers import rows_of, within
from models.measures.log.records import Log, Names

STEPS: Final = (
    "asked",
    "eligible",
    "applicable",
    "suitable",
    "within_limits",
    "chosen",
    "delivered",
    "response",
)
_STEP_OF_TIER: Final = {
    "asked": 0,
    "phase": 1,
    "period": 1,
    "consent": 1,
    "eligibility": 1,
    "applicability": 2,
    "suitability": 3,
}
_LIMITS: Final = 4
"""The step of every other tier: repeats, contact limits, quiet hours, bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A reason, and whom it holds back.

    ``alone``: customers who get nothing and of whose treatments it refused every one that was asked for and
    meant for their phase; ``with_others``: it refused some of them. ``gained``: who would have got something
    had it not been there, of those for whom that was worked out.
    """

    code: str
    tier: str
    alone: int
    with_others: int
    gained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """Customers by how far they came.

    Attributes:
        customers: shape (n,). Those with a decision whose refusals are known, ascending.
        reached: shape (n,). The last step reached, a position in ``STEPS``; -1: nothing was asked for.
        phase: shape (n,). Code of the phase of their last decision.
        forced: shape (n,). No decision had a candidate.
        peace: shape (n,). There were candidates, and doing nothing was better each time.
        reasons: code → customers whose furthest decision it stopped, by step.
        rules: those that hold back customers without anything.
        unknown: customers whose decisions do not say what was refused (imported ones).
        worked_out: shape (n,). Forced, and a second look told which rules stood alone in the way.
    """

    customers: NDArray[np.uint64]
    reached: Ints
    phase: Ints
    forced: Mask
    peace: Mask
    rules: tuple[Rule, ...]
    unknown: int
    worked_out: Mask
    reasons: dict[int, Counter[str]] = field(default_factory=dict)


def funnel_of(log: Log, names: Names, since: int, until: int, treatments: int) -> Funnel:
    """The funnel of a period; ``treatments``: of the journey, doing nothing not counted."""
    decisions = within(log.decisions, since, until)
    decisions = decisions[~by_callers(decisions)]
    known = decisions["reason"] > 0
    told = decisions[known]
    left = _left(told, within(log.refusals, since, until), names, treatments)
    reached = _reached(told, left, names)
    customers, owner = np.unique(told["customer"], return_inverse=True)
    best = np.full(len(customers), -1, dtype=np.int64)
    np.maximum.at(best, owner, reached)
    forced = best < _LIMITS
    last = np.zeros(len(customers), dtype=np.int64)
    order = np.argsort(told["at"], kind="stable")
    last[owner[order]] = told["phase"][order]
    others = np.setdiff1d(decisions["customer"][~known], customers)
    refusals = within(log.refusals, since, until)
    return Funnel(
        customers=customers,
        reached=best,
        phase=last,
        forced=forced,
        peace=best == _LIMITS,
        rules=_rules(refusals, customers[forced], names),
        unknown=len(others),
        worked_out=forced & _worked_out(refusals, customers),
        reasons=_reasons(refusals, customers, best, names),
    )


def step_of(tier: str) -> int:
    """At which step a tier takes treatments out, a position in ``STEPS``."""
    return _STEP_OF_TIER.get(tier, _LIMITS)


def _left(decisions: Records, refusals: Records, names: Names, treatments: int) -> Ints:
    """Treatments left after each of the first five steps, shape (n, 5)."""
    steps = np.array([step_of(names.name(code)) for code in range(len(names.known()) + 1)])
    keys, place = np.unique(_keys(decisions), return_index=True)
    row = np.searchsorted(keys, _keys(refusals))
    row = np.minimum(row, max(len(keys) - 1, 0))
    taken = np.zeros((len(decisions), 5), dtype=np.int64)
    if len(keys) and len(refusals):
        same = keys[row] == _keys(refusals)
        np.add.at(taken, (place[row[same]], steps[refusals["tier"][same]]), refusals["treatments"][same])
    return treatments - taken.cumsum(axis=1)


def _keys(records: Records) -> Records:
    """Customer and time, which name a decision nearly always; of two at once one has both's refusals."""
    keys = np.zeros(len(records), dtype=[("customer", "<u8"), ("at", "<i8")])
    keys["customer"], keys["at"] = records["customer"], records["at"]
    return keys


def _reached(decisions: Records, left: Ints, names: Names) -> Ints:
    reached: Ints = (left > 0).cumprod(axis=1).sum(axis=1) - 1
    acted = decisions["action"] != names.find(NOTHING)
    delivered = acted & (decisions["delivered"] > 0)
    reached = np.where(acted, STEPS.index("chosen"), reached)
    reached = np.where(delivered, STEPS.index("delivered"), reached)
    return np.where(delivered & (decisions["responded"] > 0), STEPS.index("response"), reached)


def _rules(refusals: Records, held: NDArray[np.uint64], names: Names) -> tuple[Rule, ...]:
    """Rules that hold people back, those first without which most would have got something."""
    row, inside = rows_of(held, refusals["customer"])
    own = refusals[inside]
    tiers = {code: names.name(code) for code in np.unique(own["tier"]).tolist()}
    bars = np.array([tiers[code] not in ("asked", "phase", "period") for code in own["tier"].tolist()])
    own, row = (own[bars], row[inside][bars]) if len(own) else (own, row[inside])
    pairs = np.unique(row * (1 << 32) + own["code"])
    person, code = pairs >> 32, pairs & 0xFFFFFFFF
    number = np.bincount(person, minlength=len(held)) if len(pairs) else np.zeros(len(held), dtype=np.int64)
    tier_of = dict(zip(own["code"].tolist(), own["tier"].tolist(), strict=True))
    rules = [
        Rule(
            code=names.name(one),
            tier=names.name(tier_of[one]),
            alone=int(((code == one) & (number[person] == 1)).sum()),
            with_others=int(((code == one) & (number[person] > 1)).sum()),
            gained=len(np.unique(own["customer"][(own["code"] == one) & (own["alone"] > 0)])),
        )
        for one in np.unique(code).tolist()
    ]
    return tuple(sorted(rules, key=lambda rule: (-rule.gained, -rule.alone, -rule.with_others, rule.code)))


def _worked_out(refusals: Records, customers: NDArray[np.uint64]) -> Mask:
    """Of whose refusals a second look was taken at all, shape (n,)."""
    open_ = np.unique(refusals["customer"][refusals["alone"] < 0])
    looked_at = np.unique(refusals["customer"][refusals["alone"] >= 0])
    mask: Mask = np.isin(customers, looked_at) & ~np.isin(customers, open_)
    return mask


def _reasons(
    refusals: Records, customers: NDArray[np.uint64], reached: Ints, names: Names
) -> dict[int, Counter[str]]:
    """Step → reasons there of the customers who came no further, each reason once a customer."""
    row, known = rows_of(customers, refusals["customer"])
    steps = np.array([step_of(names.name(code)) for code in range(len(names.known()) + 1)])
    reasons: dict[int, Counter[str]] = {}
    if not len(customers):
        return reasons
    step = steps[refusals["tier"]]
    stopped = known & (step == reached[row] + 1)
    triples = {
        (int(who), int(at), int(code))
        for who, at, code in zip(row[stopped], step[stopped], refusals["code"][stopped], strict=True)
    }
    for _, at, code in triples:
        reasons.setdefault(at, Counter())[names.name(code)] += 1
    return reasons
