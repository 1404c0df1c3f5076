"""The solar company's service, by its playbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest

from nba_service.app import create_app
from nba_service.settings import Authentication, Settings

SOLAR = Path(__file__).resolve().parents[2] / "examples" / "solar"


@pytest.fixture(scope="module")
def solar_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], flask.Flask]]:
    """``solar_service(journey_file)``: the service by the text of a journey file of the solar company."""
    made: list[flask.Flask] = []

    def make(journey_file: str) -> flask.Flask:
        folder = tmp_path_factory.mktemp("solar")
        (folder / "journey.yaml").write_text(journey_file)
        app = create_app(
            Settings(
                database_url=f"sqlite:///{folder}/nba.sqlite",
                registry=folder / "none",
                journey=folder / "journey.yaml",
                journal=folder / "journal",
                authentication=Authentication.OFF,
                web_deadline_ms=20_000,
                facts=(str(SOLAR / "facts.py"),),
            ),
            poll=False,
        )
        app.extensions["nba"].store.plain.migrate()
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["nba"].source.stop()
        app.extensions["nba"].store.close()
