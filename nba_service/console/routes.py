"""The console's addresses: one per screen, its files, and what changes something.

There is nothing here unless a live key has the scope ``console``. Every page is whole without a script, and
may load only what comes from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import flask
import structlog
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from models.domain.journey import Journey
from models.errors import NBAError
from nba_service.console import screens
from nba_service.console.desk import ROOT, Desk
from nba_service.console.page import Page, Table, shown
from nba_service.console.sessions import Session, Sessions
from nba_service.console.wording import LANGUAGES, Words, language_of
from nba_service.engine.source import EngineSource
from nba_service.errors import KINDS, Problem
from nba_service.http.application import the_globals, the_request
from nba_service.http.current import current
from nba_service.http.json_body import dump_json
from nba_service.http.problems import handle_http_exception, handle_unexpected
from nba_service.keys.route_access import Access
from nba_service.keys.scopes import Scope
from nba_service.settings import Settings

log = structlog.get_logger(__name__)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
COOKIE: Final = "nba_console"
_ASSETS: Final = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FOLDER: Final = Path(__file__).parent / "assets"

blueprint = flask.Blueprint("console", __name__, template_folder="templates")

access: Final[Mapping[str, Access]] = {
    f"console.{name}": Access(Scope.PUBLIC) for name in ("start", "show", "change", "asset")
}
"""Public to the guard, because who has signed in is known by a cookie that it does not read."""


@blueprint.get(ROOT)
def start() -> flask.Response:
    """The first screen"""
    return show("start")


@blueprint.get(f"{ROOT}/<screen>")
def show(screen: str) -> flask.Response:
    """A screen as a page, as CSV or as JSON"""
    name, kind = _kind(screen)
    sessions = _sessions()
    session = sessions.find(the_request().cookies.get(COOKIE, ""))
    if name not in screens.SHOWN:
        flask.abort(404)
    if session is None:
        return _sign_in_page(401)
    desk = _desk(name, session)
    page = screens.SHOWN[name](desk)
    if kind == "csv":
        return _csv(page, the_request().args.get("table"), name)
    if kind == "json":
        return flask.Response(dump_json(page.to_json()), content_type="application/json")
    return _html(f"console/{page.template}.html", desk, page=page)


@blueprint.post(f"{ROOT}/<screen>")
def change(screen: str) -> flask.Response:
    """Sign in or out, or change what a screen shows"""
    sessions = _sessions()
    _check_origin()
    form = the_request().form
    if screen == "sign-in":
        return _signed_in(sessions, form.get("key", ""), form.get("next", ""))
    session = sessions.find(the_request().cookies.get(COOKIE, ""))
    if session is None:
        return _sign_in_page(401)
    sessions.check_form(session, form.get("form", ""))
    if screen == "sign-out":
        gone = _to(ROOT)
        gone.delete_cookie(COOKIE, path=ROOT)
        return gone
    if screen not in screens.CHANGED:
        flask.abort(404)
    desk = _desk(screen, session)
    done = screens.CHANGED[screen](desk, form)
    if isinstance(done, Page):
        return _html(f"console/{done.template}.html", desk, page=done)
    return _to(done)


@blueprint.get(f"{ROOT}/assets/<name>")
def asset(name: str) -> flask.Response:
    """Style, script and mark"""
    _sessions()
    if name not in _ASSETS:
        flask.abort(404)
    answer = flask.Response((_FOLDER / name).read_bytes(), content_type=_ASSETS[name])
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return _own(answer)


@blueprint.errorhandler(NBAError)
def failed(error: NBAError) -> flask.Response:
    """What could not be done, as a page: what, why and what to do"""
    status = KINDS[error.code].status if error.code in KINDS else 500
    if status >= 500:
        log.error("console_failed", code=error.code, detail=str(error))
    session = current(Sessions).find(the_request().cookies.get(COOKIE, ""))
    if session is None:
        return _sign_in_page(status, str(error))
    words = _words()
    page = Page(
        template="failed",
        finding=words("failed.finding"),
        values={"code": error.code, "detail": str(error), "request": the_globals().request_id},
    )
    return _html("console/failed.html", _desk("", session), status, page=page)


@blueprint.errorhandler(Exception)
def broken(error: Exception) -> flask.Response | HTTPException:
    """What nobody foresaw, as a page"""
    if isinstance(error, HTTPException):
        return handle_http_exception(error)
    handle_unexpected(error)
    return failed(Problem("INTERNAL", _words()("failed.unexpected")))


@lru_cache(maxsize=8)
def asset_address(name: str) -> str:
    """Where an asset lies, with its hash, so that browsers may keep it."""
    digest = hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{ROOT}/assets/{name}?v={digest}"


def _sessions() -> Sessions:
    """The sessions, if there is a console."""
    sessions = current(Sessions)
    if not sessions.exist():
        flask.abort(404)
    return sessions


def _kind(screen: str) -> tuple[str, str]:
    for kind in ("csv", "json"):
        if screen.endswith(f".{kind}"):
            return screen.removesuffix(f".{kind}"), kind
    best = the_request().accept_mimetypes.best_match(
        ["text/html", "application/json", "text/csv"], "text/html"
    )
    return screen, {"application/json": "json", "text/csv": "csv"}.get(best or "", "html")


def _journey() -> Journey | None:
    try:
        return current(EngineSource).current().journey
    except NBAError:
        return None


def _words() -> Words:
    request, journey = the_request(), _journey()
    language = language_of(request.args.get("lang"), request.headers.get("Accept-Language", ""))
    return Words(language, journey.currency if journey else "EUR")


def _desk(screen: str, session: Session) -> Desk:
    args = {name: value for name, value in the_request().args.items() if value and name != "table"}
    return Desk(
        screen=screen,
        words=_words(),
        args=args,
        session=session,
        now=current(Sessions).now(),
        journey=_journey(),
    )


def _html(template: str, desk: Desk, status: int = 200, **values: object) -> flask.Response:
    body = flask.render_template(
        template,
        desk=desk,
        t=desk.words,
        asset=asset_address,
        svg=Markup,  # drawings are made by us, and escape what comes from data
        shown=lambda column, cell: shown(desk.words, column, cell),
        menu=screens.MENU,
        grouped=screens.GROUPED,
        company=desk.journey.company if desk.journey else "NBA",
        others=[language for language in LANGUAGES if language != desk.words.language],
        **values,
    )
    return _own(flask.Response(body, status=status, content_type="text/html; charset=utf-8"))


def _csv(page: Page, name: str | None, screen: str) -> flask.Response:
    table: Table | None = page.table(name)
    if table is None:
        raise Problem("NOT_FOUND", f"Expected one of the tables of this page, got {(name or '')[:80]!r}.")
    answer = flask.Response(table.to_csv(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{screen}-{table.name}.csv"'
    return answer


def _sign_in_page(status: int, problem: str = "") -> flask.Response:
    words = _words()
    request = the_request()
    following = request.full_path.rstrip("?") if request.method == "GET" else ROOT
    body = flask.render_template(
        "console/sign_in.html", t=words, asset=asset_address, problem=problem, following=following
    )
    return _own(flask.Response(body, status=status, content_type="text/html; charset=utf-8"))


def _signed_in(sessions: Sessions, token: str, following: str) -> flask.Response:
    cookie = sessions.sign_in(token, the_request().remote_addr or "unknown")
    there = urlsplit(following)
    inside = (
        not there.scheme and not there.netloc and (there.path == ROOT or there.path.startswith(f"{ROOT}/"))
    )
    answer = _to(following if inside else ROOT)
    secure = (current(Settings).public_url or "").startswith("https://")
    answer.set_cookie(
        COOKIE, cookie, max_age=sessions.seconds, path=ROOT, secure=secure, httponly=True, samesite="Strict"
    )
    return answer


def _check_origin() -> None:
    """A browser says from where a form was sent; another website's is refused even before its token is."""
    request = the_request()
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Problem("FORM_EXPIRED", "Expected a form of the console itself, got one of another website.")


def _to(address: str) -> flask.Response:
    """What follows on a form: another page, so that loading it again sends nothing twice."""
    return _own(flask.Response(status=303, headers={"Location": address}))


def _own(answer: flask.Response) -> flask.Response:
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
