"""``nba serve``: a real gunicorn, which serves and ends gracefully, or says why it does not begin."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from nba_service.settings import Settings
from tests.waiting import wait_until

NBA = str(Path(sys.executable).parent / "nba")


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
        port = environment.pop("NBA_PORT")
        service = subprocess.Popen([NBA, "serve", "--port", port], env=environment, stderr=log, cwd=tmp_path)
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
    assert "Server" not in huge.headers
    assert code == 0
    assert "Control socket" not in said


def _wait(service: subprocess.Popen[bytes], url: str) -> None:
    def ready() -> bool:
        assert service.poll() is None, "the service ended before it was ready"
        try:
            return requests.get(f"{url}/readyz", timeout=1).ok
        except requests.RequestException:
            return False

    wait_until(ready, 120.0, failure=lambda: "the service was not ready")


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


def test_an_option_is_checked_like_its_setting(environment: dict[str, str], tmp_path: Path) -> None:
    command = [NBA, "serve", "--port", "many"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert done.returncode == 1
    assert "NBA_PORT" in done.stderr
    assert "many" in done.stderr
