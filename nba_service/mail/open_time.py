"""What a mail shows when it is opened.

Decided at the first look, from what is known by then. The mail was prepared when it was sent
(``MailContent``); its links name that decision. The one of open time is stored and holds, so that the picture
and the click agree, however often either is fetched. An open is never reported as an outcome.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import orjson

from nba_service.api.decisions.requests import DecisionSchema
from nba_service.clock import Clock
from nba_service.decisions.calls import DecisionCall, WindowCall
from nba_service.decisions.decide import Decisions
from nba_service.errors import Problem
from nba_service.mail.content import MailContent
from nba_service.mail.signed_links import LinkTarget
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import DELIVERED, DecisionRow

_SCHEMA: Final = DecisionSchema()


class OpenTimeDecisions:
    """The decisions of open time, each made once."""

    def __init__(
        self, *, store: ResilientStore, decisions: Decisions, mail_content: MailContent, clock: Clock
    ) -> None:
        self._store = store
        self._decisions = decisions
        self._mails = mail_content
        self._clock = clock

    def sent(self, target: LinkTarget) -> DecisionRow | None:
        """The decision that the mail was sent with; None: it is not there."""
        return self._row(target.decision_id)

    def opened(self, target: LinkTarget, *, decide: bool) -> DecisionRow | None:
        """The decision of open time; made now if there is none and ``decide``. None: there is none."""
        decision_id = f"open/{target.decision_id.rpartition('/')[2]}"
        row = self._row(decision_id)
        if row is not None or not decide:
            return row
        sent = self.sent(target)
        if sent is None or sent.request is None:
            return None
        call: DecisionCall = _SCHEMA.load(orjson.loads(sent.request))
        # The customer looks right now, so quiet hours do not matter: only if they lasted a whole day.
        window = WindowCall(until=self._clock() + timedelta(days=1))
        call = replace(call, decision_id=decision_id, decided_at=None, when="asked", window=window)
        try:
            self._decisions.decide([call], deadline=self._mails.seconds)
        except Problem as problem:
            if problem.kind != "IDEMPOTENCY_MISMATCH":  # another look was faster: its decision holds
                raise
        self._mails.report(decision_id, DELIVERED)
        return self._row(decision_id)

    def _row(self, decision_id: str) -> DecisionRow | None:
        return self._store.decisions([decision_id]).get(decision_id)
