"""What goes into the store and what comes out of it.

One frozen dataclass per table, and the state. Times are integer milliseconds since 1970 UTC. The store keeps
these as they are; what they mean (which outcome is positive, which channel exists) is the journey file's
business. ``journaled_at`` of a row: when it was put into a journal; 0: it does not come from one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from models.domain.consent import Consent, Ledger, Statement
from models.domain.past import Past

DELIVERED: Final = "delivered"
"""The reserved outcome that says a deferred decision reached the customer; no response in itself."""


LAST_DELIVERED: Final = "last_delivered"
"""The attribution of an outcome whose source does not know the decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A stored profile.

    ``role``: in the account. ``consent``: to be written, the flags that are told now; as it was read, what
    holds. ``consented_at``: when the customer said so; None: at ``updated_at``. ``arrived_at``: when we were
    told; 0: the same.
    """

    customer_id: str
    account_id: str | None = None
    role: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    consent: Mapping[str, bool] = field(default_factory=dict)
    locale: str | None = None
    time_zone: str | None = None
    updated_at: int = 0
    consented_at: int | None = None
    arrived_at: int = 0
    source: str = "profile"
    journaled_at: int = 0

    def statements(self) -> tuple[Consent, ...]:
        """What the profile says of consents, for the ledger."""
        at = self.updated_at if self.consented_at is None else self.consented_at
        told = Statement(at, self.arrived_at or self.updated_at, self.source)
        return tuple(Consent(flag, given, told) for flag, given in self.consent.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionRow:
    """A stored interaction.

    ``timed`` False: the caller left the time out, so a repeat may differ in it. ``withdraws``: the consents
    that the customer takes back by it. ``arrived_at``: when we were told; 0: when it happened.
    """

    interaction_id: str
    customer_id: str
    occurred_at: int
    touchpoint: str
    channel: str | None = None
    action: str | None = None
    phase: str | None = None
    value: float | None = None
    properties: Mapping[str, object] = field(default_factory=dict)
    timed: bool = True
    arrived_at: int = 0
    withdraws: tuple[str, ...] = ()
    journaled_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A stored decision.

    The columns that training reads, and the texts that audit reads. ``came_as``: the id it was asked for, if
    that was not the person's own. ``workings``: the candidates, packed
    (``models/policy/scoring/candidate_record.py``); of older and imported decisions they are JSON in
    ``candidates``. ``Store.candidates`` reads both. ``variant``: of the texts of the first rank.
    """

    decision_id: str
    customer_id: str
    decided_at: int
    delivered_at: int | None
    action: str
    channel: str | None
    action_probability: float | None
    contacts: tuple[tuple[str, str | None], ...]
    context: str | None
    candidates: str | None
    bundle: str | None
    policy: str | None
    arm: str | None
    request: str | None
    answer: str | None
    state: bytes | None
    deliver_by: int | None = None
    phase: str | None = None
    propensity: float | None = None
    updates: str | None = None
    came_as: str | None = None
    reason: str | None = None
    refusals: str | None = None
    taken: str | None = None
    workings: bytes | None = None
    variant: str | None = None
    variant_probability: float | None = None
    journaled_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """A stored outcome; ``timed`` as for interactions.

    One without a decision of its own names ``customer_id``, ``action``, ``channel`` and how long after a
    delivery it counts; its ``decision_id`` is empty until one is found. ``attribution``: ``LAST_DELIVERED``
    or None, if the source named the decision. ``came_as``: as it was read, the id that it came in with, if
    that was not the person's own. ``withdraws`` and ``arrived_at`` as for interactions.
    """

    outcome_id: str
    decision_id: str
    outcome: str
    occurred_at: int
    value: float | None = None
    customer_id: str | None = None
    action: str | None = None
    channel: str | None = None
    window_ms: int | None = None
    attribution: str | None = None
    came_as: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict)
    timed: bool = True
    arrived_at: int = 0
    withdraws: tuple[str, ...] = ()
    journaled_at: int = 0


def withdrawals(row: InteractionRow | OutcomeRow) -> tuple[Consent, ...]:
    """The refusals that an event is, for the ledger."""
    source = row.touchpoint if isinstance(row, InteractionRow) else row.outcome
    told = Statement(row.occurred_at, row.arrived_at or row.occurred_at, source)
    return tuple(Consent(flag, False, told) for flag in row.withdraws)


class Event(NamedTuple):
    """One event of a customer's past, from whichever table.

    ``source``: ``interaction``, ``decision`` or ``outcome``; ``name`` is the touchpoint, ``contact``, or the
    outcome; ``key`` the id of its row. A tuple, because every decision reads dozens; its fields stand as
    ``queries.EVENTS`` has its columns.
    """

    source: str
    occurred_at: int
    name: str
    channel: str | None
    action: str | None
    phase: str | None
    value: float | None
    properties: Mapping[str, object]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """All that the store knows of a customer before a moment.

    Oldest event first.

    Attributes:
        events: strictly before the moment.
        person: the id that stands for the customer, whichever alias was asked for.
        version: of the person; a decision is stored only if it is still the same (``Claim``).
        ahead: interactions and decisions at or after the moment: contact limits count them, nothing else.
        consents: the ledger as it is now, whatever the moment: a refusal holds from its arrival.
        past: all events, whenever they were, in place of ``events`` and ``ahead``; None: those are all.
    """

    customer: CustomerRow | None
    events: tuple[Event, ...]
    person: str = ""
    version: int = 0
    ahead: tuple[Event, ...] = ()
    consents: Ledger = field(default_factory=dict)
    past: Past | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """A stored account; who its people are says the profile of each."""

    account_id: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    updated_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """An account with the states of its people, all of one moment.

    ``account``: None if only people name it. ``people``: in the order of their ids.
    """

    account: AccountRow | None
    people: tuple[StoredState, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A contact on a channel of limited daily capacity.

    ``day``: local, in days since 1970.
    """

    channel: str
    day: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """On what condition a decision may be stored.

    ``version``: the person is still as the decision saw them; None: does not matter. ``seats``: there is
    room for all of them. ``others``: ids and versions of the other people of the account, who are still as
    the decision saw them too. ``past``: of the person in that version, so that it need not be read again;
    None: the caller does not know it. ``raises`` False: nothing follows from the decision (doing nothing), so
    the version stays; if it is another by now, the decision is stored all the same, for whom the id stands
    now.
    """

    version: int | None = None
    seats: tuple[Seat, ...] = ()
    others: tuple[tuple[str, int], ...] = ()
    past: Past | None = field(default=None, compare=False)
    raises: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of a merge.

    ``person``: who it is now; ``taken``: aliases of others (nothing was done).
    """

    person: str
    merged: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """What became of a parting.

    ``person``: from whom; ``ids``: all that are the other's now, first the one that was asked for; none: it
    is no alias of the person. ``moved``: how many rows of each table went.
    """

    person: str
    ids: tuple[str, ...] = ()
    moved: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRow:
    """An update of propensities that decides, or once did.

    ``made_at``: when it was last found to hold.
    """

    version: str
    bundle: str
    made_at: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PositiveRule:
    """Which outcomes of which actions are positive responses.

    They count within so many ms of delivery.
    """

    actions: tuple[str, ...]
    outcomes: tuple[str, ...]
    window_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How a batch of idempotent writes went.

    ``conflicts``: ids that hold another content already. ``refused``: decisions whose claim did not hold;
    they are not stored and have to be made anew. ``erased``: how many rows from a journal or an
    export name somebody who was erased after they were put there; they are not stored.
    """

    new: int
    known: int
    conflicts: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    erased: int = 0
