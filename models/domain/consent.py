"""The consent ledger of one person.

For each flag it keeps the last grant and the last refusal that were told.

A refusal is a fact that is kept. It ends only by a later, explicit grant of the same flag. Later is what
happened later; of two that happened in the same instant, what arrived later; if that cannot be told either,
the refusal holds. Nothing happens after it was told: a statement from a clock that runs ahead counts
from its arrival, so such a refusal holds at once and such a grant outranks no later refusal.

Knows statements and time; knows nothing of who told them to whom. Ledgers are values: every function
returns another one. ``merge`` is commutative, associative and idempotent, so the order in which statements
arrive and people are merged changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Statement(NamedTuple):
    """That a consent was given or refused.

    ``at``: when the person said so; ``arrived_at``: when we were told; both in ms since 1970 UTC. ``source``:
    ``profile``, ``segment``, ``import``, or the touchpoint or outcome that withdrew it. ``order``: of what
    arrived in the same millisecond (``heard``).
    """

    at: int
    arrived_at: int
    source: str
    order: int = 0

    @property
    def rank(self) -> tuple[int, int, int]:
        """What comes later is greater; nothing happened after it arrived."""
        return min(self.at, self.arrived_at), self.arrived_at, self.order


class Standing(NamedTuple):
    """The last grant and the last refusal of one flag."""

    granted: Statement | None = None
    refused: Statement | None = None

    @property
    def given(self) -> bool:
        """Whether the consent is given now."""
        if self.granted is None or self.refused is None:
            return self.refused is None
        return self.granted.rank > self.refused.rank


Ledger = Mapping[str, Standing]
"""By flag."""


class Consent(NamedTuple):
    """One statement about one flag.

    ``told_as``: the id it came in with; None: the person's own.
    """

    flag: str
    given: bool
    statement: Statement
    told_as: str | None = None


NO_CONSENTS: Final[Ledger] = MappingProxyType({})


def record(ledger: Ledger, *consents: Consent) -> Ledger:
    """The ledger with more statements.

    Example:
        >>> told = record(NO_CONSENTS, Consent("email", True, Statement(1, 1, "profile")))
        >>> current(record(told, Consent("email", False, Statement(2, 2, "unsubscribe"))))
        {'email': False}
    """
    for flag, given, statement, _ in consents:
        new = Standing(granted=statement) if given else Standing(refused=statement)
        ledger = merge(ledger, {flag: new})
    return ledger


def heard(ledger: Ledger, consent: Consent) -> Consent:
    """The consent as it is to be recorded by somebody who hears of it after all that is in the ledger.

    A clock of milliseconds cannot tell; what happened and arrived in the same one gets an order.
    """
    standing = ledger.get(consent.flag, Standing())
    other, told = standing.refused if consent.given else standing.granted, consent.statement
    if other is None or other.rank[:2] != told.rank[:2]:
        return consent
    return consent._replace(statement=told._replace(order=other.order + 1))


def refuse_by_event(ledger: Ledger, flag: str, at: int, source: str) -> Ledger:
    """The ledger with a refusal that is known by its event alone, not by when it arrived.

    Nothing changes if a refusal of that time or a later one is there: then the event was recorded before.
    """
    refused = ledger.get(flag, Standing()).refused
    if refused is not None and refused.at >= at:
        return ledger
    return record(ledger, Consent(flag, False, Statement(at, at, source)))


def merge(one: Ledger, other: Ledger) -> Ledger:
    """The ledger of two people who turn out to be one: of each flag the last grant and the last refusal."""
    merged = dict(one)
    for flag, standing in other.items():
        mine = merged.get(flag, Standing())
        merged[flag] = Standing(
            granted=_later(mine.granted, standing.granted), refused=_later(mine.refused, standing.refused)
        )
    return merged


def refusals(ledger: Ledger) -> dict[str, Standing]:
    """The ledger without its grants."""
    return {
        flag: Standing(refused=standing.refused)
        for flag, standing in ledger.items()
        if standing.refused is not None
    }


def current(ledger: Ledger) -> dict[str, bool]:
    """What holds now: flag → given. Flags of which nothing was told are missing."""
    return {flag: standing.given for flag, standing in ledger.items()}


def _later(one: Statement | None, other: Statement | None) -> Statement | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda statement: (statement.rank, statement))
