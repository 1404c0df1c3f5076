"""The application as a whole: its documentation, headers and health; a real gunicorn at the end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from nba_service.http.api_reference import content_security_policy
from nba_service.settings import Settings

NBA = str(Path(sys.executable).parent / "nba")


def test_the_openapi_file_is_3_1_and_names_every_route(shared_client: FlaskClient) -> None:
    spec = shared_client.get("/openapi.json").get_json()

    assert spec["openapi"].startswith("3.1")
    served = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in shared_client.application.url_map.iter_rules()
    }
    assert served - set(spec["paths"]) == {"/openapi.json", "/docs"}
    for operations in spec["paths"].values():
        for method, operation in operations.items():
            if method in ("get", "put", "post", "delete"):
                assert operation["summary"]
                assert "default" not in operation["responses"], "it would document whatever comes"
    assert all("$ref" not in str(spec) or ref in spec["components"]["schemas"] for ref in _references(spec))


def _references(spec: object) -> set[str]:
    return set(re.findall(r"'#/components/schemas/(\w+)'", str(spec)))


def test_the_docs_need_neither_script_nor_network(shared_client: FlaskClient) -> None:
    answer = shared_client.get("/docs")

    assert answer.headers["Content-Security-Policy"] == content_security_policy()
    assert "<script" not in answer.text
    assert "src=" not in answer.text
    assert "http" not in answer.text.replace("<!doctype html>", "").split("<h2>")[0]
    for path in ("/v1/decisions/{decision_id}/replay", "/v1/interactions", "/readyz"):
        assert path in answer.text


def test_answers_carry_their_request_id_and_safe_headers(shared_client: FlaskClient) -> None:
    named = shared_client.get("/healthz", headers={"X-Request-ID": "trace-1"})
    odd = shared_client.get("/nowhere", headers={"X-Request-ID": "a b<script>"})

    assert named.headers["X-Request-ID"] == "trace-1"
    assert odd.get_json()["instance"] == f"urn:nba:request:{odd.headers['X-Request-ID']}"
    assert "script" not in odd.headers["X-Request-ID"]
    for answer in (named, odd):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_bundles_are_listed(shared_client: FlaskClient) -> None:
    bundles = shared_client.get("/v1/bundles").get_json()["bundles"]

    assert {(b["bundle"], b["champion"], b["serving"]) for b in bundles} == {
        ("b-1", True, True),
        ("b-2", False, False),
    }


def test_a_store_without_its_schema_is_not_ready(settings: Settings) -> None:
    from nba_service.app import create_app

    app = create_app(settings, poll=False)

    answer = app.test_client().get("/readyz")

    assert (answer.status_code, answer.get_json()["problems"][0]["code"]) == (503, "STORE_UNAVAILABLE")
    app.extensions["nba"].store.close()


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "NBA_PORT": str(port),
        "NBA_REGISTRY": str(settings.registry),
        "NBA_DATABASE_URL": settings.database_url,
        "NBA_WORKERS": "1",
        "NBA_AUTHENTICATION": "off",
    }
    return {**{k: v for k, v in os.environ.items() if not k.startswith("NBA_")}, **own}


def test_a_real_gunicorn_serves_and_ends_gracefully(environment: dict[str, str], tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{environment['NBA_PORT']}"
    with (tmp_path / "log").open("wb") as log:
        service = subprocess.Popen([NBA, "serve"], env=environment, stderr=log, cwd=tmp_path)
        try:
            _wait(service, url)
            body = {"customer_id": "c", "decision_id": "mail/1"}
            answers = [requests.post(f"{url}/v1/decisions", json=body, timeout=5) for _ in range(3)]
            encoded = requests.get(f"{url}/v1/decisions/mail%2F1", timeout=5)
            huge = requests.post(f"{url}/v1/decisions", data=iter([b"x" * 700_000] * 3), timeout=5,
                                 headers={"Content-Type": "application/json"})  # fmt: skip
        finally:
            service.send_signal(signal.SIGTERM)
            code = service.wait(timeout=20)
    said = (tmp_path / "log").read_text()

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in [*answers, encoded]} == {answers[0].content}
    assert (huge.status_code, huge.json()["code"]) == (413, "BODY_TOO_LARGE")
    assert code == 0
    assert "Control socket" not in said


def _wait(service: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(1_200):
        assert service.poll() is None, "the service ended before it was ready"
        try:
            if requests.get(f"{url}/readyz", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    pytest.fail("not ready within two minutes")


@pytest.mark.parametrize("wrong", ["settings", "journey", "bundle", "nothing", "store"])
def test_nothing_is_served_when_something_is_wrong(
    environment: dict[str, str], settings: Settings, tmp_path: Path, wrong: str
) -> None:
    """The service ends before it listens, and says what to do."""
    expected = {
        "settings": "SETTINGS_INVALID: NBA_THREADS: expected a whole number",
        "journey": "JOURNEY_FILE_INVALID",
        "bundle": "features.json",
        "nothing": "NBA_JOURNEY, got neither",
        "store": "STORE_UNAVAILABLE",
    }
    if wrong == "settings":
        environment["NBA_THREADS"] = "many"
    elif wrong == "journey":
        (tmp_path / "journey.yaml").write_text("phases: [")
        environment["NBA_JOURNEY"] = str(tmp_path / "journey.yaml")
    elif wrong == "bundle":
        (settings.registry / "bundles" / "b-1" / "features.json").write_bytes(b"{}")
    elif wrong == "nothing":
        environment["NBA_REGISTRY"] = str(tmp_path / "empty")
    else:
        (tmp_path / "broken.sqlite").write_bytes(b"no database at all" * 100)
        environment["NBA_DATABASE_URL"] = f"sqlite:///{tmp_path}/broken.sqlite"

    done = subprocess.run(
        [NBA, "serve"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert expected[wrong] in done.stderr
    assert "Listening" not in done.stderr
    assert "Traceback" not in done.stderr
