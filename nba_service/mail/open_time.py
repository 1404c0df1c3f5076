"""What is decided when a mail is opened, and clicks.

The mail was prepared when it was sent (``Mails``); its tokens name that decision. The first look at the
picture decides anew, from what is known by then; this is stored and holds, so that the picture and the click
agree, however often either is fetched. Machines look at mails too: they get the plain card and decide
nothing, and their clicks lead on and are not counted. An open is never reported as an outcome.
"""

from __future__ import annotations

import threading
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import structlog

from models.domain.actions import NOTHING
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.errors import NBAError
from nba_service.api.decisions.requests import DecisionSchema
from nba_service.content.variables import person_variables
from nba_service.decisions.calls import DecisionCall, WindowCall
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import PicturesError, Problem
from nba_service.mail.calls import Why
from nba_service.mail.content import Mails, default_mail
from nba_service.mail.pictures import Painter, Scene, painted
from nba_service.mail.signed_links import Links, Moment, Ticket, may_lead_to
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import DELIVERED, DecisionRow

EARLY: Final = timedelta(seconds=10)
"""A click so soon after the mail was prepared is a scanner's: no mail is delivered and read in that time."""

NO_PICTURE: Final = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""One transparent pixel."""

_KEPT_PICTURES: Final = 64
_SCHEMA: Final = DecisionSchema()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Clicked:
    """Where a click leads; None: nowhere. ``counted``: whether it was taken for a person's."""

    url: str | None
    counted: bool = False


