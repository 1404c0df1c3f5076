"""One throw-away installation for the end-to-end tests: real commands, gunicorn, SQLite on disk.

Small numbers, so that it stays a test; `make demo` runs the same path at full size.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

NBA = str(Path(sys.executable).parent / "nba")
SOLAR = Path(__file__).parents[2] / "examples" / "solar"
CUSTOMERS = 600


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(name="free_port")
def a_free_port() -> int:
    return free_port()


class Product:
    """The commands and the service of one throw-away installation."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NBA_")},
            "NBA_PORT": str(self.port),
            "NBA_REGISTRY": str(root / "registry"),
            "NBA_DATABASE_URL": f"sqlite:///{root / 'nba.sqlite'}",
            "NBA_POLL_SECONDS": "0.5",
        }
        self.service: subprocess.Popen[bytes] | None = None
        self.key = ""

    def readme_env(self) -> dict[str, str]:
        """The environment of a reader: `nba` on the path, and a demo of their own, small."""
        own = {
            "PATH": f"{Path(NBA).parent}:{os.environ['PATH']}",
            "NBA_DEMO_ROOT": str(self.root / "demo"),
            "NBA_DEMO_CUSTOMERS": "800",
            "NBA_PORT": str(free_port()),  # the demo serves next to the product
            "NBA_API_KEY": self.key,
            "OFFICE_HOURS": "2026-11-20T10:00:00Z",  # as the demo's env.sh says it
        }
        return {**self.env, **own}

    def nba(self, *arguments: str) -> str:
        done = subprocess.run([NBA, *arguments], env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"nba {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def serve(self) -> None:
        log = (self.root / "serve.log").open("wb")
        self.service = subprocess.Popen([NBA, "serve"], env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self.service.poll() is None, (self.root / "serve.log").read_text()
            try:
                if requests.get(f"{self.url}/readyz", timeout=1).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise AssertionError((self.root / "serve.log").read_text())

    def end(self) -> int | None:
        if self.service is None:
            return None
        self.service.send_signal(signal.SIGINT)
        return self.service.wait(timeout=20)

    def post(self, path: str, body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return requests.post(f"{self.url}/v1/{path}", json=body, headers=headers, timeout=5)

    def decide(self, **body: Any) -> dict[str, Any]:
        answer = self.post("decisions", body)
        assert answer.status_code in (200, 201), answer.text
        result: dict[str, Any] = answer.json()
        return result


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product"))
    history = str(product.root / "history")
    ends_at = datetime.now(UTC).strftime("%Y-%m-%d")
    world = str(SOLAR / "simulator.yaml")
    product.nba("simulate", "--world", world, "--customers", str(CUSTOMERS), "--ends-at", ends_at,
                "--seed", "3", "--out", history)  # fmt: skip
    manifest = json.loads(
        product.nba("train", "--config", str(SOLAR / "training.yaml"), "--data", history, "--json")
    )
    product.first_bundle = manifest["bundle_id"]  # type: ignore[attr-defined]
    product.nba("import", history)
    product.key = product.nba("keys", "create", "e2e", "--scope", "decide", "--scope", "track").strip()
    try:
        product.serve()
        yield product
    finally:
        exit_code = product.end()
    assert exit_code == 0, "Ctrl-C must end the service cleanly"
