"""What is known of a customer's account at a moment.

The people of an account have roles in it. ``AccountState`` holds what the others have done and how often they
were contacted, in sums: no id and no row of theirs, so a decision about one person keeps nothing by which
another could be told. Knows pasts and names; knows nothing of journeys or rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from models.domain.interaction import Kind
from models.domain.past.past import Past


class RoleEvents(NamedTuple):
    """Events of one name among the people of one role.

    ``people``: how many had any; ``times``: how many there were; ``last``: ms since 1970 UTC.
    """

    people: int
    times: int
    last: int


class AccountContact(NamedTuple):
    """A contact with somebody of the account; ``at``: ms since 1970 UTC."""

    at: int
    action: str | None
    channel: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody else of the account, in sums.

    ``events``: touchpoint or outcome → how often and when last; ``acted``: action → contacts; both strictly
    before the moment, and empty where consent does not let them be used. ``contacts`` count in any case.
    """

    role: str
    events: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    acted: Mapping[str, int] = field(default_factory=dict)
    contacts: tuple[AccountContact, ...] = ()


def colleague_of(
    role: str, past: Past, *, known: bool, moment: int, since: int, contact_names: Collection[str] = ()
) -> Colleague:
    """Somebody in sums.

    Args:
        known: what they did may be used, which their consent decides.
        moment: of the decision, in ms since 1970 UTC.
        since: contacts before it are left out.
        contact_names: touchpoints that are us reaching out.
    """
    return Colleague(
        role=role,
        events=own_events(past, moment) if known else {},
        acted=_acted(past, moment, contact_names) if known else {},
        contacts=tuple(_contacts(past, since, contact_names)),
    )


class Offer(NamedTuple):
    """What would be best for one of the account's people.

    No id says who it is. ``gain``: EUR over doing nothing; ``probability``: that they are the one who is
    spoken to.
    """

    role: str
    action: str
    channel: str | None
    gain: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """A customer's account, and what the other people in it did.

    Attributes:
        role: the customer's own; empty: none.
        attributes: of the account.
        people: role → how many others have it.
        seen: touchpoint or outcome → role → what the others did, strictly before the moment.
        acted: action → how often the others were contacted with it before the moment.
        contacts: with the others, since the longest window of a limit began; those ahead included.
        offers: of all its people, the chosen one's included, best first; empty: the caller named the person.
        probability: that the customer is the one who is spoken to.
    """

    account_id: str
    role: str = ""
    attributes: Mapping[str, object] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, Mapping[str, RoleEvents]] = field(default_factory=dict)
    acted: Mapping[str, int] = field(default_factory=dict)
    contacts: tuple[AccountContact, ...] = ()
    offers: tuple[Offer, ...] = ()
    probability: float = 1.0


def account_state(
    account_id: str, role: str, attributes: Mapping[str, object], others: Iterable[Colleague]
) -> AccountState:
    """The account as somebody of ``role`` has it; the order of the ``others`` changes nothing."""
    people: Counter[str] = Counter()
    seen: dict[str, dict[str, RoleEvents]] = {}
    acted: Counter[str] = Counter()
    contacts: list[AccountContact] = []
    for other in others:
        people[other.role] += 1
        acted.update(other.acted)
        contacts += other.contacts
        for name, (times, last) in other.events.items():
            by_role = seen.setdefault(name, {})
            held = by_role.get(other.role, RoleEvents(0, 0, last))
            by_role[other.role] = RoleEvents(held.people + 1, held.times + times, max(held.last, last))
    return AccountState(
        account_id=account_id,
        role=role,
        attributes=attributes,
        people=dict(sorted(people.items())),
        seen={name: dict(sorted(seen[name].items())) for name in sorted(seen)},
        acted=dict(sorted(acted.items())),
        contacts=tuple(sorted(contacts, key=lambda one: (one.at, one.action or "", one.channel or ""))),
    )


def own_events(past: Past, moment: int) -> dict[str, tuple[int, int]]:
    """Name → how often and when last before a moment."""
    found: dict[str, tuple[int, int]] = {}
    for code, count, last in _by_sort(past, moment):
        name = past.vocabulary.sorts[code].name
        times, latest = found.get(name, (0, last))
        found[name] = (times + count, max(latest, last))
    return found


def _acted(past: Past, moment: int, names: Collection[str]) -> Counter[str]:
    acted: Counter[str] = Counter()
    for code, count, _ in _by_sort(past, moment):
        sort = past.vocabulary.sorts[code]
        if sort.action is not None and (sort.kind == Kind.CONTACT or sort.name in names):
            acted[sort.action] += count
    return acted


def _by_sort(past: Past, moment: int) -> Iterable[tuple[int, int, int]]:
    """Code of a sort, how often and when last before a moment, of those that happened."""
    end = int(past.at.searchsorted(moment))
    size = len(past.vocabulary.sorts)
    count = np.bincount(past.sort[:end], minlength=size)
    last = np.zeros(size, dtype=np.int64)
    last[past.sort[:end]] = past.at[:end]  # ascending in time: the last one stays
    totals = past.totals
    if len(totals):
        count[totals.sort] += totals.count
        last[totals.sort] = np.maximum(last[totals.sort], totals.last)
    codes = count.nonzero()[0]
    return zip(codes.tolist(), count[codes].tolist(), last[codes].tolist(), strict=True)


def _contacts(past: Past, since: int, names: Collection[str]) -> Iterable[AccountContact]:
    begin = int(past.at.searchsorted(since))
    if begin == len(past):
        return
    sorts = past.vocabulary.sorts
    reached = [sort.kind == Kind.CONTACT or sort.name in names for sort in sorts]
    for code, at in zip(past.sort[begin:].tolist(), past.at[begin:].tolist(), strict=True):
        if reached[code]:
            yield AccountContact(at, sorts[code].action, sorts[code].channel)
