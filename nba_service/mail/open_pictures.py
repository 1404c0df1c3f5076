"""Pictures of mails.

What was decided at the first look, or a plain card for whatever goes wrong. Machines look at mails too: they
get the plain card and decide nothing.
"""

from __future__ import annotations

import threading
from base64 import b64decode
from collections import OrderedDict
from typing import Final

import structlog

from models.domain.actions import NOTHING
from models.errors import NBAError
from nba_service.content.variables import person_variables
from nba_service.decisions.decide import Decisions
from nba_service.decisions.made import StoredDecision
from nba_service.engine.source import EngineSource
from nba_service.errors import PicturesError
from nba_service.mail.calls import MailReason
from nba_service.mail.content import default_mail
from nba_service.mail.open_time import OpenTimeDecisions
from nba_service.mail.pictures import Painter, Scene, painted
from nba_service.mail.signed_links import LinkTarget, SignedLinks
from nba_service.store.rows import DecisionRow

NO_PICTURE: Final = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""One transparent pixel."""

_MOST_CACHED: Final = 64

log = structlog.get_logger(__name__)


class OpenPictures:
    """The pictures that links in mails lead to."""

    def __init__(
        self,
        *,
        source: EngineSource,
        decisions: Decisions,
        open_time: OpenTimeDecisions,
        links: SignedLinks,
        painter: Painter | None,
    ) -> None:
        self._source = source
        self._decisions = decisions
        self._open_time = open_time
        self._links = links
        self._painter = painter
        self._cached: OrderedDict[str, bytes] = OrderedDict()
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
        target = self._links.read(token)
        if target is None or self._links.is_over(target) or not person:
            return self._plain(target)
        try:
            return self._decided(target)
        except PicturesError:
            raise
        except Exception as error:
            code = error.code if isinstance(error, NBAError) else type(error).__name__
            log.warning("mail_picture_plain", code=code, exc_info=not isinstance(error, NBAError))
            return self._plain(target)

    def _decided(self, target: LinkTarget) -> bytes:
        row = self._open_time.opened(target, decide=True)
        if row is None or row.answer is None:
            return self._plain(target)
        with self._lock:
            picture = self._cached.get(row.decision_id)
        if picture is None:
            picture = painted(self._scene(row, row.answer, target), self._painter)
            with self._lock:
                self._cached[row.decision_id] = picture
                while len(self._cached) > _MOST_CACHED:
                    self._cached.popitem(last=False)
        return picture

    def _scene(self, row: DecisionRow, answer_text: str, target: LinkTarget) -> Scene:
        """What was known when it was decided, so that the picture stays the same."""
        serving, request = self._decisions.recorded.engine_and_request_of(row)
        answer = StoredDecision(answer_text).answer
        journey, first = serving.journey, answer["actions"][0]
        content = first["content"]
        known = person_variables(journey, request, self._decisions.facts, phase=answer["phase"]["name"])
        mail = default_mail(journey, target.placement, request.context.get("locale"), MailReason.NOTHING)
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

    def _plain(self, target: LinkTarget | None) -> bytes:
        try:
            journey = self._source.current().journey
        except NBAError:
            return painted(Scene(title="", body="", action=NOTHING, company="", locale="en"), None)
        placement = "" if target is None else target.placement
        mail = default_mail(journey, placement, None, MailReason.NOTHING)
        scene = Scene(
            title=mail.title or journey.company,
            body=mail.body,
            action=NOTHING,
            company=journey.company,
            locale=mail.locale,
        )
        return painted(scene, None)