class Opens:
    """Pictures and clicks of mails."""

    def __init__(
        self,
        store: ResilientStore,
        source: EngineSource,
        decisions: Decisions,
        mails: Mails,
        links: Links,
        painter: Painter | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._source = source
        self._decisions = decisions
        self._mails = mails
        self._links = links
        self._painter = painter
        self._clock = clock
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def picture(self, token: str, person: bool) -> bytes:
        """The picture of a token, decided at the first look; a plain card for whatever goes wrong.

        Without Pillow it is one pixel that nobody sees.
        """
        try:
            return self._shown(token, person)
        except PicturesError as error:
            log.error("mail_pictures_off", code=error.code, detail=str(error))
            return NO_PICTURE

    def _shown(self, token: str, person: bool) -> bytes:
        ticket = self._links.read(token)
        if ticket is None or self._links.is_over(ticket) or not person:
            return self._plain(ticket)
        try:
            return self._picture(ticket)
        except PicturesError:
            raise
        except Exception as error:
            code = error.code if isinstance(error, NBAError) else type(error).__name__
            log.warning("mail_picture_plain", code=code, exc_info=not isinstance(error, NBAError))
            return self._plain(ticket)

    def click(self, token: str, person: bool) -> Clicked:
        """Count a click if a person made it, and say where it leads: to what was decided, else the default.

        A token that is over counts nothing and leads to the default.
        """
        ticket = self._links.read(token)
        if ticket is None:
            return Clicked(None)
        try:
            journey = self._source.current().journey
            if self._links.is_over(ticket):
                return Clicked(_allowed(journey, _default_url(journey, ticket)))
            return self._click(journey, ticket, person)
        except NBAError as error:
            log.warning("mail_click_default", code=error.code)
            return Clicked(self._default_target(ticket))

    def _click(self, journey: Journey, ticket: Ticket, person: bool) -> Clicked:
        sent = self._row(ticket.decision_id)
        row = sent
        if ticket.moment is Moment.OPENED:
            row = self._opened(ticket, decide=person)
        if row is None or row.answer is None:
            return Clicked(_allowed(journey, _default_url(journey, ticket)))
        answer = orjson.loads(row.answer)
        first = answer["actions"][0]
        url = _allowed(journey, (first["content"] or {}).get("click_url", ""))
        if url is None or first["action"] == NOTHING:
            return Clicked(url or _allowed(journey, _default_url(journey, ticket)))
        counted = person and sent is not None and not self._too_early(sent)
        if counted:
            self._mails.report(row.decision_id, DELIVERED)
            outcome = journey.response_outcome(first["action"])
            if outcome is not None:
                self._mails.report(row.decision_id, outcome)
        return Clicked(url, counted)

    def _picture(self, ticket: Ticket) -> bytes:
        row = self._opened(ticket, decide=True)
        if row is None or row.answer is None:
            return self._plain(ticket)
        with self._lock:
            known = self._pictures.get(row.decision_id)
        if known is None:
            known = painted(self._scene(row, orjson.loads(row.answer), ticket), self._painter)
            with self._lock:
                self._pictures[row.decision_id] = known
                while len(self._pictures) > _KEPT_PICTURES:
                    self._pictures.popitem(last=False)
        return known

    def _opened(self, ticket: Ticket, *, decide: bool) -> DecisionRow | None:
        """The decision of open time; made now if there is none and ``decide``. None: there is none."""
        opened = f"open/{ticket.decision_id.rpartition('/')[2]}"
        row = self._row(opened)
        if row is not None or not decide:
            return row
        sent = self._row(ticket.decision_id)
        if sent is None or sent.request is None:
            return None
        now = self._clock()
        asked: DecisionCall = _SCHEMA.load(orjson.loads(sent.request))
        # The customer looks right now, so quiet hours do not matter: only if they lasted a whole day.
        window = WindowCall(until=now + timedelta(days=1))
        asked = replace(asked, decision_id=opened, decided_at=None, when="asked", window=window)
        try:
            self._decisions.decide([asked], deadline=self._mails.seconds)
        except Problem as problem:
            if problem.kind != "IDEMPOTENCY_MISMATCH":  # another look was faster: its decision holds
                raise
        self._mails.report(opened, DELIVERED)
        return self._row(opened)

    def _scene(self, row: DecisionRow, answer: dict[str, Any], ticket: Ticket) -> Scene:
        """What was known when it was decided, so that the picture stays the same."""
        serving, request = self._decisions.recorded.engine_and_request_of(row)
        journey, first = serving.journey, answer["actions"][0]
        content = first["content"]
        known = person_variables(journey, request, self._decisions.facts, phase=answer["phase"]["name"])
        mail = default_mail(journey, ticket.placement, request.context.get("locale"), Why.NOTHING)
        attributes = {name: value for name, value in known["customer"].items() if name != "id"}
        return Scene(
            title=mail.title if content is None else content["title"],
            body=mail.body if content is None else content["body"],
            action=first["action"],
            company=journey.company,
            locale=mail.locale if content is None else content["locale"],
            attributes=attributes,
            facts=known["facts"],
            now=known["now"],
        )

    def _plain(self, ticket: Ticket | None) -> bytes:
        try:
            journey = self._source.current().journey
        except NBAError:
            return painted(Scene(title="", body="", action=NOTHING, company="", locale="en"), None)
        placement = "" if ticket is None else ticket.placement
        mail = default_mail(journey, placement, None, Why.NOTHING)
        scene = Scene(
            title=mail.title or journey.company,
            body=mail.body,
            action=NOTHING,
            company=journey.company,
            locale=mail.locale,
        )
        return painted(scene, None)

    def _row(self, decision_id: str) -> DecisionRow | None:
        found: DecisionRow | None = self._store.decisions([decision_id]).get(decision_id)
        return found

    def _too_early(self, sent: DecisionRow) -> bool:
        return to_ms(self._clock()) - sent.decided_at < EARLY // timedelta(milliseconds=1)

    def _default_target(self, ticket: Ticket) -> str | None:
        try:
            journey = self._source.current().journey
        except NBAError:
            return None
        return _allowed(journey, _default_url(journey, ticket))


def _allowed(journey: Journey, url: str) -> str | None:
    return url if url and may_lead_to(journey.mail.links, url) else None


def _default_url(journey: Journey, ticket: Ticket) -> str:
    return default_mail(journey, ticket.placement, None, Why.NOTHING).click_url
