"""What stands in the way of serving is one line that says what to do."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from models import kernel
from models.errors import NBAError
from nba_service.cli import main
from nba_service.server.startup import checks, prepare
from nba_service.settings import Settings
from nba_service.store.sql.driver_errors import DAMAGED


@pytest.fixture
def free(playbook_settings: Settings) -> Settings:
    """Settings with a port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return replace(playbook_settings, port=probe.getsockname()[1])


@pytest.fixture
def migrated(free: Settings) -> Settings:
    prepare(free)
    return free


def problem(settings: Settings, name: str, *, migrate: bool = False) -> NBAError:
    found = {check.name: check.problem for check in checks(settings, migrate=migrate)}[name]
    assert found is not None
    assert "\n" not in str(found)
    return found


def database(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


@pytest.mark.parametrize("migrate", [False, True])
def test_a_store_of_a_newer_version(migrated: Settings, migrate: bool) -> None:
    with sqlite3.connect(database(migrated)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    said = str(problem(migrated, "store", migrate=migrate))

    assert said.startswith("The store has schema 9999, which a newer version made")
    assert "Install the newer version again" in said
    assert "migrate" not in said
    with pytest.raises(NBAError, match="9999"):
        prepare(migrated)


def test_a_damaged_store(migrated: Settings) -> None:
    for side in ("-wal", "-shm"):
        database(migrated).with_name(database(migrated).name + side).unlink(missing_ok=True)
    database(migrated).write_bytes(b"no database at all" * 1_000)

    said = str(problem(migrated, "store"))

    assert said == f"{DAMAGED} (SQLITE_NOTADB)."


def test_a_port_that_is_taken(free: Settings) -> None:
    with socket.socket() as other:
        other.bind((free.host, free.port))
        other.listen()
        said = str(problem(free, "port"))
        with pytest.raises(NBAError, match="cannot listen"):
            prepare(free)

    assert said == (
        f"The service cannot listen on 127.0.0.1:{free.port}: Address already in use. End the program that"
        " has the port, or choose another with NBA_PORT and NBA_HOST."
    )


def test_a_full_disk_is_said_and_stops_nothing(migrated: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        total: int
        used: int
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 0))

    found = problem(migrated, "disk")
    assert (found.code, "has 0 MiB left. Make room" in str(found)) == ("DISK_FULL", True)
    assert any("disk: The disk of the journal" in line for line in prepare(migrated))


@pytest.fixture
def read_only(registry: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry on a file system that cannot be written; said by the system, since tests may run as root."""
    real = Path.open

    def refuse(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if registry in path.parents and mode != "r" and "b" not in mode:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", refuse)
    return registry


def test_a_registry_that_is_read_only(read_only: Path) -> None:
    done = CliRunner().invoke(main, ["rollback", "--reason", "x", "--registry", str(read_only)])

    assert done.exit_code == 1
    said = done.output.strip()
    assert "\n" not in said
    assert f"The registry {read_only} cannot be written: Read-only file system." in said


@pytest.mark.parametrize(("built", "said"), [(object(), "compiled"), (None, "left out")])
def test_whether_the_kernel_is_there(
    free: Settings, monkeypatch: pytest.MonkeyPatch, built: object, said: str
) -> None:
    monkeypatch.setattr(kernel, "native", built)

    (found,) = (check for check in checks(free, migrate=False) if check.name == "kernel")

    assert found.problem is None, "without it everything works"
    assert found.found.startswith(said)
