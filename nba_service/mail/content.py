"""Content for mails.

One decision for a mail, a recipient and a place, however often it is fetched. Tools fetch two to six times
for one mail (parts, previews, retries); the id of the decision is made of what they have in common, so all
get one decision. Decisions are deferred: the mail counts as delivered once the tool says so. Never fails:
what cannot be decided is the place's default, with the reason.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Final
from zoneinfo import ZoneInfo

import marshmallow as ma
import orjson
import structlog

from models.domain.actions import NOTHING, Content
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.domain.rules.context_types import read_as
from models.errors import NBAError
from nba_service.api.decisions.requests import DecisionSchema
from nba_service.clock import Clock
from nba_service.content.links import safe_link
from nba_service.content.locales import negotiate
from nba_service.customers.consents import withdrawing
from nba_service.decisions.answers import Answer
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.checks import usable_attributes
from nba_service.decisions.decide import Decisions
from nba_service.decisions.made import MadeDecision, StoredDecision
from nba_service.engine.names import Names
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem, StoreError
from nba_service.mail.calls import Mail, MailCall, MailReason, QueryText
from nba_service.mail.markup import mail_html
from nba_service.mail.signed_links import LinkStage, SignedLinks, may_lead_to
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.store.rows import DELIVERED, OutcomeRow

_SCHEMA: Final = DecisionSchema()

NOTHING_IS_BEST: Final = "NOTHING_IS_BEST"
"""Why a decision is nothing that no rule forced."""

log = structlog.get_logger(__name__)


class MailContent:
    """Decides what mails show."""

    def __init__(
        self,
        *,
        store: ResilientStore,
        source: EngineSource,
        decisions: Decisions,
        links: SignedLinks,
        clock: Clock,
        seconds: float,
    ) -> None:
        """``seconds``: within which the store has to do its part."""
        self._store = store
        self._source = source
        self._decisions = decisions
        self._links = links
        self._clock = clock
        self.seconds = seconds

    def content(self, call: MailCall, seconds: float | None = None) -> Mail:
        """What the mail shows; the default if that cannot be decided, whatever the reason."""
        try:
            return self._content(call, min(self.seconds, seconds or self.seconds))
        except Problem as problem:
            invalid = problem.status < 500
            return self.default(
                call.placement, call.locale, MailReason.REQUEST_INVALID if invalid else MailReason.UNAVAILABLE
            )
        except Exception as error:
            code = error.code if isinstance(error, NBAError) else type(error).__name__
            log.warning("mail_default", code=code, exc_info=not isinstance(error, NBAError))
            return self.default(call.placement, call.locale, MailReason.UNAVAILABLE)

    def default(self, placement: str, locale: str | None, reason: MailReason) -> Mail:
        """What the journey file says a mail shows without a decision; empty texts if it says nothing."""
        try:
            journey = self._source.current().journey
        except NBAError:
            return Mail(reason=reason.value)
        return default_mail(journey, placement, locale, reason)

    def _content(self, call: MailCall, seconds: float) -> Mail:
        serving = self._source.current()
        decision_call = self.decision_call(serving, call)
        if decision_call is None:
            return self.default(call.placement, call.locale, MailReason.UNKNOWN_PLACEMENT)
        answer = self.decided(decision_call, seconds)
        if call.delivered:
            self.report(answer["decision_id"], DELIVERED)
        mail = self.mail_of(serving.journey, call.placement, call.locale, answer)
        return replace(mail, ignored=", ".join(ignored_parameters(serving.names, call)))

    def decision_call(self, serving: Serving, call: MailCall) -> DecisionCall | None:
        """The decision that a mail asks for; None: there is no such place."""
        names, journey = serving.names, serving.journey
        if call.placement in names.placement:
            place = {"placements": [call.placement]}
        elif call.placement in names.channel:
            place = {"channels": [call.placement]}
        else:
            return None
        context = {**usable_context(names, call), **({"locale": call.locale} if call.locale else {})}
        consent = {name: given for name, given in call.consent.items() if name in names.consents}
        profile = {"attributes": usable_attributes(names, call.attributes), "consent": consent}
        if call.at is not None:
            context["time"] = call.at
        body = {
            "customer_id": call.recipient,
            "decision_id": mail_decision_id(call, self._today(journey)),
            "phase": call.phase,
            "profile": profile,
            "context": context,
            "deferred": True,
            **place,
        }
        try:
            decision_call: DecisionCall = _SCHEMA.load(body)
        except ma.ValidationError:
            raise Problem("REQUEST_INVALID", "Expected values that a decision can have.") from None
        return decision_call

    def decided(self, call: DecisionCall, seconds: float) -> Answer:
        """The decision under the call's id: the stored one if there is one, whatever this call says."""
        begun, decision_id = time.monotonic(), call.decision_id or ""
        try:
            row = self._store.ask(lambda: self._store.plain.decisions([decision_id]), seconds).get(
                decision_id
            )
        except StoreError:
            row = None
        if row is not None and row.answer is not None:
            return StoredDecision(row.answer).answer
        left = max(0.0, begun + seconds - time.monotonic())
        try:
            return self._decide(call, left, _refuse_quiet_nothing)
        except _QuietHoursError:  # the mailing may be decided later, when it is loud
            hour = (call.decided_at or self._clock()).astimezone(UTC).strftime("%Y%m%d%H")
            return self._decide(replace(call, decision_id=f"{decision_id}.{hour}"), left)

    def _decide(
        self, call: DecisionCall, seconds: float, accept: Callable[[MadeDecision], None] = lambda _: None
    ) -> Answer:
        decision_id = call.decision_id or ""
        try:
            (decision,) = self._decisions.decide([call], deadline=seconds, accept=accept)
            return decision.answer
        except Problem as problem:  # another fetch was faster, and knew something else
            if problem.kind != "IDEMPOTENCY_MISMATCH":
                raise
            return self._decisions.recorded.get(decision_id).answer

    def mail_of(self, journey: Journey, placement: str, locale: str | None, answer: Answer) -> Mail:
        """What a mail shows of a decision."""
        first, decision_id = answer["actions"][0], answer["decision_id"]
        content = first["content"]
        if first["action"] == NOTHING or content is None:
            mail = default_mail(journey, placement, locale, MailReason.NOTHING)
        else:
            texts = {name: content.get(name) or "" for name in ("title", "body", "image_url", "click_url")}
            if texts["click_url"] and may_lead_to(journey.mail.links, texts["click_url"]):
                tracked = self._links.click(LinkStage.SENT, decision_id, placement)
                texts["click_url"] = tracked or texts["click_url"]
            spoken = content.get("locale") or ""
            html = mail_html(**texts, html=content.get("html") or "", locale=spoken)
            mail = Mail(**texts, html=html, locale=spoken)
        return replace(
            mail,
            decision_id=decision_id,
            action=first["action"],
            blocked_by=blocked_by(answer),
            open_image_url=self._links.image(decision_id, placement),
            open_click_url=self._links.click(LinkStage.OPENED, decision_id, placement),
        )

    def report(self, decision_id: str, outcome: str) -> None:
        """Say once what came of a decision; that it could not be kept stops no mail."""
        now = to_ms(self._clock())
        row = OutcomeRow(
            outcome_id=f"{decision_id}/{outcome}",
            decision_id=decision_id,
            outcome=outcome,
            occurred_at=now,
            timed=False,
        )
        try:
            self._store.add_outcomes(withdrawing(self._source.current().names, [row], now))
        except NBAError as error:
            log.warning("mail_outcome_lost", code=error.code, outcome=outcome)

    def _today(self, journey: Journey) -> str:
        return self._clock().astimezone(ZoneInfo(journey.time_zone)).date().isoformat()


