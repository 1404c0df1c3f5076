"""Servers to measure: started, waited for and ended; their CPU and memory from ``/proc``."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks.service.world import fill
from nba_service.access.issuing import KeyIssuer
from nba_service.keys.scopes import Scope
from nba_service.settings import Durability, Settings
from nba_service.store import open_store

TICK: Final = os.sysconf("SC_CLK_TCK")


SERVICES: Final = ("async", "flush", "commit", "postgres")
"""Servers that are this service; ``postgres``: with ``commit`` there."""


@dataclass(frozen=True, slots=True)
class Started:
    """A server that answers.

    ``start_s``: seconds to its first answer; ``key``: what its callers send as a bearer token, if anything.
    """

    port: int
    master: int
    start_s: float
    first_ms: float
    key: str | None = None


@contextmanager
def started(
    root: Path, name: str, workers: int, postgres: str | None = None, deadline_ms: int | None = None
) -> Iterator[Started]:
    """A server of ``name`` over a store that nothing was decided in yet.

    With a deadline of its own the first answer may be late, and lack something.
    """
    port, environment = free_port(), dict(os.environ)
    command = [sys.executable, "-m", "benchmarks.service.rivals", name, str(port), str(workers)]
    command.append(str(root / "registry"))
    with ExitStack() as stack:
        key = None
        if name in SERVICES:
            url = stack.enter_context(fresh_store(root, name, postgres))
            settings = service_settings(root, name, url)
            key = make_key(settings)
            command = [sys.executable, "-c", "from nba_service.cli import main; main()", "serve"]
            environment |= {
                "NBA_DATABASE_URL": url, "NBA_REGISTRY": str(settings.registry),
                "NBA_PORT": str(port), "NBA_WORKERS": str(workers),
                "NBA_DURABILITY": settings.durability.value, "NBA_RATE_KEY_PER_MINUTE": "10000000",
                "NBA_LOG_LEVEL": "info", "NBA_WEB_DEADLINE_MS": str(deadline_ms or 5_000),
            }  # fmt: skip
        begun = time.monotonic()
        log = stack.enter_context((root / f"{name}.log").open("wb"))
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            answered, took_ms = first_answer(
                port, process, root / f"{name}.log", key, whole=deadline_ms is None
            )
            yield Started(port, process.pid, answered - begun, took_ms, key)
        finally:
            process.terminate()
            process.wait(30)


def service_settings(root: Path, name: str, url: str) -> Settings:
    """Keys, limits, metrics and the log are on, as where it is used."""
    durability = Durability.COMMIT if name == "postgres" else Durability(name)
    return Settings(database_url=url, registry=root / "registry", durability=durability, log_level="error")


def make_key(settings: Settings) -> str:
    """A secret key of the store."""
    store = open_store(settings)
    try:
        _, token = KeyIssuer(store.keys, lambda: datetime.now(UTC)).create(
            "benchmark", scopes=[Scope.DECIDE], rotate=True
        )
    finally:
        store.close()
    return token


@contextmanager
def fresh_store(root: Path, name: str, postgres: str | None) -> Iterator[str]:
    """The address of a copy of the filled store, thrown away afterwards."""
    if name == "postgres":
        if postgres is None:
            raise ValueError("postgres: expected the address of a server (--postgres), got none")
        with fresh_database(root, postgres) as url:
            yield url
        return
    template, copy = root / "template.sqlite", root / f"{name}.sqlite"
    fill(service_settings(root, "flush", f"sqlite:///{template}"))
    shutil.copyfile(template, copy)
    copy.chmod(0o600)
    try:
        yield f"sqlite:///{copy}"
    finally:
        for rest in root.glob(f"{name}.sqlite*"):
            rest.unlink()


@contextmanager
def fresh_database(root: Path, server: str) -> Iterator[str]:
    """The same on PostgreSQL, where ``server`` names a database from which others may be made."""
    import psycopg

    template, copy = "nba_bench_template", f"nba_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        made = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (template,)).fetchone()
        if not made:
            connection.execute(f"CREATE DATABASE {template}")
        fill(service_settings(root, "flush", database_at(server, template)))
        connection.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {copy} TEMPLATE {template}")
        try:
            yield database_at(server, copy)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")


def database_at(server: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def first_answer(
    port: int, process: subprocess.Popen[bytes], log: Path, key: str | None, *, whole: bool = True
) -> tuple[float, float]:
    """When the server first answered a decision (monotonic seconds), and how many ms that took.

    Raises:
        RuntimeError: it ended, or its first answer is degraded and has to be ``whole``.
    """
    body = json.dumps({"customer_id": "c-1"})
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        begun = time.monotonic()
        try:
            connection.request("POST", "/v1/decisions", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status == 200:
                if whole and json.loads(said).get("degraded_by"):
                    raise RuntimeError(f"the first answer is degraded: {said[:500]!r}")
                now = time.monotonic()
                return now, (now - begun) * 1000
            raise RuntimeError(f"the first answer is {answer.status}: {said[:500]!r}")
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise RuntimeError(f"the server ended with {process.returncode}:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_s(master: int) -> float:
    """User and system seconds of the workers so far."""
    spent = 0
    for pid in children(master):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / TICK


def pss_mb(pid: int) -> float:
    """Memory of a process, what it shares divided by those who share it."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return 0.0 if found is None else int(found[1]) / 1024


def stored_bytes(path: Path) -> float:
    """What the decisions of a SQLite store take, indexes included."""
    with closing(sqlite3.connect(path)) as connection:
        pages = "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE '%decision%' AND aggregate = TRUE"
        try:
            return float(connection.execute(pages).fetchone()[0] or 0)
        except sqlite3.OperationalError:  # built without dbstat
            used = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
            return float(connection.execute(used).fetchone()[0])
