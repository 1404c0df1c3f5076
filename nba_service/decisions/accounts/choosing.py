"""Which of an account's people a decision is about.

Every person's decision is worked out; ``choose_person`` shares out the probability and draws. Nothing is
stored here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from models.domain.history import to_ms
from models.policy.choose_person import choose_person
from models.policy.steps import run_steps
from nba_service.decisions import degraded
from nba_service.decisions.accounts.known import KnownAccount, by_role
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.configurations.deliverable import DeliverableNow
from nba_service.decisions.render import Asked, with_models_or_playbook
from nba_service.decisions.request_builder import build_request
from nba_service.engine.serving import Serving
from nba_service.errors import Problem
from nba_service.store.rows import StoredAccount, StoredState


def choose_of_account(
    serving: Serving,
    call: DecisionCall,
    stored: StoredAccount,
    *,
    decision_id: str,
    decided_at: datetime,
    rooms: Mapping[str, int],
    complete: Callable[[StoredState], StoredState],
    deliverable: DeliverableNow | None = None,
) -> Asked:
    """The request about the person whom a decision for an account is about.

    Args:
        complete: gives a state what phase rules need beyond the kept past.
        deliverable: what configurations can be delivered to each of them.

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
    if deliverable is not None:
        requests = [replace(request, configured=deliverable.of(request)) for request in requests]
    serving, spoken, failed = with_models_or_playbook(
        serving, lambda engine: choose_person(engine, [run_steps(engine, r) for r in requests], decision_id)
    )
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
