"""What the service needs of a store.

``tests/nba_service/store`` states the rules that every backend keeps.

Every write is idempotent by its id, and what a method has returned is durable (as far as the setting
``durability`` says). Reads of one customer's state cost two or three indexed queries. Wherever a customer id
is taken an alias will do; every write about a person raises their version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from models.domain.consent import Ledger
from models.policy.scoring.candidate_record import CandidateLayout
from models.policy.scoring.response_delays import ResponseCount
from nba_service.store.records.activity import Activity
from nba_service.store.records.api_keys import KeyTable
from nba_service.store.records.audit_log import AuditLog
from nba_service.store.records.configurations import ConfigurationTable
from nba_service.store.records.free_choices import ChoiceTable
from nba_service.store.records.idempotency_keys import RequestTable
from nba_service.store.records.overview import Overview
from nba_service.store.records.rollups import RollupTable
from nba_service.store.records.worklists import WorklistTable
from nba_service.store.rows import (
    AccountRow,
    Claim,
    CustomerRow,
    DecisionRow,
    InteractionRow,
    Merged,
    OutcomeRow,
    Parted,
    PositiveRule,
    StoredAccount,
    StoredState,
    UpdateRow,
    Written,
)
from nba_service.store.states.following import Stand


class AccountStore(Protocol):
    """The calls about accounts."""

    def account(self, account_id: str, limit: int) -> StoredAccount:
        """An account, and what is known of up to ``limit`` of its people (``past``), of one moment."""

    def accounts(self, after: str, limit: int) -> Sequence[Mapping[str, object]]:
        """Accounts in the order of their ids, beyond ``after``, with the number of people of each."""

    def put_account(self, row: AccountRow) -> bool:
        """Create or replace an account, audited; False: it was there as it is."""

    def put_member(
        self, customer_id: str, account_id: str | None, role: str | None, *, at: int, ids: Iterator[str]
    ) -> bool:
        """Put a person into an account, or out of the one they are in, audited; False: nothing changed.

        The rest of their profile stays. ``ids``: of the audit row.
        """

    def forget_account(self, account_id: str, *, at: int, ids: Iterator[str]) -> int:
        """Delete an account, audited; its people stay, without one. Returns how many rows were touched."""


class RequestStore(AccountStore, Protocol):
    """The calls that requests and the watchers of a worker make.

    ``ResilientStore`` answers them in time or fails at once; a plain store takes as long as it takes.
    """

    @property
    def requests(self) -> RequestTable:
        """Requests that came with an ``Idempotency-Key``."""

    @property
    def choices(self) -> ChoiceTable:
        """Choices among actions that the catalogue does not know, and their rewards."""

    def put_customers(self, rows: Sequence[CustomerRow]) -> Written:
        """Create or replace profiles; their consents are recorded in the ledgers.

        One from a journal replaces no newer one. ``new`` counts all that were taken.
        """

    def customer(self, customer_id: str) -> CustomerRow | None: ...

    def consents(self, customer_id: str) -> Ledger:
        """What a person last said of each consent; see ``models/domain/consent.py``."""

    def refuse(self, customer_id: str, flag: str, at: int, source: str) -> bool:
        """Record that a person refuses a consent (ms); False: what they said last refuses it already."""

    def persons(self, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """For whom each id stands: itself, unless it is an alias."""

    def aliases_of(self, customer_id: str) -> tuple[str, ...]:
        """The other ids of a person, in the order in which they were merged."""

    def merge(
        self, into: str, aliases: Sequence[str], *, at: int, ids: Iterator[str], profile: CustomerRow | None
    ) -> Merged:
        """Make other ids aliases of the person behind ``into``; all that was theirs moves.

        Ledgers of consents become one. One transaction with ``profile``, which replaces the stored one if it
        is given. ``ids``: of the audit rows. An alias of somebody else is refused with all that came with it
        (``taken``).
        """

    def part(self, customer_id: str, alias: str, *, at: int, ids: Iterator[str]) -> Parted:
        """Part an alias, with those that were said to be it, from a person it was joined with by mistake.

        What is whose is decided by the id that it came in with. Refusals of unknown origin hold for both.
        ``ids``: of the audit row.
        """

    def add_interactions(self, rows: Sequence[InteractionRow]) -> Written:
        """Store interactions. If one id is taken by another content, none is stored.

        What they withdraw is recorded in the ledgers of consents.
        """

    def add_decisions(
        self, rows: Sequence[DecisionRow], claims: Mapping[str, Claim] | None = None
    ) -> Written:
        """Store decisions; one whose id is taken is left as it is and named in ``conflicts``.

        Unlike the other writes this does not look at the content: the caller compares requests.
        ``customer_id`` is the person's, as ``state`` gave it. A decision whose claim (by decision id) does
        not hold is not stored and named in ``refused``; a later one of the same person in ``rows`` is
        refused too, since it has not seen the first.
        """

    def put_layout(self, layout: CandidateLayout) -> None:
        """Store what names packed candidates; before the first decision whose ``workings`` need it."""

    def candidates(self, row: DecisionRow) -> str | None:
        """The candidates of a stored decision as JSON; None: none are kept."""

    def correct_decisions(self, rows: Sequence[DecisionRow]) -> Written:
        """Store decisions as they were answered, in place of what stands under their ids, if anything."""

    def used_seats(self, channels: Sequence[str], day: int) -> Mapping[str, int]:
        """How many contacts of a local day each channel has given away; a missing one: none."""

    def add_outcomes(self, rows: Sequence[OutcomeRow]) -> Written:
        """Store outcomes, whether their decision is known or not. One conflict: none is stored.

        What they withdraw is recorded in the ledgers, if it is known whose they are.
        """

    def decisions(self, decision_ids: Sequence[str]) -> Mapping[str, DecisionRow]: ...

    def decided_since(self, since: int, after: tuple[int, str], limit: int) -> Sequence[DecisionRow]:
        """Decisions made at ``since`` (ms) or later, in the order of time and id, beyond ``after``."""

    def known_decisions(self, decision_ids: Sequence[str]) -> frozenset[str]: ...

    def known_interactions(self, interaction_ids: Sequence[str]) -> frozenset[str]: ...

    def state(self, customer_id: str, before: int, limit: int) -> StoredState:
        """Profile and the newest ``limit`` events strictly before ``before`` (ms), and what lies ahead.

        Contacts and outcomes are not crowded out by other events: up to ``limit`` of each come besides.
        So does the last interaction of each touchpoint.
        """

    def past(self, customer_id: str) -> StoredState:
        """Profile, consents and all that ever happened with a customer, as every write keeps it.

        Where what is kept is not up to date it is made from rows: the same, later.
        """

    def pasts(self, customer_ids: Sequence[str]) -> Mapping[str, StoredState]:
        """The same of many customers, by the ids that were asked for."""

    def decision_or_past(self, decision_id: str, customer_id: str) -> DecisionRow | StoredState:
        """What is stored under an id, or, if nothing is, the ``past`` of a customer; both of one moment."""

    def records_of(self, customer_id: str, limit: int) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Everything held about a customer, newest first, by table (access, GDPR art. 15)."""

    def erase(self, customer_id: str, pseudonyms: Iterator[str], at: int = 0) -> int | None:
        """Forget a customer under all ids (GDPR art. 17); returns how many rows were touched.

        None: it is written down durably, and will be done.

        Profile and interactions go. Decisions and outcomes stay for statistics under ids from
        ``pseudonyms``, without request, answer, context or state. What was put into a journal at ``at`` (ms)
        or before, on any host, is not stored any more.
        """

    def unattributed(self, outcome_ids: Sequence[str]) -> frozenset[str]:
        """Outcomes that name no decision and for which there is none yet."""

    def settle_and_count_responses(
        self, bundle: str, rules: Sequence[PositiveRule], *, since: int, until: int
    ) -> Sequence[ResponseCount]:
        """Decisions made from ``since`` and delivered before ``until`` (ms), counted where they are alike.

        Ages and delays are whole hours below two days, whole days beyond; ``ours``: made by ``bundle``.
        Decisions that were imported, and doing nothing, are not in it.
        """

    def put_update(self, row: UpdateRow) -> None:
        """Store an update; one that is there already holds again at ``made_at``."""

    def latest_update(self, bundle: str) -> UpdateRow | None:
        """The one that was last found to hold for a bundle."""

    def propensity_update(self, bundle: str, version: str) -> UpdateRow | None:
        """The update that decided then."""


