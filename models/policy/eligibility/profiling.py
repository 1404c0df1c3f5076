"""Whether what is known of a customer may be used.

Knows consent and what the journey file demands. Without leave a customer is chosen for like a stranger:
no attributes, no past, the phase that the caller states or else the first. Barriers still see everything,
because all they can do is hold back: limits, repeats, and rules such as "not while a ticket is open".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from models.domain.decision import DecisionRequest
from models.domain.journey import Journey

OBJECTION: Final = "personalization"
"""The consent flag whose explicit ``false`` forbids profiling in every journey (art. 21 GDPR)."""


def may_profile(journey: Journey, consent: Mapping[str, bool]) -> bool:
    """Whether the customer's profile and past may be used."""
    if consent.get(OBJECTION) is False:
        return False
    needed = journey.profile_consent
    return needed is None or consent.get(needed) is True


def as_stranger(request: DecisionRequest) -> DecisionRequest:
    """The request without anything that is known of the customer but id, place and consent."""
    customer = replace(request.customer, attributes={})
    return replace(request, customer=customer, interactions=(), past=None, account=None)
