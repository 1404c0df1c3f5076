"""Customer profiles are put, read and erased.

Everything that is held is read (art. 15 GDPR) or erased (art. 17). What a profile says of consents is
recorded in the customer's ledger; what it does not mention stays there. Objection to profiling (art. 21) is a
consent: ``{"personalization": false}`` stops every marketing action from the next decision on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from models.domain.consent import Ledger, current
from models.domain.history import from_ms, to_ms
from models.domain.ids import read_id, stored_id, why_no_id
from nba_service.customers.consents import ledger_answer
from nba_service.decisions.calls import Profile
from nba_service.decisions.checks import profile_problems
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem, StoreError, problem_of_fields
from nba_service.settings import Settings
from nba_service.store.interface import RequestStore
from nba_service.store.rows import CustomerRow

_JSON_COLUMNS: Final = ("properties", "context", "candidates", "contacts", "request", "answer")
_TIME_COLUMNS: Final = ("occurred_at", "decided_at", "delivered_at", "deliver_by", "updated_at")


class Customers:
    """Profiles and what hangs on them."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: RequestStore,
        source: EngineSource,
        clock: Callable[[], datetime],
        id_maker: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._store = store
        self._source = source
        self._clock = clock
        self._id_maker = id_maker

    def put(
        self,
        customer_id: str,
        profile: Profile,
        *,
        told_at: int | None = None,
        updated_at: int | None = None,
        source: str = "profile",
    ) -> dict[str, Any]:
        """Create or replace a profile, and make other ids aliases of the customer.

        Consents are recorded, never replaced: a refusal ends by a later grant of the same flag alone.

        Args:
            told_at: when the customer said it, in ms since 1970 UTC; None: now.
            updated_at: of when the profile is; None: ``told_at``.
            source: what told us, for the ledger.

        Raises:
            Problem: an id that cannot be, an attribute that the journey file does not allow, or
                ``ALIAS_TAKEN``; then nothing is changed.
        """
        customer_id = own_id(customer_id)
        problems = list(profile_problems(self._source.current().names, profile))
        if problems:
            raise problem_of_fields(problems)
        now = to_ms(self._clock())
        told_at = now if told_at is None else told_at
        row = CustomerRow(
            customer_id=customer_id,
            account_id=profile.account_id,
            role=profile.role,
            attributes={name: value for name, value in profile.attributes.items() if value is not None},
            consent=profile.consent,
            locale=profile.locale,
            time_zone=profile.time_zone,
            updated_at=told_at if updated_at is None else updated_at,
            consented_at=told_at,
            arrived_at=now,
            source=source,
        )
        if profile.aliases:
            self._merge(customer_id, profile.aliases, row)
        else:
            self._store.put_customers([row])
        try:
            return self._profile(customer_id)
        except StoreError:  # it is safe, in the journal
            return _profile_answer(row, row.consent, ())

    def add_aliases(self, customer_id: str, aliases: Sequence[str]) -> dict[str, Any]:
        """Make other ids aliases of the customer: history, limits and decisions become one.

        Raises:
            Problem: an id that cannot be, or ``ALIAS_TAKEN``; then nothing is changed.
        """
        customer_id = own_id(customer_id)
        self._merge(customer_id, aliases, None)
        return self._profile(customer_id)

    def _merge(self, customer_id: str, aliases: Sequence[str], profile: CustomerRow | None) -> None:
        merged = self._store.merge(
            customer_id, aliases, at=to_ms(self._clock()), ids=self._names("merge"), profile=profile
        )
        if merged.taken:
            raise Problem(
                "ALIAS_TAKEN",
                f"Expected ids that stand for nobody else, got {', '.join(map(repr, merged.taken))}."
                " An alias belongs to one customer; on a shared device give each visitor an id of their own.",
            )

    def part(self, customer_id: str, alias: str) -> dict[str, Any]:
        """Part an id from the customer it was joined with by mistake; what came in with it is its own again.

        Raises:
            Problem: ``ALIAS_UNKNOWN``, if it is no alias of the customer; then nothing is changed.
        """
        person, other = stored_id(customer_id), stored_id(alias)
        if person is None or other is None:
            raise _no_alias(customer_id, alias)
        parted = self._store.part(person, other, at=to_ms(self._clock()), ids=self._names("parting"))
        if not parted.ids:
            raise _no_alias(customer_id, alias)
        return {"customer_id": parted.person, "parted": list(parted.ids), "moved": dict(parted.moved)}

    def _profile(self, customer_id: str) -> dict[str, Any]:
        person = self._store.persons([customer_id])[customer_id]
        row = self._store.customer(person) or CustomerRow(customer_id=person)
        held = current(self._store.consents(person))
        return _profile_answer(row, held, self._store.aliases_of(person))

    def get(self, customer_id: str) -> dict[str, Any]:
        """Profile and everything that is held, newest first.

        Raises:
            Problem: ``CUSTOMER_UNKNOWN``, if nothing is held.
        """
        person = stored_id(customer_id)
        if person is None:
            raise _unknown(customer_id)
        customer_id, limit = person, self._settings.history_limit
        profile, now = self._profile(customer_id), to_ms(self._clock())
        records = self._store.records_of(customer_id, limit + 1)
        consents: Ledger = self._store.consents(customer_id)
        known = self._store.customer(customer_id) is not None or profile["aliases"] or consents
        if not known and not any(records.values()):
            raise _unknown(customer_id)
        return {
            **profile,
            "consents": ledger_answer(consents),
            **{name: [_readable(record, now) for record in rows[:limit]] for name, rows in records.items()},
            "truncated": any(len(rows) > limit for rows in records.values()),
        }

    def erase(self, customer_id: str) -> bool:
        """Forget a customer; harmless when nothing is held.

        Returns:
            Whether it is done; else the store does not answer, and it is done once it does.

        Raises:
            StoreError: neither the store nor the journal can take it.
        """
        person = stored_id(customer_id)
        if person is None:
            return True
        touched = self._store.erase(person, self._names("erased"), to_ms(self._clock()))
        return touched is not None

    def _names(self, prefix: str) -> Iterator[str]:
        while True:
            yield f"{prefix}-{self._id_maker()}"


