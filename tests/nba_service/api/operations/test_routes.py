"""Health, readiness and bundles over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from nba_service.api.operations.schemas import BundlesAnswer, ReadyAnswer
from nba_service.settings import Settings


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
def app(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> flask.Flask:
    return make_app(playbook_settings)


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def test_a_process_that_lives_says_so_whatever_else_is_wrong(client: FlaskClient, app: flask.Flask) -> None:
    app.extensions["nba"].store.breaker.trip()

    assert client.get("/healthz").get_json() == {"status": "alive"}


def test_a_service_that_can_decide_is_ready(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    told = answer.get_json()
    assert answer.status_code == 200
    assert ReadyAnswer().load(told)
    assert (told["status"], told["bundle"], told["problems"]) == ("ready", "none", [])
    assert told["journal"] == {"records": 0, "bytes": 0, "damaged": 0, "refused": 0}
    assert len(told["journey"]) == 64


def test_without_anything_to_decide_with_it_is_not_ready(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings
) -> None:
    answer = make_app(replace(playbook_settings, journey=None)).test_client().get("/readyz")

    assert (answer.status_code, answer.get_json()["status"]) == (503, "not ready")
    assert (answer.get_json()["bundle"], answer.get_json()["journey"]) == (None, None)
    assert [one["code"] for one in answer.get_json()["problems"]] == ["NOT_READY"]


@pytest.mark.parametrize("text", [None, "phases: ["])
def test_a_journey_file_that_cannot_be_read_is_a_problem_and_no_failure_of_ours(
    client: FlaskClient, playbook_settings: Settings, text: str | None
) -> None:
    path = Path(str(playbook_settings.journey))
    path.unlink() if text is None else path.write_text(text)

    answer = client.get("/readyz")

    assert answer.status_code == 503
    (problem,) = answer.get_json()["problems"]
    assert problem["code"] == "JOURNEY_FILE_INVALID"
    assert problem["detail"].startswith(str(path))


def test_a_store_that_was_there_is_a_problem_and_leaves_it_ready(
    client: FlaskClient, app: flask.Flask, playbook_settings: Settings
) -> None:
    assert client.get("/readyz").get_json()["problems"] == []
    app.extensions["nba"].store.close()
    path = Path(playbook_settings.database_url.removeprefix("sqlite:///"))
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    path.mkdir()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.get_json()["status"]) == (200, "ready")
    assert [one["code"] for one in answer.get_json()["problems"]] == ["STORE_UNAVAILABLE"]
    shutil.rmtree(path)


def test_a_rule_that_failed_is_a_problem(client: FlaskClient, app: flask.Flask) -> None:
    app.extensions["nba"].decisions.counts.rule_failures.add(["ADULTS_ONLY", "ADULTS_ONLY"])

    (problem,) = client.get("/readyz").get_json()["problems"]

    assert problem == {
        "code": "RULE_FAILED",
        "detail": "the rule of policy ADULTS_ONLY failed in 2 decisions, which refuses",
    }


def test_metrics_are_text_for_prometheus(client: FlaskClient) -> None:
    answer = client.get("/metrics")

    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert "# TYPE nba_decisions_total counter" in answer.text


def test_bundles_come_with_trials_and_the_shadows_counts(shared_client: FlaskClient) -> None:
    found = shared_client.get("/v1/bundles").get_json()

    assert BundlesAnswer().load(found)
    assert found["trials"] == []
    assert set(found["shadow"].values()) <= {0}


@pytest.mark.parametrize("path", ["promote", "rollback"])
def test_a_bundle_that_there_is_not_takes_no_role(client: FlaskClient, path: str) -> None:
    refused = client.post(f"/v1/bundles/b-9/{path}", json={"reason": "try"})

    assert (refused.status_code, refused.get_json()["code"]) == (404, "BUNDLE_UNKNOWN")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("promote", {}, "reason"),
        ("promote", {"reason": ""}, "reason"),
        ("promote", {"reason": "x" * 501}, "reason"),
        ("promote", {"reason": "try", "role": "king"}, "role"),
        ("promote", {"reason": "try", "role": "challenger", "share": 1}, "share"),
        ("promote", {"reason": "try", "role": "challenger", "share": 0}, "share"),
        ("rollback", {"reason": "try", "share": 0.5}, "share"),
    ],
)
def test_what_cannot_be_asked_is_refused_under_its_field(
    client: FlaskClient, path: str, body: dict[str, object], field: str
) -> None:
    refused = client.post(f"/v1/bundles/b-9/{path}", json=body)

    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, field)