class Store(RequestStore, Protocol):
    """A database.

    What requests need, and what only those who run the service do.
    """

    @property
    def configurations(self) -> ConfigurationTable:
        """What can be delivered where and when, and what customers wish for."""

    @property
    def worklists(self) -> WorklistTable:
        """Lists of whom to contact that were asked for."""

    @property
    def keys(self) -> KeyTable:
        """The API keys."""

    @property
    def audit_log(self) -> AuditLog:
        """Who changed what, in a chain."""

    @property
    def activity(self) -> Activity:
        """How much happened by day."""

    @property
    def overview(self) -> Overview:
        """What pages ask and no request does."""

    @property
    def rollups(self) -> RollupTable:
        """Packed records of what happened, for measures."""

    def migrate(self) -> None:
        """Bring the schema to this version; harmless when it is there already."""

    def check(self) -> None:
        """Raises ``StoreError`` when the store cannot answer or has another schema."""

    def check_pages(self) -> None:
        """Raises ``StoreError`` when a page of SQLite's file is damaged; reads all of it."""

    def close(self) -> None:
        """Give back all connections."""

    def erased_at(self, ids: Collection[str]) -> Mapping[str, int]:
        """Which of the ids, of people or decisions, were erased, and when last (ms)."""

    def last_erasure(self) -> int:
        """When somebody was erased last (ms); 0: it is not known of anybody."""

    def outcomes_of(self, decision_ids: Sequence[str]) -> Sequence[OutcomeRow]: ...

    def record_withdrawals(
        self, withdraws: Mapping[str, Sequence[str]], at: int, *, again: bool = True
    ) -> int:
        """Record the refusals that stored events are, by what the journey file says now.

        Args:
            withdraws: touchpoint or outcome → the consents taken back by it.
            at: now, in ms since 1970 UTC.
            again: False: not if it was done before with the same ``withdraws``.

        Returns:
            How many people have such events.
        """

    def make_states(self, after: str, *, all_people: bool = False) -> tuple[int, str | None]:
        """Make the states of some people beyond ``after`` that are behind, or of all and compare.

        Returns:
            How many were not what they are now, and where to go on (None: done).
        """

    def catch_up_states(self) -> int:
        """Make the states that this process left behind; how many it made, 0 when there are none."""

    def settle_outcomes(self, since: int = 0) -> int:
        """Find the decisions of outcomes that name none, from what is stored now; how many were others.

        What is learned from must not depend on the order of arrival: the export does this first, and so
        does ``settle_and_count_responses``, for those that occurred at ``since`` or later.
        """

    def note_export(self, at: int) -> None:
        """All that was stored before ``at`` (ms) has been exported."""

    def exported_at(self) -> int | None:
        """The moment that the last export noted."""

    def old_rows(self, before: int, now: int) -> Mapping[str, int]:
        """How many rows of each table ``forget_old`` would delete; ``kept_open``: old decisions that stay."""

    def forget_old(self, before: int, now: int, stand: Stand = ...) -> Mapping[str, int]:
        """Delete what happened before a moment (ms) and is not open at ``now``, in portions; audited.

        What lasts of it stays in the states of people: how often each sort of event happened, first and
        last. ``stand``: and where a customer stood by the journey file (``PastReader.checkpoint``).
        Decisions go with their outcomes. Returns how many rows of each table went. Where rows lie in months
        a whole month goes at once.
        """

    def keep_months(self, now: int) -> None:
        """Make room for the month of ``now`` (ms) and the next ones, where rows lie in months.

        ``migrate`` and ``forget_old`` do it too; late or never, nothing is lost.
        """

    def shorten_log(self) -> None:
        """Do what a commit would have to do otherwise once the database's log of writes is long.

        Late or never, nothing is lost, and a commit then takes longer now and then.
        """

    def scan(self, table: str, after: str, limit: int) -> Sequence[Mapping[str, object]]:
        """Rows of a table as they lie, in the order of their ids, for the export."""

    def load(self, table: str, rows: Sequence[Mapping[str, object]]) -> Written:
        """Rows of a table as they lie, for the import; what is there already stays, the erased stay away."""
