"""Clicks in mails.

Counted if a person made them, and led on to what was decided. Machines follow links too; theirs lead on and
are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from models.domain.actions import NOTHING
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.errors import NBAError
from nba_service.clock import Clock
from nba_service.decisions.made import StoredDecision
from nba_service.engine.source import EngineSource
from nba_service.mail.calls import MailReason
from nba_service.mail.content import MailContent, default_mail
from nba_service.mail.open_time import OpenTimeDecisions
from nba_service.mail.signed_links import LinkStage, LinkTarget, SignedLinks, may_lead_to
from nba_service.store.rows import DELIVERED, DecisionRow

EARLY: Final = timedelta(seconds=10)
"""A click so soon after the mail was prepared is a scanner's: no mail is delivered and read in that time."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ClickResult:
    """Where a click leads, None for nowhere.

    ``counted``: whether it was taken for a person's.
    """

    url: str | None
    counted: bool = False


class Clicks:
    """Follows the links of mails."""

    def __init__(
        self,
        *,
        source: EngineSource,
        open_time: OpenTimeDecisions,
        mail_content: MailContent,
        links: SignedLinks,
        clock: Clock,
    ) -> None:
        self._source = source
        self._open_time = open_time
        self._mails = mail_content
        self._links = links
        self._clock = clock

    def click(self, token: str, person: bool) -> ClickResult:
        """Count a click if a person made it, and say where it leads: to what was decided, else the default.

        A token that is over counts nothing and leads to the default.
        """
        target = self._links.read(token)
        if target is None:
            return ClickResult(None)
        try:
            journey = self._source.current().journey
            if self._links.is_over(target):
                return ClickResult(_default_url(journey, target))
            return self._follow(journey, target, person)
        except NBAError as error:
            log.warning("mail_click_default", code=error.code)
            return ClickResult(self._default_url(target))

    def _follow(self, journey: Journey, target: LinkTarget, person: bool) -> ClickResult:
        sent = self._open_time.sent(target)
        row = sent
        if target.stage is LinkStage.OPENED:
            row = self._open_time.opened(target, decide=person)
        if row is None or row.answer is None:
            return ClickResult(_default_url(journey, target))
        first = StoredDecision(row.answer).answer["actions"][0]
        url = _allowed(journey, (first["content"] or {}).get("click_url", ""))
        if url is None or first["action"] == NOTHING:
            return ClickResult(url or _default_url(journey, target))
        counted = person and sent is not None and not self._too_early(sent)
        if counted:
            self._mails.report(row.decision_id, DELIVERED)
            outcome = journey.response_outcome(first["action"])
            if outcome is not None:
                self._mails.report(row.decision_id, outcome)
        return ClickResult(url, counted)

    def _too_early(self, sent: DecisionRow) -> bool:
        return to_ms(self._clock()) - sent.decided_at < EARLY // timedelta(milliseconds=1)

    def _default_url(self, target: LinkTarget) -> str | None:
        try:
            journey = self._source.current().journey
        except NBAError:
            return None
        return _default_url(journey, target)


def _allowed(journey: Journey, url: str) -> str | None:
    return url if url and may_lead_to(journey.mail.links, url) else None


def _default_url(journey: Journey, target: LinkTarget) -> str | None:
    return _allowed(journey, default_mail(journey, target.placement, None, MailReason.NOTHING).click_url)
