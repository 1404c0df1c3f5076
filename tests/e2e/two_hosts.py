"""Two hosts of one installation: a service each, with a journal of its own, and a line that can be cut."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.e2e.conftest import NBA, free_port
from tests.waiting import wait_until


class Line:
    """A host's way to the database, which can be cut and mended."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._open: list[socket.socket] = []
        self._whole = True
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            self._whole = False
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with self._lock:
                    if not self._whole:
                        client.close()
                        continue
                    server = self._connected()
                    self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=_pump, args=(one, other), daemon=True).start()

    def _connected(self) -> socket.socket:
        folder = self._server.query.get("host")
        if self._server.host is None and isinstance(folder, str):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{folder}/.s.PGSQL.{self._server.port or 5432}")
            return server
        return socket.create_connection((self._server.host or "127.0.0.1", self._server.port or 5432))


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


class Host:
    """One machine: its service, journal, registry and log."""

    def __init__(self, root: Path, database_url: str, journey: Path) -> None:
        root.mkdir()
        self.root = root
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._log = (root / "serve.log").open("wb")
        env = {name: value for name, value in os.environ.items() if not name.startswith("NBA_")} | {
            "NBA_PORT": str(port),
            "NBA_DATABASE_URL": database_url,
            "NBA_JOURNAL": str(root / "journal"),
            "NBA_REGISTRY": str(root / "registry"),
            "NBA_JOURNEY": str(journey),
            "NBA_AUTHENTICATION": "off",
            "NBA_WORKERS": "1",
            "NBA_ROLLUP_MINUTES": "0",
            "NBA_WEB_DEADLINE_MS": "30000",
        }
        self._service = subprocess.Popen([NBA, "serve"], env=env, stdout=self._log, stderr=self._log)

    def wait_ready(self) -> None:
        wait_until(lambda: self.state() is not None, failure=self.log)

    def state(self) -> dict[str, Any] | None:
        """What ``/readyz`` says; None: nothing yet."""
        assert self._service.poll() is None, self.log()
        with suppress(requests.RequestException):
            answer = requests.get(f"{self.url}/readyz", timeout=5)
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
        return None

    def post(self, path: str, body: Any, **headers: str) -> Any:
        answer = requests.post(f"{self.url}/v1/{path}", json=body, headers=headers, timeout=40)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def log(self) -> str:
        return (self.root / "serve.log").read_text()[-3_000:]

    def waits(self, text: str) -> bool:
        """Whether the journal holds a text."""
        return any(text.encode() in path.read_bytes() for path in self.root.glob("journal/*/journal"))

    def end(self) -> None:
        self._service.send_signal(signal.SIGTERM)
        self._service.wait(timeout=40)
        self._log.close()


class Load:
    """Threads that tell each host about people, until the block ends."""

    def __init__(self, hosts: Sequence[Host], people: Sequence[str], note: str) -> None:
        self._people, self._note = people, note
        self._stop = threading.Event()
        self._errors: list[Exception] = []
        self._threads = [threading.Thread(target=self._run, args=(host,)) for host in hosts]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert self._errors == []

    def _run(self, host: Host) -> None:
        try:
            for number in itertools.count():
                person = self._people[number % len(self._people)]
                self._tell(host, person, f"{host.root.name}-{person}-{number}")
                if self._stop.wait(0.01):
                    return
        except Exception as error:
            self._errors.append(error)

    def _tell(self, host: Host, person: str, key: str) -> None:
        visit = {"customer_id": person, "touchpoint": "visit", "properties": {"note": self._note}}
        host.post("interactions", {"interactions": [visit]})
        made = {"customer_id": person, "decision_id": f"d-{key}", "context": {"path": self._note}}
        host.post("decisions", made, **{"Idempotency-Key": f"k-{key}"})
        host.post("outcomes", {"decision_id": f"d-{key}", "outcome": "clicked"})


def texts_of(value: object) -> Iterator[bytes]:
    """What somebody who looks for a text would find in a column: as it is, and unpacked."""
    if isinstance(value, str):
        yield value.encode()
    elif isinstance(value, bytes):
        yield value
        with suppress(zlib.error):
            yield zlib.decompress(value)


def in_tables(url: str, secrets: Sequence[str]) -> set[tuple[str, str, str]]:
    """Table, column and text, wherever a table of a PostgreSQL schema holds one of the texts."""
    found = set()
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        ).fetchall()
        assert len(names) > 15
        for (name,) in names:
            cursor = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))
            columns = [column.name for column in cursor.description or ()]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    text = b"\n".join(texts_of(value))
                    found |= {(name, column, secret) for secret in secrets if secret.encode() in text}
    return found


def in_files(root: Path, secrets: Sequence[str]) -> set[tuple[str, str]]:
    """File and text, wherever a file holds one of the texts."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return {
        (str(path.relative_to(root)), secret)
        for path in files
        for secret in secrets
        if secret.encode() in path.read_bytes()
    }


def through(line: Line, url: str) -> str:
    """The database's URL by way of a line."""
    made = make_url(url)
    query = {name: value for name, value in made.query.items() if name != "host"}
    line_url = made.set(host="127.0.0.1", port=line.port, query=query)
    return line_url.render_as_string(hide_password=False)
