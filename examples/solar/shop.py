"""The shop window: a start page at `/` and the solar company's website at `/site/`, in front of the service.

    python examples/solar/shop.py        as `nba serve`, with the settings of the environment

Only this example serves a website; the service itself has none. `NBA_DEMO_SITE_KEY` is the publishable key
that stands in its pages, `NBA_DEMO_SITE_WAIT` how many milliseconds a slot waits (300).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

import flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

HERE: Final = Path(__file__).resolve().parent
SITE: Final = HERE / "site"
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))  # for the guided journey next to this file
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types nba"
)
_FILES: Final = {
    "site.css": "text/css",
    "start.css": "text/css",
    "site.js": "text/javascript",
    "sun.svg": "image/svg+xml",
    "landscape.svg": "image/svg+xml",
}


def make_site(key: str = "", wait: int = 300) -> flask.Flask:
    """The website as an application of its own, to be mounted at `/site`.

    Args:
        key: the publishable key that stands in its pages.
        wait: milliseconds after which a slot keeps its default.
    """
    site = flask.Flask("solar_site", static_folder=None)
    layout = (SITE / "layout.html").read_text()
    pages = {
        path.stem: _page(layout, path, {"key": key, "wait": str(wait)})
        for path in (SITE / "pages").glob("*.html")
    }

    def page(name: str = "home") -> flask.Response:
        if name in _FILES:
            return flask.Response((SITE / name).read_bytes(), mimetype=_FILES[name])
        if name not in pages:
            flask.abort(404)
        return flask.Response(pages[name], mimetype="text/html")

    site.add_url_rule("/", view_func=page)
    site.add_url_rule("/<name>", view_func=page)
    site.after_request(_protect)
    return site


def with_site(
    service: Callable[..., Iterable[bytes]],
    key: str = "",
    wait: int = 300,
    guided: Callable[..., Iterable[bytes]] | None = None,
) -> Any:
    """A WSGI application: the start page at `/`, the website at `/site`, the service everywhere else.

    ``guided``: the guided journey, at `/guided`.
    """
    mounts = {"/site": make_site(key, wait)} | ({"/guided": guided} if guided is not None else {})
    both = DispatcherMiddleware(service, mounts)
    start_page = flask.Response((SITE / "start.html").read_bytes(), mimetype="text/html")
    _protect(start_page)

    def serve(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        at_start = environ["PATH_INFO"] in ("", "/") and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        return start_page(environ, start) if at_start else both(environ, start)

    return serve


def _protect(answer: flask.Response) -> flask.Response:
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return answer


def _page(layout: str, path: Path, told: Mapping[str, str]) -> str:
    head, _, main = path.read_text().partition("\n\n")
    words = dict(line.split(": ", 1) for line in head.splitlines())
    text = layout.replace("{{ main }}", main)
    for name, value in {**words, **told, "name": path.stem}.items():
        text = text.replace("{{ " + name + " }}", escape(value))
    return text


def make_guided_journey(
    service: Callable[..., Iterable[bytes]], key: str, people: str, actions: Iterable[str]
) -> flask.Flask:
    """The guided journey, which asks the service with a server's key and keeps its visitors in a file."""
    from guided.app import make_guided
    from guided.people import People
    from guided.service import Service

    journey = make_guided(Service(service, key), People(people), frozenset(actions))
    journey.after_request(_protect)
    return journey


def extend(app: flask.Flask) -> None:
    """Put the website in front of the service."""
    key, wait = os.environ.get("NBA_DEMO_SITE_KEY", ""), int(os.environ.get("NBA_DEMO_SITE_WAIT", "300"))
    service = app.wsgi_app
    actions = app.extensions["nba"].source.current().journey.action_index
    people = os.environ.get("NBA_DEMO_PEOPLE", "var/demo/guided.sqlite")
    guided = make_guided_journey(service, os.environ.get("NBA_DEMO_SERVER_KEY", ""), people, actions)
    app.wsgi_app = with_site(service, key, wait, guided)  # type: ignore[method-assign]


if __name__ == "__main__":
    from nba_service.cli.serve import run

    run(extend)
