"""Packed records of what happened, one row each.

Everything that measures look at, without texts: a name is its code in ``Names``, a customer the hash of
their id, a time milliseconds since 1970 UTC. Records of a fixed width can be kept as they lie in memory, put
end to end and filtered at once. Knows widths and codes; knows nothing of where records come from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.arrays import Records

DECISION: Final = np.dtype(
    [
        ("customer", "<u8"),
        ("at", "<i8"),  # decided
        ("delivered", "<i8"),  # 0: not a contact, or not delivered
        ("until", "<i8"),  # end of the response window
        ("phase", "<i4"),
        ("action", "<i4"),
        ("channel", "<i4"),
        ("arm", "<i4"),
        ("bundle", "<i4"),
        ("reason", "<i4"),
        ("drop_out", "<i4"),  # of a forced nothing: the code that refused most
        ("our_action", "<i4"),  # what we would have done where a caller decided; 0: we decided
        ("our_channel", "<i4"),
        ("our_arm", "<i4"),
        ("contacts", "<i4"),  # treatments delivered by it
        ("variant", "<i4"),  # of the texts of the first rank; 0: none
        ("variant_probability", "<f8"),  # NaN: none
        ("probability", "<f8"),  # NaN: the log has none
        (
            "our_probability",
            "<f8",
        ),  # of the caller's choice, by our policy; NaN: no candidate
        ("propensity", "<f8"),
        ("value", "<f8"),  # EUR of outcomes in the window, and of a positive response
        ("cost", "<f8"),
        ("responded", "<u1"),
    ]
)
EVENT: Final = np.dtype(
    [
        ("customer", "<u8"),
        ("at", "<i8"),
        ("touchpoint", "<i4"),
        ("channel", "<i4"),
        ("phase", "<i4"),  # in which it happened
        ("contact", "<u1"),  # it was us reaching out
        ("value", "<f8"),
    ]
)
MOVE: Final = np.dtype(
    [
        ("customer", "<u8"),
        ("at", "<i8"),
        ("since", "<i8"),  # when the phase before was entered
        ("before", "<i4"),  # 0: the customer was first seen
        ("phase", "<i4"),
        ("lapsed", "<u1"),
        ("value", "<f8"),  # EUR of entering
    ]
)
REFUSAL: Final = np.dtype(
    [
        ("customer", "<u8"),
        ("at", "<i8"),  # of the decision
        ("phase", "<i4"),
        ("channel", "<i4"),
        ("tier", "<i4"),
        ("code", "<i4"),
        ("treatments", "<i4"),
        ("alone", "<i4"),  # that it alone refused, of a forced nothing; -1: not worked out
    ]
)
SHADOW: Final = np.dtype(  # what a bundle on trial would have done
    [
        ("customer", "<u8"),
        ("at", "<i8"),  # of the decision
        ("bundle", "<i4"),
        ("action", "<i4"),
        ("channel", "<i4"),
        ("failed", "<u1"),
        ("probability", "<f8"),  # with which it would have done what was done
    ]
)
TRAIT: Final = np.dtype(  # what is known of a customer as they are, one record a value
    [
        ("customer", "<u8"),
        ("at", "<i8"),  # the newest thing that is stored of them
        ("field", "<i4"),  # a name such as attributes.age, consent.email or locale
        ("value", "<f8"),  # a number, 1 or 0, or the code of a text
    ]
)
KINDS: Final = {
    "decisions": DECISION,
    "events": EVENT,
    "moves": MOVE,
    "refusals": REFUSAL,
    "shadows": SHADOW,
    "traits": TRAIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What happened, as records of each kind."""

    decisions: Records
    events: Records
    moves: Records
    refusals: Records
    shadows: Records = field(default_factory=lambda: np.zeros(0, dtype=SHADOW))
    traits: Records = field(default_factory=lambda: np.zeros(0, dtype=TRAIT))

    def of(self, kind: str) -> Records:
        """The records of one of ``KINDS``."""
        records: Records = getattr(self, kind)
        return records


class Names:
    """Codes of names; 0 is no name.

    From 1 in the order in which they were first seen.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = ["", *names]
        self._codes = {name: code for code, name in enumerate(self._names)}

    def code(self, name: str | None) -> int:
        """The code of a name, which gets one now if it has none."""
        known = self._codes.get(name or "")
        if known is None:
            known = self._codes[name or ""] = len(self._names)
            self._names.append(name or "")
        return known

    def find(self, name: str | None) -> int:
        """The code of a name; -1, which no record has, if it was never seen."""
        return self._codes.get(name or "", -1)

    def name(self, code: int) -> str:
        return self._names[code]

    def known(self) -> Sequence[str]:
        """All names, that of code 1 first."""
        return self._names[1:]

    def codes(self, names: Iterable[str | None]) -> NDArray[np.int32]:
        """The codes of many names."""
        code = self.code
        return np.fromiter((code(name) for name in names), dtype=np.int32)


def customer_hash(customer_id: str) -> int:
    """The customer in records: 64 bits, the same in every process.

    Example:
        >>> customer_hash("c-1042")
        4377842352790255597
    """
    return int.from_bytes(hashlib.blake2b(customer_id.encode(), digest_size=8).digest(), "little")


def customers_in(records: Records) -> int:
    """How many different customers there are in records."""
    return len(np.unique(records["customer"]))
