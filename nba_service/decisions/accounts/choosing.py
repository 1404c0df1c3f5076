"""Which of an account's people a decision is about.

Every person's decision is worked out; ``choose_person`` shares out the probability and draws. Nothing is
stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.errors import NBAError
from models.policy.choose_person import Spoken, choose_person
from models.policy.steps import run_steps
from nba_service.decisions import degraded
from nba_service.decisions.accounts.known import KnownAccount, by_role
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.degraded import Degraded
from nba_service.decisions.render import Asked
from nba_service.decisions.request_builder import build_request
from nba_service.engine.serving import Serving
from nba_service.errors import Problem
from nba_service.store.rows import StoredAccount, StoredState

log: Final = structlog.get_logger(__name__)


def choose_of_account(
    serving: Serving,
    call: DecisionCall,
    stored: StoredAccount,
    *,
    decision_id: str,
    decided_at: datetime,
    rooms: Mapping[str, int],
    complete: Callable[[StoredState], StoredState],
) -> Asked:
    """The request about the person whom a decision for an account is about.

    Args:
        complete: gives a state what phase rules need beyond the kept past.

    Raises:
        Problem: ``ACCOUNT_UNKNOWN``, where nobody is in the account.
    """
    account_id = call.account_id or ""
    if not stored.people:
        raise no_people(account_id)
    known = KnownAccount(serving, account_id, stored, to_ms(decided_at))
    people = by_role(serving, stored.people)
    requests = [
        build_request(
            serving.names,
            call,
            complete(person),
            decision_id=decision_id,
            decided_at=decided_at,
            rooms=rooms,
            account=known.state_of(person),
        )
        for person in people
    ]
    serving, spoken, failed = _spoken(serving, requests, decision_id)
    request, person = requests[spoken.position], people[spoken.position]
    if request.account is None:
        raise AssertionError("every request of an account has it")
    account = replace(request.account, offers=spoken.offers, probability=spoken.probability)
    return Asked(
        serving,
        call,
        replace(request, account=account),
        (*degraded.of_copy(serving.copied), *failed),
        person.version,
        known.others(person),
    )


def no_people(account_id: str) -> Problem:
    """Nobody is in an account."""
    return Problem(
        "ACCOUNT_UNKNOWN",
        f"Expected the id of an account with people, got {account_id[:200]!r}, which has none."
        " Put them there first: PUT /v1/accounts/{account_id}/people/{customer_id}.",
    )


def _spoken(
    serving: Serving, requests: Sequence[DecisionRequest], decision_id: str
) -> tuple[Serving, Spoken, tuple[Degraded, ...]]:
    """Who is drawn; in playbook order if the models fail, as nothing that a customer asks for may."""
    try:
        return serving, _drawn(serving, requests, decision_id), ()
    except NBAError:
        raise
    except Exception:
        log.exception("models_failed", bundle=serving.bundle_id)
        if serving.engine.models is None:
            raise
        serving = serving.playbook()
        return serving, _drawn(serving, requests, decision_id), (Degraded.MODEL_FAILED,)


def _drawn(serving: Serving, requests: Sequence[DecisionRequest], decision_id: str) -> Spoken:
    return choose_person(serving.engine, [run_steps(serving.engine, r) for r in requests], decision_id)
