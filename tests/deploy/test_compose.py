"""The compose file: whole, with health checks, with nothing secret in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nba_service.settings import load_settings, variable_names

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = DEPLOY / "compose.yaml"


def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def test_everything_is_there_and_watched() -> None:
    assert set(services()) == {"service", "postgres", "redis", "prometheus", "grafana"}
    for name, service in services().items():
        assert service["healthcheck"]["test"], name
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} would listen to the whole network"


def test_replicas_count_together_in_the_redis_that_is_there() -> None:
    service = services()["service"]

    assert service["environment"]["NBA_REDIS_URL"] == "redis://redis:6379/0"
    assert service["depends_on"]["redis"] == {"condition": "service_healthy"}
    assert load_settings({"NBA_REDIS_URL": service["environment"]["NBA_REDIS_URL"]}).redis_url


def test_no_secret_and_no_setting_that_does_not_exist() -> None:
    text = COMPOSE.read_text()

    for name, value in re.findall(r"(\w*(?:PASSWORD|SECRET|KEY|SALT)): (.*)", text):
        assert value.startswith("${"), name
    set_here = {name for one in services().values() for name in one.get("environment", {}) if "NBA_" in name}
    assert set_here <= set(variable_names())
    assert not re.search(r"=.+", (DEPLOY / ".env.example").read_text().replace("# ", ""))


def test_docker_compose_accepts_it(tmp_path: Path) -> None:
    tool = shutil.which("docker-compose", path=str(Path(sys.executable).parent)) or shutil.which(
        "docker-compose"
    )
    if tool is None:
        pytest.skip("docker compose is not installed (requirements-deploy.lock)")
    command = [tool, "--file", str(COMPOSE), "config", "--quiet"]
    whole = {
        "POSTGRES_PASSWORD": "x",
        "GRAFANA_PASSWORD": "y",
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
    }
    accepted = subprocess.run(command, env=whole, capture_output=True, text=True, check=False)
    lacking = {name: value for name, value in whole.items() if name != "POSTGRES_PASSWORD"}
    refused = subprocess.run(command, env=lacking, capture_output=True, text=True, check=False)

    assert accepted.returncode == 0, accepted.stderr
    assert refused.returncode != 0
    assert "set it in .env" in refused.stderr
