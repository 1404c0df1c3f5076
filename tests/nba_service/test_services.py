"""The parts of a service: made once each, opened at their first use, and given to requests by their type."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import flask
import pytest

from nba_service.compat.parts import CompatParts
from nba_service.errors import FactsError, PicturesError
from nba_service.http.current import register
from nba_service.services import Services, make_services, services_of
from nba_service.settings import Settings


def test_nothing_is_opened_before_the_first_use(playbook_settings: Settings) -> None:
    away = replace(playbook_settings, database_url="sqlite:////proc/none/nba.sqlite", journey=Path("/gone"))

    make_services(away, poll=False)


def test_requests_find_each_part_by_its_type(parts: Services) -> None:
    found = list(parts.parts())

    assert max(Counter(map(type, found)).values()) == 1
    register(flask.Flask("test"), found)
    own = {field.name for field in fields(Services)} - {"compat", "id_maker"}
    assert {id(getattr(parts, name)) for name in own} <= {id(part) for part in found}
    tools = [getattr(parts.compat, field.name) for field in fields(CompatParts)]
    assert {id(tool) for tool in tools} <= {id(part) for part in found}


def test_decisions_are_made_and_read_by_one_part(parts: Services) -> None:
    shared = [parts.slots, parts.mail_content, parts.open_pictures, parts.what_if, parts.compat.flags]

    assert {id(part._decisions) for part in shared} == {id(parts.decisions)}  # type: ignore[attr-defined]


def test_a_picture_and_the_click_beside_it_are_decided_by_one_part(parts: Services) -> None:
    assert parts.open_pictures._open_time is parts.clicks._open_time


def test_stopping_a_service_that_never_began_is_harmless(playbook_settings: Settings) -> None:
    services = make_services(playbook_settings, poll=True)

    services.stop()
    services.stop()


def test_a_service_begins_without_its_store(playbook_settings: Settings) -> None:
    services = make_services(
        replace(playbook_settings, database_url="sqlite:////proc/none/nba.sqlite"), poll=False
    )

    services.start()

    assert services.source.current().bundle_id == "none"
    services.stop()


def test_a_worker_has_decided_before_it_listens_and_nothing_is_kept_of_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = make_services(settings, poll=False)
    services.store.plain.migrate()
    made: list[object] = []
    decide = services.decisions.hypothetical
    monkeypatch.setattr(type(services.decisions), "hypothetical", lambda _, call: made.append(decide(call)))

    services.start()

    assert len(made) == 1
    assert services.store.plain.records_of("warm-up", 10)["decisions"] == []
    services.stop()


def test_an_application_carries_its_services(parts: Services) -> None:
    app = flask.Flask("test")
    app.extensions["nba"] = parts

    assert services_of(app) is parts


@pytest.mark.parametrize(
    ("setting", "error"),
    [({"facts": ("no_such_module",)}, FactsError), ({"pictures": "no_such_module"}, PicturesError)],
)
def test_a_module_of_the_company_that_cannot_be_used_stops_the_start(
    playbook_settings: Settings, setting: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error, match="no_such_module"):
        make_services(replace(playbook_settings, **setting), poll=False)  # type: ignore[arg-type]
