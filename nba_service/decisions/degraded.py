"""Reasons why an answer is degraded.

What kept a decision from being as good as it can be, and how the answer says so. Knows the reasons;
docs/reference/api.md explains each. Knows nothing of how they come about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from nba_service.content.failure import Fallback
from nba_service.decisions.answers import Answer
from nba_service.errors import ContentionError, StoreError
from nba_service.resilience.errors import StoreCatchingUpError, StoreTimeoutError


class Degraded(StrEnum):
    """Why an answer is degraded."""

    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"  # decided from what the caller sent
    STORE_SLOW = "STORE_SLOW"  # the same: it did not answer within the deadline
    STORE_CATCHING_UP = "STORE_CATCHING_UP"  # the same: what waits in the journal is not in it yet
    CUSTOMER_BUSY = "CUSTOMER_BUSY"  # the same: others kept writing about this customer
    NOT_RECORDED = "NOT_RECORDED"  # neither store nor journal could keep it
    REGISTRY_UNAVAILABLE = "REGISTRY_UNAVAILABLE"  # a copy of the bundle that decided last does
    MODEL_UNAVAILABLE = "MODEL_UNAVAILABLE"  # no bundle: playbook order
    MODEL_FAILED = "MODEL_FAILED"  # the models could not be asked: playbook order
    CONTENT_FAILED = "CONTENT_FAILED"  # a template failed: the action's label
    EXPLANATION_FAILED = "EXPLANATION_FAILED"  # the reasons could not be worked out: without them
    TOO_LATE = "TOO_LATE"  # something that was asked for was not ready: the explanation


def reason_of(error: StoreError) -> Degraded:
    """Why a decision is made without the store."""
    if isinstance(error, ContentionError):
        return Degraded.CUSTOMER_BUSY
    if isinstance(error, StoreCatchingUpError):
        return Degraded.STORE_CATCHING_UP
    return Degraded.STORE_SLOW if isinstance(error, StoreTimeoutError) else Degraded.STORE_UNAVAILABLE


def of_copy(copied: bool) -> tuple[Degraded, ...]:
    """Whether what decides may be old: a copy, because the registry could not be asked."""
    return (Degraded.REGISTRY_UNAVAILABLE,) if copied else ()


def mark(answer: Answer, *reasons: Degraded) -> Answer:
    """A copy of the answer with more reasons."""
    marked = answer.copy()
    if reasons:
        marked["degraded"] = True
        marked["degraded_by"] = list(
            dict.fromkeys([*answer["degraded_by"], *(reason.value for reason in reasons)])
        )
    return marked


def circumstances(answer: Answer) -> tuple[Degraded, ...]:
    """The reasons of a recorded answer, which deciding again cannot find out."""
    return tuple(Degraded(reason) for reason in answer.get("degraded_by", ()))


def of_contents(contents: Iterable[Mapping[str, str] | None]) -> tuple[Degraded, ...]:
    """Whether a text that is written could not be shown."""
    fallbacks = {content["fallback"] for content in contents if content is not None and content["fallback"]}
    return (Degraded.CONTENT_FAILED,) if fallbacks - {Fallback.NO_CONTENT.value} else ()
