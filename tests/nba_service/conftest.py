"""A real service on a throw-away SQLite with a real bundle of the tiny journey; time and ids stand still."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from models.registry import Registry
from nba_service.app import create_app
from nba_service.services import Services, make_services
from nba_service.settings import Authentication, Settings
from nba_service.store import open_store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def in_no_hurry() -> Iterator[None]:
    """Tests share a busy machine: what they say must not hang on its speed. Tests of deadlines set them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Settings.__init__.__kwdefaults__, "web_deadline_ms", 30_000)
        patch.setitem(Settings.__init__.__kwdefaults__, "mail_deadline_ms", 30_000)
        yield


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, save_tiny_bundle: Callable[..., object]) -> Path:
    """A registry with the bundles b-1 (champion) and b-2; to be copied, not changed."""
    root = tmp_path_factory.mktemp("registry")
    for name in ("b-1", "b-2"):
        save_tiny_bundle(root / "new" / name, bundle_id=name)
        Registry(root).add(root / "new" / name, name)
    Registry(root).promote("b-1", "first", NOW, check=lambda _: None)
    return root


@pytest.fixture
def registry(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "registry"))


@pytest.fixture
def settings(registry: Path, tmp_path: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path}/nba.sqlite",
        registry=registry,
        journal=tmp_path / "journal",
        poll_seconds=0.1,
        workers=2,
        authentication=Authentication.OFF,
    )


@pytest.fixture
def playbook_settings(tmp_path: Path, tiny_journey_text: str) -> Settings:
    """No bundle anywhere: the journey file's playbook decides."""
    path = tmp_path / "journey.yaml"
    path.write_text(tiny_journey_text)
    return Settings(
        database_url=f"sqlite:///{tmp_path}/playbook.sqlite",
        registry=tmp_path / "none",
        journal=tmp_path / "journal",
        journey=path,
        authentication=Authentication.OFF,
    )


@pytest.fixture
def page_settings(playbook_settings: Settings) -> Settings:
    """Keys are asked for, and a server may say who a page's visitor is."""
    return replace(
        playbook_settings,
        authentication=Authentication.REQUIRED,
        key_cache_seconds=0,
        identity_secret="s" * 32,
    )


@pytest.fixture(scope="session")
def lay_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], None]:
    """``lay_store(settings)``: an empty migrated SQLite where there is none; a copy, which is quicker."""
    template = tmp_path_factory.mktemp("migrated") / "nba.sqlite"
    store = open_store(Settings(database_url=f"sqlite:///{template}"))
    store.migrate()
    store.close()

    def lay(settings: Settings) -> None:
        scheme, _, place = settings.database_url.partition("///")
        path = Path(place)
        if scheme == "sqlite:" and path.parent.is_dir() and not path.exists():
            shutil.copy(template, path)

    return lay


@pytest.fixture
def make_app(lay_store: Callable[[Settings], None]) -> Iterator[Callable[[Settings], flask.Flask]]:
    """``make_app(settings)``: the application, migrated, with a clock that stands and counted ids."""
    made: list[flask.Flask] = []

    def make(settings: Settings, **changed: Any) -> flask.Flask:
        lay_store(settings)
        ids = itertools.count(1)
        usual = {"clock": lambda: NOW, "id_maker": lambda: f"id-{next(ids)}", "poll": False}
        app = create_app(settings, **(usual | changed))
        app.extensions["nba"].store.plain.migrate()
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["nba"].source.stop()
        app.extensions["nba"].store.close()


@pytest.fixture
def parts(playbook_settings: Settings, lay_store: Callable[[Settings], None]) -> Iterator[Services]:
    """All parts of a service that decides by the playbook, without HTTP; ids are id-1, id-2, …"""
    lay_store(playbook_settings)
    ids = itertools.count(1)
    made = make_services(playbook_settings, clock=lambda: NOW, id_maker=lambda: f"id-{next(ids)}", poll=False)
    yield made
    made.stop()


@pytest.fixture
def client(make_app: Callable[[Settings], flask.Flask], settings: Settings) -> FlaskClient:
    return make_app(settings).test_client()


@pytest.fixture(scope="session")
def shared_client(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """One service for all tests that leave nothing behind that another could trip over."""
    database = tmp_path_factory.mktemp("shared") / "nba.sqlite"
    ids = itertools.count(1)
    app = create_app(
        Settings(database_url=f"sqlite:///{database}", registry=published, authentication=Authentication.OFF),
        clock=lambda: NOW,
        id_maker=lambda: f"shared-{next(ids)}",
        poll=False,
    )
    app.extensions["nba"].store.plain.migrate()
    yield app.test_client()
    app.extensions["nba"].store.close()
