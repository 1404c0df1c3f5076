"""For e-mail tools.

Content when a mail is sent, pictures and clicks when it is read.
"""

from __future__ import annotations

from typing import Final

import flask

from models.domain.actions import ChannelKind
from nba_service.access.rates import Rates
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.http.current import current
from nba_service.http.deadlines import asked_seconds
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.key import EVERYTHING
from nba_service.keys.scopes import Scope
from nba_service.mail.calls import Mail, MailReason
from nba_service.mail.clicks import Clicks
from nba_service.mail.content import MailContent
from nba_service.mail.emarsys import answer_batch
from nba_service.mail.machine_opens import looks_like_a_person
from nba_service.mail.markup import mail_text
from nba_service.mail.open_pictures import OpenPictures
from nba_service.mail.request_values import read_call, read_values
from nba_service.mail.schemas import EmarsysAnswer, MailAnswer
from nba_service.settings import Settings

routes = Routes("mail", "For e-mail tools: content, pictures and clicks.")

_FORMATS: Final = ("json", "html", "txt")
_REFUSES: Final = (401, 403)
_KEPT: Final = frozenset({200, *_REFUSES})
_ALWAYS: Final = frozenset({"mail.email", "mail.email_post", "mail.emarsys"})


@routes.add(
    "GET", "/v1/email/<placement>", Scope.DECIDE, gives={200: MailAnswer}, refuses=_REFUSES, limited=False
)
def email(placement: str) -> flask.Response:
    """What one mail shows one recipient

    Parameters: `recipient` (or `customer_id`), `message_id`, `locale`, `consent`, `delivered`; others are
    context, as numbers or true and false where the rules compare them so. `ignored` names what cannot be
    used. Up to any number of fetches with the same `message_id`, `recipient` and placement are one
    decision. With `.html` or `.txt` at the end, or an `Accept` that takes no JSON, as HTML or text. With a
    valid key the status is 200 whatever happens: `reason` says why if it is the default.
    """
    return _answer(placement)


@routes.add(
    "POST", "/v1/email/<placement>", Scope.DECIDE, gives={200: MailAnswer}, refuses=_REFUSES, limited=False
)
def email_post(placement: str) -> flask.Response:
    """The same with a body: JSON or a form, with `attributes`, `consent` and `context` as objects"""
    return _answer(placement)


@routes.add(
    "POST", "/v1/email/emarsys", Scope.DECIDE, gives={200: EmarsysAnswer}, refuses=_REFUSES, limited=False
)
def emarsys() -> flask.Response:
    """Emarsys External Content: up to 1,000 contacts

    Takes `parameters`, `fields` and `limit` as Emarsys sends them. The query says `placement` (the first
    e-mail channel if left out), `message_id` and `id` (the reference field with the customer's id). Every
    reference field comes back; a contact that cannot be decided gets the default.
    """
    values = read_values(flask.request)
    placement = str(values.pop("placement", "") or _usual_placement())
    seconds = current(Settings).mail_deadline_ms / 1000
    return json_answer(answer_batch(current(MailContent), placement, values, _over_limit(), seconds))


@routes.add("GET", "/i/<token>.png", Scope.PUBLIC, gives={200: None}, limited=False)
def open_image(token: str) -> flask.Response:
    """The picture of a mail, decided at the first look

    Public, because mail programs show no key: the token is signed, ends, and tells nothing of anybody. A
    token that is wrong or over gives a plain card; so do crawlers and prefetches, which decide nothing.
    """
    data = current(OpenPictures).picture(token, looks_like_a_person(flask.request, picture=True))
    headers = {"Cache-Control": "no-store, no-cache, must-revalidate, max-age=0", "Pragma": "no-cache"}
    headers |= {"Expires": "0", "Cross-Origin-Resource-Policy": "cross-origin"}
    return flask.Response(data, mimetype="image/png", headers=headers)


@routes.add("GET", "/c/<token>", Scope.PUBLIC, gives={302: None}, problems=[404], limited=False)
def follow(token: str) -> flask.Response:
    """A click in a mail: counted, and led on

    Public as the pictures are. Leads only to what was decided, on hosts that the journey file allows. Not
    counted: `HEAD`, crawlers, prefetches, and clicks within ten seconds of the mail being prepared.
    """
    clicked = current(Clicks).click(token, looks_like_a_person(flask.request, picture=False))
    if clicked.url is None:
        raise Problem("NOT_FOUND", "Expected a link of a mail, got one that leads nowhere. Is it whole?")
    return flask.Response(status=302, headers={"Location": clicked.url, "X-Robots-Tag": "noindex"})


def _answer(placement: str) -> flask.Response:
    place, kind = _format(placement)
    locale = flask.request.args.get("locale")
    if flask.request.method == "HEAD":
        return _shown(current(MailContent).default(place, locale, MailReason.NOTHING), kind)
    if _over_limit():
        return _shown(current(MailContent).default(place, locale, MailReason.RATE_LIMITED), kind)
    try:
        call = read_call(place, read_values(flask.request))
        return _shown(current(MailContent).content(call, asked_seconds()), kind)
    except Problem:
        return _shown(current(MailContent).default(place, locale, MailReason.REQUEST_INVALID), kind)


def _shown(mail: Mail, kind: str) -> flask.Response:
    if kind == "json":
        return json_answer(mail.to_json())
    headers = {"X-NBA-Reason": mail.reason, "X-NBA-Decision-Id": mail.decision_id}
    if kind == "html":
        return flask.Response(mail.html, mimetype="text/html", headers=headers)
    text = mail_text(mail.title, mail.body, mail.click_url)
    return flask.Response(text, mimetype="text/plain", headers=headers)


def _format(placement: str) -> tuple[str, str]:
    """The placement and how it is wished: by its ending, else by ``Accept`` if that takes no JSON."""
    name, _, ending = placement.rpartition(".")
    if name and ending in _FORMATS:
        return name, ending
    accepted = flask.request.accept_mimetypes
    if not accepted or accepted.quality("application/json") > 0:
        return placement, "json"
    best = accepted.best_match(["text/html", "text/plain"])
    return placement, {"text/html": "html", "text/plain": "txt"}.get(best or "", "json")


def _over_limit() -> bool:
    """Count the request against its key; the route answers either way."""
    key = flask.g.get("key")
    if key is None or key is EVERYTHING:
        return False
    return current(Rates).exceeded("key", key.key_id, current(Settings).rate_key_per_minute) is not None


def _usual_placement() -> str:
    """The first e-mail channel of the journey file."""
    channels = current(EngineSource).current().journey.channels
    return next((channel.name for channel in channels if channel.kind is ChannelKind.EMAIL), "email")


def _never_fail(answer: flask.Response) -> flask.Response:
    """Whatever went wrong, but for the key: the mail still gets its default, with status 200."""
    request = flask.request
    if request.endpoint not in _ALWAYS or answer.status_code in _KEPT or request.method == "OPTIONS":
        return answer
    if request.endpoint == "mail.emarsys":
        return json_answer({"content": []})
    place, kind = _format((request.view_args or {}).get("placement", ""))
    mail = current(MailContent).default(place, request.args.get("locale"), MailReason.UNAVAILABLE)
    return _shown(mail, kind)


routes.blueprint.after_request(_never_fail)