def own_id(customer_id: str) -> str:
    """The id in its stored form, for what stores.

    Raises:
        Problem: ``FIELD_RANGE`` or ``ID_PLACEHOLDER``.
    """
    person = read_id(customer_id)
    if person is None:
        code = "FIELD_RANGE" if stored_id(customer_id) is None else "ID_PLACEHOLDER"
        raise Problem(code, why_no_id(customer_id))
    return person


def _profile_answer(row: CustomerRow, consent: Mapping[str, bool], aliases: Sequence[str]) -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "account_id": row.account_id,
        "role": row.role,
        "attributes": row.attributes,
        "consent": dict(consent),
        "locale": row.locale,
        "time_zone": row.time_zone,
        "aliases": list(aliases),
        "updated_at": from_ms(row.updated_at) if row.updated_at else None,
    }


def _readable(record: Mapping[str, Any], now: int) -> dict[str, Any]:
    """A stored row as a person asked for it; the frozen state repeats what stands in the other lists."""
    shown = {name: value for name, value in record.items() if name != "state"}
    if "deliver_by" in record:
        shown["delivery"] = _delivery(record, now)
    for name in _TIME_COLUMNS:
        if shown.get(name) is not None:
            shown[name] = from_ms(shown[name])
    for name in _JSON_COLUMNS:
        if shown.get(name) is not None:
            shown[name] = orjson.loads(shown[name])
    return shown


def _delivery(decision: Mapping[str, Any], now: int) -> str:
    """``delivered``, ``pending``, or ``closed``: its window is over and it did not reach the customer."""
    if decision["delivered_at"] is not None:
        return "delivered"
    return "closed" if (decision["deliver_by"] or now) < now else "pending"


def _no_alias(customer_id: str, alias: str) -> Problem:
    return Problem(
        "ALIAS_UNKNOWN",
        f"Expected an alias of the customer {customer_id[:200]!r}, got {alias[:200]!r}, which is none,"
        " or none any more. GET /v1/customers/{customer_id} lists the aliases there are.",
    )


def _unknown(customer_id: str) -> Problem:
    return Problem(
        "CUSTOMER_UNKNOWN",
        f"Expected the id of a customer of whom something is stored, got {customer_id[:200]!r}."
        " Store a profile first (PUT /v1/customers/{id}); a decision needs none.",
    )
