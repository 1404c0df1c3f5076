"""A backup, restored elsewhere, gives the same decisions: as docs/how-to/back-up-and-restore.md says.

Store, registry and journal of a service that has lived a little; each stored decision is replayed in the new
place. The commands are the page's own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest

from nba_service.access.issuing import KeyIssuer
from nba_service.keys.scopes import Scope
from nba_service.settings import Authentication, Settings
from tests.nba_service.conftest import NOW

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "back-up-and-restore.md"
DECISIONS = [f"d-{number}" for number in range(12)]


def commands(database: str) -> list[str]:
    """Lines of the page that name the database's tool."""
    tools = {"sqlite": "sqlite3", "postgresql": "pg_"}
    lines = re.findall(
        r"(?:^|# or: )((?:sqlite3|pg_dump|pg_restore) [^#\n]+)", PAGE.read_text(), re.MULTILINE
    )
    return [line.strip() for line in dict.fromkeys(lines) if line.startswith(tools[database])]


def live(app: flask.Flask) -> str:
    """Decisions of a few customers, what came of them, a refusal, and a key."""
    client = app.test_client()
    app.extensions["nba"].store.plain.migrate()
    for number, decision_id in enumerate(DECISIONS):
        body = {"customer_id": f"c-{number % 4}", "decision_id": decision_id}
        assert client.post("/v1/decisions", json=body).status_code == 200
        client.post("/v1/outcomes", json={"decision_id": decision_id, "outcome": "clicked"})
    client.put("/v1/customers/c-1", json={"consent": {"email": False}})
    _, key = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW).create(
        "shop", scopes=[Scope.READ]
    )
    return key


def check_restored(app: flask.Flask, key: str, told: dict[str, bytes]) -> None:
    """The same answers, by the same key, replayed identically."""
    client, headers = app.test_client(), {"Authorization": f"Bearer {key}"}
    for decision_id in DECISIONS:
        assert client.get(f"/v1/decisions/{decision_id}", headers=headers).data == told[decision_id]
        assert client.get(f"/v1/decisions/{decision_id}/replay", headers=headers).get_json()["identical"]
    assert client.get("/v1/customers/c-1", headers=headers).get_json()["consent"]["email"] is False


def closed(app: flask.Flask) -> None:
    app.extensions["nba"].source.stop()
    app.extensions["nba"].store.close()


def moved(settings: Settings, root: Path, url: str) -> Settings:
    """The same service in another place, which asks for keys."""
    return replace(
        settings,
        database_url=url,
        registry=root / "registry",
        journal=root / "journal",
        authentication=Authentication.REQUIRED,
        key_cache_seconds=0,
    )


def run(command: str, **env: str) -> None:
    done = subprocess.run(["bash", "-c", command], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stderr}"


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not installed")
def test_sqlite_is_copied_while_it_is_used_and_restored_elsewhere(
    make_app: Callable[..., flask.Flask], settings: Settings, tmp_path: Path
) -> None:
    app = make_app(settings)
    key = live(app)
    told = {each: app.test_client().get(f"/v1/decisions/{each}").data for each in DECISIONS}
    back_up, restore = commands("sqlite")
    (tmp_path / "backup").mkdir()
    file = settings.database_url.removeprefix("sqlite:///")

    run(
        back_up.replace("/srv/nba/nba.sqlite", file).replace("backup/", f"{tmp_path}/backup/")
    )  # the service still runs
    shutil.copytree(settings.registry, tmp_path / "backup/registry")
    closed(app)
    shutil.rmtree(settings.registry)
    Path(file).unlink()

    new = tmp_path / "srv"
    new.mkdir()
    run(restore.replace("/srv/restored/", f"{new}/").replace("'backup/", f"'{tmp_path}/backup/"))
    shutil.copytree(tmp_path / "backup/registry", new / "registry")
    check_restored(make_app(moved(settings, new, f"sqlite:///{new}/nba.sqlite")), key, told)


def test_postgresql_is_dumped_and_restored_elsewhere(
    make_app: Callable[..., flask.Flask], settings: Settings, postgres_url: str, tmp_path: Path
) -> None:
    """In databases of their own, as pg_restore brings a schema back under its name."""
    import psycopg

    programs = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path("/usr/bin"))
    if not (programs / "pg_dump").exists():
        pytest.skip("pg_dump is not installed")
    names = [f"nba_backup_{kind}_{tmp_path.name[-8:].strip('_')}".lower() for kind in ("old", "new")]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')  # type: ignore[call-overload]
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    old_url, new_url = (database_url(postgres_url, name) for name in names)
    apps: list[Any] = []
    try:
        app = make_app(replace(settings, database_url=old_url))
        apps.append(app)
        key = live(app)
        told = {each: app.test_client().get(f"/v1/decisions/{each}").data for each in DECISIONS}
        back_up, restore = commands("postgresql")
        (tmp_path / "backup").mkdir()
        for command, url in ((back_up, old_url), (restore, new_url)):
            path = f"{programs}:/usr/bin:/bin"
            run(command.replace("backup/", f"{tmp_path}/backup/"), NBA_DATABASE_URL=url, PATH=path)
        shutil.copytree(settings.registry, tmp_path / "srv/registry")
        new = make_app(moved(settings, tmp_path / "srv", new_url))
        apps.append(new)
        check_restored(new, key, told)
    finally:
        for one in apps:
            closed(one)
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            for name in names:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def database_url(url: str, name: str) -> str:
    """The same server, another database."""
    base, _, query = url.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
