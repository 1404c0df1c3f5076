"""For web pages.

The script, the slots, the beacon, and who a visitor is.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import flask

from nba_service.access.global_privacy_control import honour_gpc
from nba_service.access.guard import Guard
from nba_service.access.pages import Pages, placements_of_key
from nba_service.errors import Problem
from nba_service.http.current import current
from nba_service.http.routing import Routes, json_answer
from nba_service.keys.credentials import USUAL, first_of, publishable_query
from nba_service.keys.scopes import Scope
from nba_service.keys.visitor_ids import non_human
from nba_service.web.calls import EventBatch, IdentifyCall, IdentityCall, SlotsCall
from nba_service.web.event_intake import EventIntake
from nba_service.web.identity import Identities
from nba_service.web.schemas import (
    BeaconAnswer,
    EventBatchSchema,
    IdentifiedAnswer,
    IdentifySchema,
    IdentityAnswer,
    IdentitySchema,
    SlotsAnswer,
    SlotsSchema,
)
from nba_service.web.script import Script, module, script, types
from nba_service.web.slots import Slots

routes = Routes(
    "web", "For web pages: nba.js and what it talks to.", credentials=first_of(USUAL, publishable_query)
)

_JAVASCRIPT: Final = "text/javascript; charset=utf-8"
_HOUR: Final = "public, max-age=3600, stale-while-revalidate=86400"
_IMMUTABLE: Final = "public, max-age=31536000, immutable"


@routes.add("GET", "/nba.js", Scope.PUBLIC, gives={200: None, 304: None})
def nba_js() -> flask.Response:
    """The script for pages, newest version

    It is the same for everybody and says nothing about anybody, so it needs no key.
    """
    return _file(script().content, script(), _HOUR)


@routes.add("GET", "/nba-<digest>.js", Scope.PUBLIC, gives={200: None, 304: None}, problems=[404])
def nba_js_of_digest(digest: str) -> flask.Response:
    """The script for pages, this very version

    `nba snippet` prints the address with the hash for the attribute `integrity`. Public as `/nba.js`.
    """
    return _file(script().content, _of_digest(script(), digest), _IMMUTABLE)


@routes.add("GET", "/nba.mjs", Scope.PUBLIC, gives={200: None, 304: None})
def nba_mjs() -> flask.Response:
    """The script as a module, newest version; public as `/nba.js`"""
    return _file(module().content, module(), _HOUR)


@routes.add("GET", "/nba-<digest>.mjs", Scope.PUBLIC, gives={200: None, 304: None}, problems=[404])
def nba_mjs_of_digest(digest: str) -> flask.Response:
    """The script as a module, this very version; public as `/nba.js`"""
    return _file(module().content, _of_digest(module(), digest), _IMMUTABLE)


@routes.add("GET", "/nba.d.ts", Scope.PUBLIC, gives={200: None})
def nba_d_ts() -> flask.Response:
    """The types of the script, for TypeScript; public as `/nba.js`"""
    return flask.Response(types(), content_type="text/plain; charset=utf-8", headers={"Cache-Control": _HOUR})


@routes.add(
    "POST",
    "/v1/slots",
    Scope.DECIDE,
    takes=SlotsSchema,
    gives={200: SlotsAnswer},
    problems=[422],
    publishable=True,
)
def fill_slots(call: SlotsCall) -> flask.Response:
    """What the slots of a page show

    One decision for each placement, none with the same action; the same `visit` gets the same answer again.
    Decisions are deferred: the outcome `delivered` says that a slot was seen. `events` are stored first, as
    `POST /v1/beacon` does. Crawlers and prefetches get no slots, so a page keeps its defaults. The body may
    come as `text/plain`, which browsers send to other origins without asking first.
    """
    machine = non_human(flask.request.headers)
    if machine is not None:
        current(EventIntake).refuse(call.batch, machine)
        return json_answer({"slots": [], "ignored": [], "reason": machine})
    current(Guard).count_elements(len(call.batch.events))
    if call.batch.events:
        current(EventIntake).receive(call.batch, current(Pages).most_value)
    filled = current(Slots).fill(call, honour_gpc, placements_of_key())
    return json_answer({**asdict(filled), "reason": "DECIDED"})


@routes.add(
    "POST",
    "/v1/beacon",
    Scope.TRACK,
    takes=EventBatchSchema,
    gives={200: BeaconAnswer},
    problems=[422],
    publishable=True,
)
def beacon(batch: EventBatch) -> flask.Response:
    """What happened in a page

    Takes `text/plain`, as `navigator.sendBeacon` sends it. Idempotent by the ids of the events; one that
    cannot be taken is in `dropped` with its reason, counted, and does not stop the others. A visitor
    reports outcomes of their own decisions only. Crawlers and prefetches are dropped whole.
    """
    current(Guard).count_elements(len(batch.events))
    nobody, intake = non_human(flask.request.headers), current(EventIntake)
    done = (
        intake.receive(batch, current(Pages).most_value) if nobody is None else intake.refuse(batch, nobody)
    )
    return json_answer(asdict(done))


@routes.add(
    "POST",
    "/v1/identities",
    Scope.READ,
    takes=IdentitySchema,
    gives={200: IdentityAnswer},
    problems=[409, 422],
)
def make_identity(call: IdentityCall) -> flask.Response:
    """A token that says who somebody is, for the server of a page to ask for

    Whoever holds it gets that customer's content, so it needs the scope `read`; give it to a page only after
    the log-in. It lasts `minutes` (60 if left out) and is signed with `NBA_IDENTITY_SECRET`.
    """
    token, expires_at = current(Identities).token(call)
    return json_answer({"token": token, "expires_at": expires_at})


@routes.add(
    "POST",
    "/v1/identify",
    Scope.TRACK,
    takes=IdentifySchema,
    gives={200: IdentifiedAnswer},
    problems=[403, 409, 422],
    publishable=True,
)
def identify(call: IdentifyCall) -> flask.Response:
    """A visitor shows their token: from now on the visitor is that customer

    The visitor's id becomes an alias of the customer, with its history. A visitor who is somebody else
    already is `ALIAS_TAKEN`: draw a new visitor id.
    """
    current(Identities).identify(call)
    return json_answer({"identified": True})


def _of_digest(file: Script, digest: str) -> Script:
    if file.digest != digest:
        raise Problem(
            "NOT_FOUND",
            "Expected the version of nba.js that is served here. `nba snippet` prints its address; /nba.js is"
            " always the newest.",
        )
    return file


def _file(content: bytes, file: Script, cache: str) -> flask.Response:
    """A file for browsers of any origin, zipped if they take it."""
    zipped = flask.request.accept_encodings.quality("gzip") > 0
    answer = flask.Response(file.zipped if zipped else content, content_type=_JAVASCRIPT)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = cache
    answer.headers["Vary"] = "Accept-Encoding"
    if zipped:
        answer.headers["Content-Encoding"] = "gzip"
    answer.set_etag(file.digest + ("-gz" if zipped else ""))
    answer.make_conditional(flask.request)
    return answer
