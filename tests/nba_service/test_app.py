"""The application as a whole: its documentation, headers and health; a real gunicorn at the end."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flask
from flask.testing import FlaskClient

from nba_service.http.api_reference import CONTENT_SECURITY_POLICY
from nba_service.settings import Settings

NBA = str(Path(sys.executable).parent / "nba")


def test_the_openapi_file_is_3_1_and_names_every_route(shared_client: FlaskClient) -> None:
    spec = shared_client.get("/openapi.json").get_json()

    assert spec["openapi"].startswith("3.1")
    served = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in shared_client.application.url_map.iter_rules()
    }
    pages = {path for path in served if path.startswith("/console")}  # for people
    assert served - set(spec["paths"]) - pages == {"/openapi.json", "/docs", "/docs/{name}"}
    for operations in spec["paths"].values():
        for method, operation in operations.items():
            if method in ("get", "put", "post", "delete"):
                assert operation["summary"]
                assert "default" not in operation["responses"], "it would document whatever comes"
    assert all("$ref" not in str(spec) or ref in spec["components"]["schemas"] for ref in _references(spec))


def _references(spec: object) -> set[str]:
    return set(re.findall(r"'#/components/schemas/(\w+)'", str(spec)))


def test_the_docs_and_their_files_come_from_here_and_are_kept_by_browsers(shared_client: FlaskClient) -> None:
    page = shared_client.get("/docs")
    style = shared_client.get("/docs/swagger-ui.css", headers={"Accept-Encoding": "gzip"})
    again = shared_client.get(
        "/docs/swagger-ui.css", headers={"Accept-Encoding": "gzip", "If-None-Match": style.headers["ETag"]}
    )
    gone = shared_client.get("/docs/oauth2-redirect.html")

    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert (style.status_code, style.headers["Content-Encoding"]) == (200, "gzip")
    assert style.headers["ETag"] != shared_client.get("/docs/swagger-ui.css").headers["ETag"]
    assert (again.status_code, again.data) == (304, b"")
    assert (gone.status_code, gone.get_json()["code"]) == (404, "NOT_FOUND")


def test_answers_carry_their_request_id_and_safe_headers(shared_client: FlaskClient) -> None:
    named = shared_client.get("/healthz", headers={"X-Request-ID": "trace-1"})
    odd = shared_client.get("/nowhere", headers={"X-Request-ID": "a b<script>"})

    assert named.headers["X-Request-ID"] == "trace-1"
    assert odd.get_json()["instance"] == f"urn:nba:request:{odd.headers['X-Request-ID']}"
    assert "script" not in odd.headers["X-Request-ID"]
    for answer in (named, odd):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_browsers_are_told_to_stay_with_tls_where_there_is_tls(
    make_app: Callable[..., flask.Flask], settings: Settings
) -> None:
    told = {
        url: make_app(replace(settings, public_url=url)).test_client().get("/healthz").headers
        for url in ("https://nba.example", "http://nba.example", None)
    }

    assert told["https://nba.example"]["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in told["http://nba.example"]
    assert "Strict-Transport-Security" not in told[None]