def blocked_by(answer: Answer) -> str:
    """The code of what took the last treatments from a decision that is nothing; empty: not told."""
    return next(reversed(answer["blocked"]), NOTHING_IS_BEST) if "blocked" in answer else ""


class _QuietHoursError(NBAError):
    """Nothing may be sent now, as it is night for the customer."""


def _refuse_quiet_nothing(decision: MadeDecision) -> None:
    """Raise if a decision is nothing, and quiet hours have their part in it."""
    codes = {code for _, code, _ in decision.decision.refusals}
    if decision.decision.actions[0].action == NOTHING and "QUIET_HOURS" in codes:
        raise _QuietHoursError("It is quiet for the customer now.")


def usable_context(names: Names, call: MailCall) -> dict[str, object]:
    """What rules may read; a text of a query has the type that they give it, or is left out."""
    read = {
        name: read_as(names.context.get(name), str(value)) if isinstance(value, QueryText) else value
        for name, value in call.context.items()
    }
    return {name: value for name, value in read.items() if value is not None}


def ignored_parameters(names: Names, call: MailCall) -> list[str]:
    """Everything that a call says and its decision cannot use, by name."""
    attributes = usable_attributes(names, call.attributes)
    wrong = [name for name, value in call.attributes.items() if value is not None and name not in attributes]
    context = usable_context(names, call)
    return [
        *call.ignored,
        *(f"attributes.{name}" for name in wrong),
        *(f"consent.{name}" for name in call.consent if name not in names.consents),
        *(name for name in call.context if name not in context),
    ]


def mail_decision_id(call: MailCall, today: str) -> str:
    """The id of the decision for a mail, a recipient and a place; it names none of them in clear."""
    parts = [call.message_id or today, call.recipient, call.placement]
    return f"mail/{hashlib.sha256(orjson.dumps(parts)).hexdigest()[:40]}"


def default_mail(journey: Journey, placement: str, locale: str | None, reason: MailReason) -> Mail:
    """The default of a placement, of its channel, or of the only place that has one."""
    written = journey.mail.defaults
    channel = journey.placement_channel.get(placement, "")
    texts = written.get(placement) or written.get(channel) or {}
    if not texts and len(written) == 1:
        (texts,) = written.values()
    if not texts:
        return Mail(reason=reason.value)
    spoken = negotiate(locale, journey.default_locale, tuple(texts))
    content: Content = texts[spoken]
    shown = {
        "title": content.title,
        "body": content.body.strip(),
        "image_url": safe_link(content.image_url),
        "click_url": safe_link(content.click_url),
    }
    html = mail_html(**shown, html=content.html, locale=spoken)
    return Mail(**shown, html=html, locale=spoken, reason=reason.value)
