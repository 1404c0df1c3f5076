"""Requests with their answers, kept in a file; and a service whose clock stands where each request was made.

Uses only what is public: ``create_app``, settings, HTTP and the command line.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import lzma
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from flask.testing import FlaskClient

from nba_service.app import create_app
from nba_service.settings import load_settings

HERE: Final = Path(__file__).parent
_VALUES: Final = ("immediate", "journey", "cost", "priority", "over_nothing")
SINCE: Final = "2026-05-01T00:00:00Z"
"""When the imported history ends, which cannot be replayed, and the recorded decisions begin."""
NBA: Final = str(Path(sys.executable).parent / "nba")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request at a moment, and what was answered."""

    at: str
    method: str
    path: str
    body: Any = None
    status: int = 0
    answer: str = ""


class Service:
    """The application in this process, on a store and a registry; each request sets the clock."""

    def __init__(self, environment: Mapping[str, str], name: str) -> None:
        """``name``: what the ids that it makes begin with; a store never sees one twice."""
        self._now = datetime.fromisoformat("2026-05-01T00:00:00+00:00")
        ids = itertools.count(1)
        self._app = create_app(
            load_settings(environment),
            clock=lambda: self._now,
            id_maker=lambda: f"{name}-{next(ids)}",
            poll=False,
        )
        self._client: FlaskClient = self._app.test_client()

    def ask(self, asked: Exchange) -> Exchange:
        """The exchange with the status and the answer of this service."""
        self._now = datetime.fromisoformat(asked.at)
        answer = self._client.open(
            asked.path, method=asked.method, json=asked.body, headers={"X-Request-ID": "recorded"}
        )
        return Exchange(**{**asdict(asked), "status": answer.status_code, "answer": answer.text})

    def get(self, path: str, at: str) -> Exchange:
        return self.ask(Exchange(at=at, method="GET", path=path))

    def stop(self) -> None:
        self._app.extensions["nba"].stop()


@contextmanager
def serving(environment: Mapping[str, str], name: str = "later") -> Iterator[Service]:
    """A service that is stopped afterwards."""
    service = Service(environment, name)
    try:
        yield service
    finally:
        service.stop()


def environment(root: Path, database_url: str, **more: str) -> dict[str, str]:
    """Settings of a service whose registry and journal lie in ``root``."""
    return {
        "NBA_DATABASE_URL": database_url,
        "NBA_REGISTRY": str(root / "registry"),
        "NBA_JOURNAL": str(root / "journal"),
        "NBA_AUTHENTICATION": "off",
        "NBA_WEB_DEADLINE_MS": "60000",
        "NBA_REQUEST_TIMEOUT_SECONDS": "120",
        "NBA_DATABASE_TIMEOUT_MS": "60000",
        "NBA_LOG_LEVEL": "error",
        **more,
    }


def nba(settings: Mapping[str, str], *arguments: str) -> str:
    """What a command prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NBA_")}
    done = subprocess.run(
        [NBA, *arguments], env={**inherited, **settings}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"nba {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def digest(answer: str) -> dict[str, Any]:
    """A decision's answer in a few figures, every bit of them: floats as hexadecimal."""
    decision = json.loads(answer)
    return {
        "id": decision["decision_id"],
        "sha256": hashlib.sha256(answer.encode()).hexdigest(),
        **{name: decision[name] for name in ("reason", "arm", "policy", "bundle", "degraded")},
        "phase": decision["phase"]["name"],
        "actions": [
            {
                **{name: one[name] for name in ("rank", "action", "channel", "placement")},
                "action_probability": float(one["action_probability"]).hex(),
                "propensity": float(one["propensity"]["value"]).hex(),
                **{name: float(one["value"][name]).hex() for name in _VALUES},
            }
            for one in decision["actions"]
        ],
    }


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    path.write_bytes(lzma.compress(text.encode(), preset=9))


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lzma.decompress(path.read_bytes()).decode().splitlines()]


def write_exchanges(path: Path, exchanges: Iterable[Exchange]) -> None:
    write_lines(path, (asdict(one) for one in exchanges))


def read_exchanges(path: Path) -> list[Exchange]:
    return [Exchange(**row) for row in read_lines(path)]
