"""Accounts are put, read and deleted, and people put into them.

Who is in an account, and in which role, is part of each person's profile: what erases, merges or parts people
does it with their memberships as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from models.domain.history import from_ms, to_ms
from models.domain.ids import stored_id
from models.domain.interaction import Kind
from nba_service.customers.profiles import own_id
from nba_service.decisions.accounts.known import MOST_PEOPLE, KnownAccount, by_role, role_of
from nba_service.decisions.calls import AccountCall, MemberCall
from nba_service.decisions.checks import attribute_problems, unknown_names
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.store.interface import RequestStore
from nba_service.store.rows import AccountRow, StoredAccount, StoredState


class Accounts:
    """Accounts and their people."""

    def __init__(
        self,
        *,
        store: RequestStore,
        source: EngineSource,
        clock: Callable[[], datetime],
        id_maker: Callable[[], str],
    ) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._id_maker = id_maker

    def put(self, account_id: str, call: AccountCall) -> dict[str, Any]:
        """Create or replace an account.

        Raises:
            Problem: an id that cannot be, or an attribute that the journey file does not allow; then nothing
                is changed.
        """
        account_id = own_id(account_id)
        serving = self._with_accounts("attributes")
        problems = list(attribute_problems(serving.names.account_attributes, call.attributes))
        if problems:
            raise problem_of_fields(problems)
        attributes = {name: value for name, value in call.attributes.items() if value is not None}
        row = AccountRow(account_id=account_id, attributes=attributes, updated_at=to_ms(self._clock()))
        self._store.put_account(row)
        return self._answer(serving, account_id, self._store.account(account_id, MOST_PEOPLE))

    def put_member(self, account_id: str, customer_id: str, call: MemberCall) -> dict[str, Any]:
        """Put somebody into an account, or change their role in it.

        Raises:
            Problem: an id that cannot be, a role that the journey file does not have, or ``ACCOUNT_FULL``;
                then nothing is changed.
        """
        account_id, customer_id = own_id(account_id), own_id(customer_id)
        serving = self._with_accounts("role")
        problems = list(unknown_names("role", "role", [call.role] if call.role else [], serving.names.roles))
        if problems:
            raise problem_of_fields(problems)
        self._check_room(account_id, customer_id)
        at = to_ms(self._clock())
        self._store.put_member(customer_id, account_id, call.role, at=at, ids=self._names("membership"))
        return self._answer(serving, account_id, self._store.account(account_id, MOST_PEOPLE))

    def remove_member(self, account_id: str, customer_id: str) -> None:
        """Take somebody out of an account; harmless when they are not in it."""
        person = stored_id(customer_id)
        stored = None if person is None else self._store.customer(person)
        if stored is not None and stored.account_id == stored_id(account_id):
            at = to_ms(self._clock())
            self._store.put_member(stored.customer_id, None, None, at=at, ids=self._names("membership"))

    def get(self, account_id: str) -> dict[str, Any]:
        """An account, its phase and its people.

        Raises:
            Problem: ``ACCOUNT_UNKNOWN``, if there is no such account and nobody is in it.
        """
        stored = self._store.account(stored_id(account_id) or "", MOST_PEOPLE)
        if stored.account is None and not stored.people:
            raise Problem(
                "ACCOUNT_UNKNOWN",
                f"Expected the id of an account, got {account_id[:200]!r}, which there is not."
                " Put it first: PUT /v1/accounts/{account_id}.",
            )
        return self._answer(self._source.current(), account_id, stored)

    def delete(self, account_id: str) -> None:
        """Delete an account; its people stay, without one. Harmless when there is none."""
        known = stored_id(account_id)
        if known is not None:
            self._store.forget_account(known, at=to_ms(self._clock()), ids=self._names("membership"))

    def _answer(self, serving: Serving, account_id: str, stored: StoredAccount) -> dict[str, Any]:
        moment = to_ms(self._clock())
        row = stored.account or AccountRow(account_id=account_id)
        engine, phase = serving.engine, None
        if engine.has_account_phases:
            known = KnownAccount(serving, account_id, stored, moment)
            phase = engine.account_phase(known.state(), moment)
        return {
            "account_id": account_id,
            "attributes": dict(row.attributes),
            "phase": phase,
            "people": [_person(serving, person) for person in by_role(serving, stored.people)],
            "updated_at": from_ms(row.updated_at) if row.updated_at else None,
        }

    def _with_accounts(self, field: str) -> Serving:
        serving = self._source.current()
        if not serving.names.accounts:
            text = "expected a journey file with accounts, got one without. Declare accounts there first."
            raise problem_of_fields([FieldProblem(field=field, code="UNKNOWN_NAME", detail=text)])
        return serving

    def _check_room(self, account_id: str, customer_id: str) -> None:
        people = self._store.account(account_id, MOST_PEOPLE).people
        person = self._store.persons([customer_id])[customer_id]
        if len(people) >= MOST_PEOPLE and person not in {one.person for one in people}:
            raise Problem(
                "ACCOUNT_FULL",
                f"Expected at most {MOST_PEOPLE} people in the account {account_id!r}, got one more."
                " Put those who decide nothing elsewhere, or part the account.",
            )

    def _names(self, prefix: str) -> Iterator[str]:
        while True:
            yield f"{prefix}-{self._id_maker()}"


def _person(serving: Serving, person: StoredState) -> dict[str, Any]:
    return {
        "customer_id": person.person,
        "role": role_of(serving, person) or None,
        "last_contact_at": _last(serving, person, contact=True),
        "last_event_at": _last(serving, person, contact=False),
    }


def _last(serving: Serving, person: StoredState, *, contact: bool) -> datetime | None:
    """The last contact, or the last thing that they did themselves or answered."""
    past = person.past
    if past is None:
        return None
    sorts = past.vocabulary.sorts
    reached = [sort.kind == Kind.CONTACT or sort.name in serving.names.contact for sort in sorts]
    events = zip(past.sort.tolist(), past.at.tolist(), strict=True)
    times = [at for code, at in events if reached[code] is contact]
    return from_ms(times[-1]) if times else None
