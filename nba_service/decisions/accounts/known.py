"""An account as a decision about one of its people knows it.

Knows stored states and the names of a journey; knows nothing of how a person is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from models.domain.account import AccountState, Colleague, account_state, colleague_of
from models.domain.past import NO_PAST
from models.policy.eligibility.profiling import may_profile
from nba_service.decisions.checks import allowed_attributes
from nba_service.decisions.request_builder import held_consents
from nba_service.engine.serving import Serving
from nba_service.store.interface import RequestStore
from nba_service.store.rows import StoredAccount, StoredState

MOST_PEOPLE: Final = 100
"""How many people of an account a decision looks at, in the order of their ids."""


class KnownAccount:
    """An account and its people at a moment (ms since 1970 UTC)."""

    def __init__(self, serving: Serving, account_id: str, stored: StoredAccount, moment: int) -> None:
        self._serving = serving
        self._account_id = account_id
        self._people = stored.people
        attributes = {} if stored.account is None else stored.account.attributes
        self._attributes = allowed_attributes(serving.names.account_attributes, attributes)
        self._in_sums: Mapping[str, Colleague] = {
            person.person: _in_sums(serving, person, moment) for person in stored.people
        }

    def state_of(self, person: StoredState) -> AccountState:
        """The account as ``person`` has it."""
        others = [sums for key, sums in self._in_sums.items() if key != person.person]
        return account_state(self._account_id, role_of(self._serving, person), self._attributes, others)

    def state(self) -> AccountState:
        """The account as somebody outside of it sees it."""
        return account_state(self._account_id, "", self._attributes, self._in_sums.values())

    def others(self, person: StoredState) -> tuple[tuple[str, int], ...]:
        """Ids and versions of the other people, for a claim; none where no limit is the account's."""
        if not self._serving.names.account_limit_ms:
            return ()
        return tuple((other.person, other.version) for other in self._people if other.person != person.person)


def account_of(
    store: RequestStore, serving: Serving, person: StoredState, moment: int
) -> KnownAccount | None:
    """The account that somebody is in, at ``moment`` (ms since 1970 UTC); None: they are in none."""
    account_id = None if person.customer is None else person.customer.account_id
    if account_id is None:
        return None
    return KnownAccount(serving, account_id, store.account(account_id, MOST_PEOPLE), moment)


def by_role(serving: Serving, people: Sequence[StoredState]) -> list[StoredState]:
    """People in the order of the journey file's roles; those without one last."""
    places = {role: place for place, role in enumerate(serving.names.roles)}
    return sorted(people, key=lambda one: (places.get(role_of(serving, one), len(places)), one.person))


def role_of(serving: Serving, person: StoredState) -> str:
    """The role of a person, if the journey file has it; else empty."""
    role = None if person.customer is None else person.customer.role
    return role if role is not None and role in serving.names.roles else ""


def _in_sums(serving: Serving, person: StoredState, moment: int) -> Colleague:
    names = serving.names
    return colleague_of(
        role_of(serving, person),
        person.past or NO_PAST,
        known=may_profile(serving.journey, held_consents(names, person, moment)),
        moment=moment,
        since=moment - names.account_limit_ms,
        contact_names=names.contact,
    )
