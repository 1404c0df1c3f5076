"""The customers of one bucket, and decisions about them.

People of an account are decided for one after the other where a limit is the account's, so that it holds
within a run too. Knows logs and engines; knows nothing of rows, files or passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.arrays import Ints
from models.domain.account import AccountContact
from models.domain.actions import LimitOf
from models.domain.configurations import Configured
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.domain.past import NO_PAST
from models.policy.batch.deliverable import Searches, configurators_used, configured_for
from models.policy.batch.deliverable import Tables as Availability
from models.policy.engine import Engine
from models.policy.steps import DecisionSteps, run_all_steps, run_steps, run_steps_in
from training.batch.requests import Mailing, positions_of, requests_of, with_past_at
from training.data.encode import Log, encode
from training.data.tables import Tables
from training.rows.account_phases import NO_ATTRIBUTES, AccountsThen

Contacts = tuple[AccountContact, ...]


class Bucket:
    """Whole customers, and whole accounts where the journey has any.

    Args:
        accounts: account → its attributes.
        availability: of the choices of configurators.
    """

    def __init__(
        self,
        tables: Tables,
        journey: Journey,
        accounts: Mapping[str, Mapping[str, object]] = NO_ATTRIBUTES,
        availability: Availability | None = None,
    ) -> None:
        self.log: Log = encode(tables, journey)
        self._journey = journey
        self._accounts = None if journey.accounts is None else AccountsThen(journey, self.log, accounts)
        self._availability = availability or Availability()
        self._configures, self._searches = bool(configurators_used(journey)), Searches()
        self._in_turns = any(limit.per is LimitOf.ACCOUNT for limit in journey.contact_limits)

    def steps(
        self,
        engine: Engine,
        audience: Sequence[str],
        mailing: Mailing,
        rooms: Mapping[str, int],
        colleagues: Mapping[str, Contacts] | None = None,
    ) -> Iterator[tuple[int, DecisionSteps]]:
        """Of everybody, with their position in the audience; those whom the log does not know are strangers.

        Args:
            rooms: channel → contacts that its day has left.
            colleagues: customer → contacts of this run with other people of their account; None: those that
                are decided on here, person after person.
        """
        requests = [
            replace(each, rooms=rooms, configured=self._configured(each))
            for each in requests_of(self.log, audience, mailing)
        ]
        places = positions_of(self.log, audience)
        if self._accounts is None:
            yield from self._together(engine, requests, places, np.arange(len(audience)))
        elif colleagues is not None or not self._in_turns:
            told = colleagues or {}
            own = [
                self._with_account(request, place, told.get(request.customer.customer_id, ()))
                for request, place in zip(requests, places.tolist(), strict=True)
            ]
            yield from self._of_accounts(engine, own, places, np.arange(len(audience)))
        else:
            yield from self._turns(engine, requests, places)

    def _configured(self, request: DecisionRequest) -> Mapping[str, Configured] | None:
        """What can be delivered to the customer; None: no action speaks of it."""
        if not self._configures:
            return None
        return configured_for(self._journey, self._availability, request, self._searches)

    def _turns(
        self, engine: Engine, requests: list[DecisionRequest], places: Ints
    ) -> Iterator[tuple[int, DecisionSteps]]:
        """First one person of each account, by their ids, then the next, who knows of the contacts before."""
        turns: list[list[int]] = []
        count: dict[str, int] = {}
        for index in sorted(range(len(requests)), key=lambda at: requests[at].customer.customer_id):
            account = self._account_of(int(places[index]))
            turn = 0 if account is None else count.get(account, 0)
            if account is not None:
                count[account] = turn + 1
            if turn == len(turns):
                turns.append([])
            turns[turn].append(index)
        contacts: dict[str, Contacts] = {}
        for turn_of in turns:
            for at in turn_of:
                account = self._account_of(int(places[at]))
                before = () if account is None else contacts.get(account, ())
                requests[at] = self._with_account(requests[at], int(places[at]), before)
            for at, steps in self._of_accounts(engine, requests, places, np.array(turn_of, dtype=np.int64)):
                contact = _contact(engine, steps)
                if contact is not None and (own := requests[at].account) is not None:
                    contacts[own.account_id] = (*contacts.get(own.account_id, ()), contact)
                yield at, steps

    def _account_of(self, place: int) -> str | None:
        return self.log.accounts[place] if place >= 0 else None

    def _with_account(self, request: DecisionRequest, place: int, contacts: Contacts) -> DecisionRequest:
        if place < 0 or self._accounts is None:
            return request
        account = self._accounts.state_of(place, to_ms(request.decided_at))
        if account is None:
            return request
        return replace(request, account=replace(account, contacts=(*account.contacts, *contacts)))

    def _of_accounts(
        self, engine: Engine, requests: Sequence[DecisionRequest], places: Ints, at: Ints
    ) -> Iterator[tuple[int, DecisionSteps]]:
        """People in phases of their accounts go by themselves."""
        alone = np.array([engine.has_account_phases and requests[i].account is not None for i in at], bool)
        for index in at[alone].tolist():
            request = with_past_at(self._journey, self.log, requests[index], int(places[index]))
            yield index, run_steps(engine, request)
        yield from self._together(engine, requests, places, at[~alone])

    def _together(
        self, engine: Engine, requests: Sequence[DecisionRequest], places: Ints, at: Ints
    ) -> Iterator[tuple[int, DecisionSteps]]:
        known = at[places[at] >= 0]
        ours = [requests[index] for index in known.tolist()]
        for index, steps in run_steps_in(engine, ours, self.log.history, places[known]):
            yield int(known[index]), steps
        strangers = at[places[at] < 0].tolist()
        yield from zip(
            strangers,
            run_all_steps(engine, [replace(requests[index], past=NO_PAST) for index in strangers]),
            strict=True,
        )


def _contact(engine: Engine, steps: DecisionSteps) -> AccountContact | None:
    """The contact that a decision is; None: it does nothing."""
    code = int(steps.candidates[steps.picks[0].candidate])
    if code == 0:
        return None
    treatment = engine.journey.treatments[code]
    return AccountContact(to_ms(steps.request.decided_at), treatment.action, treatment.channel)
