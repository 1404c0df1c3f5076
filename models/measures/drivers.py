"""What makes the worth of a customer.

Contacts, responses to them, and EUR of a response.

Contacts per customer × responses per contact × EUR per response = EUR per customer; the difference between
two arms is shared out among the three so that the parts add up.

Source: Ang, "The LMDI approach to decomposition analysis", Energy Policy 2005 (logarithmic means).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isclose, log
from typing import Any

import numpy as np

from models.arrays import Mask
from models.measures.customers import Customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """The three factors and their product.

    0 where there is nothing to divide by.
    """

    customers: int
    contacts_per_customer: float
    responses_per_contact: float
    eur_per_response: float
    eur_per_customer: float

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def drivers_of(customers: Customers, members: Mask) -> Drivers:
    """The factors of the customers ``members``, shape (n,)."""
    n = int(members.sum())
    contacts = float(customers.contacts[members].sum())
    responses = float(customers.responses[members].sum())
    value = float(customers.value[members].sum())
    return Drivers(
        customers=n,
        contacts_per_customer=_ratio(contacts, n),
        responses_per_contact=_ratio(responses, contacts),
        eur_per_response=_ratio(value, responses),
        eur_per_customer=_ratio(value, n),
    )


def shares_of_difference(ours: Drivers, theirs: Drivers) -> dict[str, float] | None:
    """EUR of the difference by factor, which add up; None where a factor is not above 0.

    Example:
        >>> ours = Drivers(customers=1, contacts_per_customer=2, responses_per_contact=0.1,
        ...     eur_per_response=50, eur_per_customer=10)
        >>> theirs = Drivers(customers=1, contacts_per_customer=1, responses_per_contact=0.1,
        ...     eur_per_response=50, eur_per_customer=5)
        >>> shares_of_difference(ours, theirs)
        {'contacts': 5.0, 'responses': 0.0, 'value': 0.0}
    """
    names = {
        "contacts": "contacts_per_customer",
        "responses": "responses_per_contact",
        "value": "eur_per_response",
    }
    pairs = {name: (getattr(ours, field), getattr(theirs, field)) for name, field in names.items()}
    if any(min(pair) <= 0 for pair in pairs.values()):
        return None
    a, b = ours.eur_per_customer, theirs.eur_per_customer
    mean = a if isclose(a, b) else (a - b) / log(a / b)
    return {name: round(mean * log(one / other), 9) + 0.0 for name, (one, other) in pairs.items()}


def everybody(customers: Customers) -> Mask:
    """All of them."""
    return np.ones(len(customers), dtype=bool)


def _ratio(above: float, below: float) -> float:
    return above / below if below else 0.0
