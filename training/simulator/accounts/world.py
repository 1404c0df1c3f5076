"""A world of accounts, whose four people travel one journey together.

Each of its seven phases waits for one kind of information, which only people of one role can use. What is
said to others, or too much at once, moves nothing. A move shows in what one or two of the people do next.
Knows the truth; knows nothing of journey files, models or policies that learn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, Ints

ROLES: Final = ("user", "technical", "buyer", "decider")
PHASES: Final = (
    "unaware",
    "interested",
    "evaluation",
    "trial",
    "business_case",
    "negotiation",
    "rollout",
)
TREATMENTS: Final = (
    # action, channel, role that can use it, phase that waits for it, cost
    ("nothing", None, None, None, 0.0),
    ("white_paper", "email", "user", "unaware", 2.0),
    ("use_cases", "email", "user", "interested", 2.0),
    ("architecture", "email", "technical", "evaluation", 2.0),
    ("trial_support", "phone", "technical", "trial", 40.0),
    ("savings", "email", "buyer", "business_case", 2.0),
    ("contract_call", "phone", "decider", "negotiation", 40.0),
    ("newsletter", "email", None, None, 2.0),
)
"""What may be said; the newsletter may go to everybody, and moves nobody."""

SIGNS: Final = (
    (),
    (("user", "whitepaper_read"),),
    (("technical", "demo_requested"),),
    (("technical", "trial_started"),),
    (("user", "trial_reviewed"),),
    (("buyer", "quote_requested"), ("technical", "quote_requested")),
    (("decider", "contract_signed"),),
)
"""What people do when their account enters a phase."""

VALUES: Final = np.array([0.0, 100.0, 300.0, 800.0, 1_500.0, 3_000.0, 6_300.0])
"""EUR of entering each phase: 12,000 from the first interest to the roll-out."""

BY_ITSELF: Final = 0.02
BY_INFORMATION: Final = 0.2
TIRING: Final = 0.5
ANSWERS: Final = (0.08, 0.3)
"""Chance of an answer to what the phase does not wait for, and to what it does."""

COST: Final = np.array([each[4] for each in TREATMENTS])
_WAITED_FOR: Final = np.array([-1 if each[3] is None else PHASES.index(each[3]) for each in TREATMENTS])
_ROLE: Final = np.array([-1 if each[2] is None else ROLES.index(each[2]) for each in TREATMENTS])
LAST: Final = len(PHASES) - 1


def allowed() -> NDArray[np.bool_]:
    """Shape (R, T): what may be said to whom."""
    return np.asarray((_ROLE[None, :] < 0) | (_ROLE[None, :] == np.arange(len(ROLES))[:, None]))


def chance(phase: Ints, useful: NDArray[np.bool_], contacts: Ints, before: Ints) -> Floats:
    """P(an account moves on this week).

    Args:
        useful: whether somebody got what the phase waits for.
        contacts: this week; ``before``: last week. Every one beyond the first tires.
    """
    tired = np.exp(-TIRING * np.maximum(contacts + before - 1, 0))
    moving = BY_ITSELF + BY_INFORMATION * useful * tired
    return np.where(phase < LAST, moving, 0.0)


@dataclass(slots=True)
class Accounts:
    """n accounts at the beginning of a week."""

    phase: Ints
    before: Ints  # contacts of the week before
    week: int = 0
    last_contact: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # (n, R), week; -9 never


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What a week brought.

    EUR per account, who answered, shape (n, R), and which accounts moved.
    """

    reward: Floats
    answered: NDArray[np.bool_]
    moved: NDArray[np.bool_]


def begin(n_accounts: int, rng: np.random.Generator) -> Accounts:
    """Accounts that stand anywhere before the roll-out."""
    return Accounts(
        phase=rng.integers(0, LAST, n_accounts),
        before=np.zeros(n_accounts, dtype=np.int64),
        last_contact=np.full((n_accounts, len(ROLES)), -9, dtype=np.int64),
    )


def live(accounts: Accounts, treatment: Ints, rng: np.random.Generator) -> Week:
    """One week in which ``treatment``, shape (n, R), was said; moves the accounts on."""
    n = len(accounts.phase)
    contacts = (treatment > 0).sum(axis=1)
    fits = _WAITED_FOR[treatment] == accounts.phase[:, None]
    useful = (fits & (treatment > 0)).any(axis=1)
    moved = rng.random(n) < chance(accounts.phase, useful, contacts, accounts.before)
    answers = np.array(ANSWERS)[fits.astype(np.int64)]
    answered = (treatment > 0) & (rng.random(treatment.shape) < answers)
    accounts.phase = accounts.phase + moved
    accounts.before = contacts
    accounts.last_contact = np.where(treatment > 0, accounts.week, accounts.last_contact)
    accounts.week += 1
    earned = VALUES[accounts.phase] * moved
    return Week(reward=earned - COST[treatment].sum(axis=1), answered=answered, moved=moved)
