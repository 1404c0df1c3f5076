"""Calls that the store alone can answer, each bounded in time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from models.configurations.availability import AvailabilityRow
from models.domain.consent import Ledger
from models.policy.scoring.candidate_record import CandidateLayout
from models.policy.scoring.response_delays import ResponseCount
from nba_service.resilience.guarded_calls import GuardedCalls
from nba_service.store.interface import Store
from nba_service.store.records.configurations import Uploaded, Wish
from nba_service.store.rows import (
    AccountRow,
    Claim,
    CustomerRow,
    DecisionRow,
    Merged,
    Parted,
    PositiveRule,
    StoredAccount,
    StoredState,
    UpdateRow,
    Written,
)

Result = TypeVar("Result")

_UPLOAD_SECONDS: Final = 10.0
"""A table of 5,000 rows takes about one."""


class BoundedStore:
    """Calls of ``RequestStore`` that fail with the store.

    See there what each returns.
    """

    def __init__(self, plain: Store, calls: GuardedCalls, seconds: float) -> None:
        self.plain = plain
        self._calls = calls
        self._read_seconds = seconds

    def customer(self, customer_id: str) -> CustomerRow | None:
        return self._bounded(lambda: self.plain.customer(customer_id))

    def consents(self, customer_id: str) -> Ledger:
        return self._bounded(lambda: self.plain.consents(customer_id))

    def refuse(self, customer_id: str, flag: str, at: int, source: str) -> bool:
        return self._bounded(lambda: self.plain.refuse(customer_id, flag, at, source), (customer_id,))

    def persons(self, customer_ids: Sequence[str]) -> Mapping[str, str]:
        return self._bounded(lambda: self.plain.persons(customer_ids))

    def aliases_of(self, customer_id: str) -> tuple[str, ...]:
        return self._bounded(lambda: self.plain.aliases_of(customer_id))

    def used_seats(self, channels: Sequence[str], day: int) -> Mapping[str, int]:
        return self._bounded(lambda: self.plain.used_seats(channels, day))

    def decisions(self, decision_ids: Sequence[str]) -> Mapping[str, DecisionRow]:
        return self._bounded(lambda: self.plain.decisions(decision_ids))

    def decided_since(self, since: int, after: tuple[int, str], limit: int) -> Sequence[DecisionRow]:
        return self._bounded(lambda: self.plain.decided_since(since, after, limit))

    def known_decisions(self, decision_ids: Sequence[str]) -> frozenset[str]:
        return self._bounded(lambda: self.plain.known_decisions(decision_ids))

    def known_interactions(self, interaction_ids: Sequence[str]) -> frozenset[str]:
        return self._bounded(lambda: self.plain.known_interactions(interaction_ids))

    def state(self, customer_id: str, before: int, limit: int) -> StoredState:
        return self._bounded(lambda: self.plain.state(customer_id, before, limit))

    def past(self, customer_id: str) -> StoredState:
        return self._bounded(lambda: self.plain.past(customer_id))

    def pasts(self, customer_ids: Sequence[str]) -> Mapping[str, StoredState]:
        return self._bounded(lambda: self.plain.pasts(customer_ids))

    def decision_or_past(self, decision_id: str, customer_id: str) -> DecisionRow | StoredState:
        return self._bounded(lambda: self.plain.decision_or_past(decision_id, customer_id))

    def account(self, account_id: str, limit: int) -> StoredAccount:
        return self._bounded(lambda: self.plain.account(account_id, limit))

    def accounts(self, after: str, limit: int) -> Sequence[Mapping[str, object]]:
        return self._bounded(lambda: self.plain.accounts(after, limit))

    def put_account(self, row: AccountRow) -> bool:
        return self._bounded(lambda: self.plain.put_account(row), (row.account_id,))

    def put_member(
        self, customer_id: str, account_id: str | None, role: str | None, *, at: int, ids: Iterator[str]
    ) -> bool:
        return self._bounded(
            lambda: self.plain.put_member(customer_id, account_id, role, at=at, ids=ids), (customer_id,)
        )

    def forget_account(self, account_id: str, *, at: int, ids: Iterator[str]) -> int:
        return self._bounded(lambda: self.plain.forget_account(account_id, at=at, ids=ids), (account_id,))

    def availability_turn(self) -> int:
        """Another number after every change of what can be delivered; see ``ConfigurationTable``."""
        return self._bounded(lambda: self.plain.configurations.turn())

    def availability(self) -> tuple[int, Mapping[str, int], Mapping[str, Sequence[AvailabilityRow]]]:
        """What can be delivered; see ``ConfigurationTable.read``."""
        return self._bounded(lambda: self.plain.configurations.read())

    def upload_availability(
        self, configurator: str, rows: Sequence[AvailabilityRow], as_of: int, *, replace: bool
    ) -> Uploaded:
        """See ``ConfigurationTable.upload``; how long it takes says nothing of the store."""
        table = self.plain.configurations
        return self._calls.ask_aside(
            lambda: table.upload(configurator, rows, as_of, replace=replace), _UPLOAD_SECONDS
        )

    def note_wishes(self, wishes: Sequence[Wish]) -> None:
        """See ``ConfigurationTable.note_wishes``."""
        self._bounded(lambda: self.plain.configurations.note_wishes(wishes))

    def records_of(self, customer_id: str, limit: int) -> Mapping[str, Sequence[Mapping[str, object]]]:
        return self._bounded(lambda: self.plain.records_of(customer_id, limit))

    def unattributed(self, outcome_ids: Sequence[str]) -> frozenset[str]:
        return self._bounded(lambda: self.plain.unattributed(outcome_ids))

    def latest_update(self, bundle: str) -> UpdateRow | None:
        return self._bounded(lambda: self.plain.latest_update(bundle))

    def propensity_update(self, bundle: str, version: str) -> UpdateRow | None:
        return self._bounded(lambda: self.plain.propensity_update(bundle, version))

    def merge(
        self, into: str, aliases: Sequence[str], *, at: int, ids: Iterator[str], profile: CustomerRow | None
    ) -> Merged:
        return self._bounded(
            lambda: self.plain.merge(into, aliases, at=at, ids=ids, profile=profile), (into, *aliases)
        )

    def part(self, customer_id: str, alias: str, *, at: int, ids: Iterator[str]) -> Parted:
        return self._bounded(
            lambda: self.plain.part(customer_id, alias, at=at, ids=ids), (customer_id, alias)
        )

    def add_decisions(
        self, rows: Sequence[DecisionRow], claims: Mapping[str, Claim] | None = None
    ) -> Written:
        return self._bounded(lambda: self.plain.add_decisions(rows, claims))

    def put_layout(self, layout: CandidateLayout) -> None:
        self._bounded(lambda: self.plain.put_layout(layout))

    def candidates(self, row: DecisionRow) -> str | None:
        return self._bounded(lambda: self.plain.candidates(row))

    def correct_decisions(self, rows: Sequence[DecisionRow]) -> Written:
        return self._bounded(lambda: self.plain.correct_decisions(rows))

    def put_update(self, row: UpdateRow) -> None:
        self._bounded(lambda: self.plain.put_update(row))

    def settle_and_count_responses(
        self, bundle: str, rules: Sequence[PositiveRule], *, since: int, until: int
    ) -> Sequence[ResponseCount]:
        """See ``RequestStore``; how long it takes says nothing of the store, so the breaker ignores it."""
        return self._calls.ask_aside(
            lambda: self.plain.settle_and_count_responses(bundle, rules, since=since, until=until),
            self._read_seconds,
        )

    def _bounded(self, work: Callable[[], Result], about: Collection[str] = ()) -> Result:
        return self._calls.ask(work, self._read_seconds, about)
