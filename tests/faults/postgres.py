"""A PostgreSQL of one's own, to be killed, stopped and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``, of the newest version there is."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(folders, key=lambda path: int(path.parts[-3]), default=None)
    return None if newest is None else newest.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """A cluster in ``root``, run by a user who is not root; durable as PostgreSQL is out of the box."""

    def __init__(self, bin_folder: Path, root: Path) -> None:
        self._bin = bin_folder
        self.data = root / "pgdata"
        self.port = free_port()
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        user = "postgres" if os.geteuid() == 0 else os.environ.get("USER", "postgres")
        self.url = f"postgresql://{user}@127.0.0.1:{self.port}/postgres"
        root.mkdir(parents=True, exist_ok=True)
        if self._as:
            shutil.chown(root, "postgres")
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-E", "UTF8", "--no-sync", "-U", user)

    def start(self) -> None:
        """Start and wait until it takes connections."""
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 -c max_connections=60"
        for _ in range(40):
            done = self._run(
                "pg_ctl", "-D", str(self.data), "-w", "-l", str(self.data / "log"), "-o", options, "start",
                check=False,
            )  # fmt: skip
            if done == 0:
                return
            time.sleep(0.25)  # the processes of the killed one are still ending
        raise RuntimeError((self.data / "log").read_text()[-2000:])

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """``kill -9`` of the server, as the machine's memory killer would."""
        os.kill(self.pid, signal.SIGKILL)

    def family(self) -> list[int]:
        """The server and all its processes."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False
        ).stdout
        return [self.pid, *map(int, found.split())]

    def sessions(self) -> str:
        """Who does what, and whom they wait for; for messages."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pid, state, now() - xact_start, wait_event_type, wait_event, pg_blocking_pids(pid),"
                " left(query, 200) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            ).fetchall()
        return "\n".join(map(str, rows))

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop", check=False)

    def _run(self, name: str, *arguments: str, check: bool = True) -> int:
        return subprocess.run(
            [*self._as, str(self._bin / name), *arguments],
            check=check,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        ).returncode
