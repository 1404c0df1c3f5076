"""`nba init`: what it writes is checked, trains, and is served at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nba_service.app import create_app
from nba_service.cli import main
from nba_service.settings import Authentication, Settings
from training.starter.cli import TEMPLATES, init


def call(*arguments: object) -> Result:
    return CliRunner().invoke(init, [str(argument) for argument in arguments])


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_a_journey_without_a_warning(tmp_path: Path, template: str) -> None:
    done = call(tmp_path / "mine", "--template", template)

    assert done.exit_code == 0, done.output
    assert "warning" not in done.output
    assert "rejected" not in done.output
    assert "nba train --config" in done.output
    checked = CliRunner().invoke(main, ["journey", "check", "--strict", str(tmp_path / "mine/journey.yaml")])
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_served_before_anything_is_learned(tmp_path: Path, template: str) -> None:
    call(tmp_path / "mine", "--template", template)
    app = create_app(
        Settings(
            database_url=f"sqlite:///{tmp_path}/nba.sqlite",
            registry=tmp_path / "none",
            journal=tmp_path / "journal",
            journey=tmp_path / "mine/journey.yaml",
            authentication=Authentication.OFF,
            web_deadline_ms=20_000,  # a busy machine is not what is tested
        ),
        poll=False,
    )
    store = app.extensions["nba"].store
    store.plain.migrate()
    consent = {"personalization": True, "email": True, "phone": True}
    known = set(app.extensions["nba"].source.current().journey.consents)
    profile = {"consent": {name: given for name, given in consent.items() if name in known}}

    body = {"profile": profile, "context": {"time": "2026-11-20T10:00:00Z"}}
    client = app.test_client()
    answers = [
        client.post("/v1/decisions", json={**body, "customer_id": f"c-{i}"}).get_json() for i in range(5)
    ]

    app.extensions["nba"].source.stop()
    store.close()
    assert {answer["actions"][0]["action"] for answer in answers} - {"nothing"}, answers


def test_own_files_are_told_trained_and_served(exports: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"

    done = call(mine, "--data", exports, "--worth", 25, "--yes")

    assert done.exit_code == 0, done.output
    assert "utf-8, semicolon" in done.output
    assert "campaign: " in done.output
    assert "decisions          1,200 rows" in done.output
    train = [
        "train",
        "--config",
        mine / "training.yaml",
        "--data",
        exports,
        "--registry",
        mine / "registry",
        "--json",
    ]
    trained = CliRunner().invoke(main, [str(argument) for argument in train])
    assert trained.exit_code == 0, trained.output
    assert json.loads(trained.stdout)["bundle_id"]


def test_a_folder_that_is_begun_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "journey.yaml").write_text("mine")

    done = CliRunner().invoke(main, ["init", str(tmp_path), "--template", "shop"])

    assert done.exit_code == 1
    assert "has journey.yaml already" in done.output
    assert (tmp_path / "journey.yaml").read_text() == "mine"


@pytest.mark.parametrize("options", [[], ["--template", "shop", "--data", "x"]])
def test_one_beginning_is_to_be_said(tmp_path: Path, options: list[str]) -> None:
    done = call(tmp_path / "mine", *options)

    assert done.exit_code == 2
    assert "Say either --template" in done.output


def test_a_person_is_asked_what_no_file_says(
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.starter.cli._asks", lambda: True)

    done = CliRunner().invoke(init, [str(tmp_path / "mine"), "--data", str(exports)], input="y\n40\n")

    assert done.exit_code == 0, done.output
    assert "value: 40, lapse" in (tmp_path / "mine/journey.yaml").read_text()


def test_yes_and_no_may_be_german(tmp_path: Path) -> None:
    rows = "\n".join(
        f"K{i};{i % 28 + 1:02}.01.2026 10:00;{'AB'[i % 2]};{('ja', 'nein')[i % 4 > 0]}" for i in range(400)
    )
    (tmp_path / "mailings.csv").write_text(f"Kundennr;Versandt;Kampagne;Bestellt\n{rows}\n")

    done = CliRunner().invoke(init, [str(tmp_path / "mine"), "--data", str(tmp_path), "--yes"])

    assert done.exit_code == 0, done.output
    assert "outcomes             100 rows" in done.output


@pytest.mark.parametrize("spent", [True, False])
def test_a_number_responds_by_being_more_than_nothing(tmp_path: Path, spent: bool) -> None:
    rows = "\n".join(f"{'AB'[i % 2]},{7.5 if spent and i % 4 == 0 else 0.0},x{i % 3}" for i in range(400))
    (tmp_path / "test.csv").write_text(f"variant,spend,word\n{rows}\n")
    asked = [str(tmp_path / "mine"), "--data", str(tmp_path), "--yes", "--outcome"]

    done = CliRunner().invoke(main, ["init", *asked, "spend"])
    refused = CliRunner().invoke(main, ["init", *[asked[0] + "2", *asked[1:]], "word"])

    assert done.exit_code == 0, done.output
    assert ("outcomes             100 rows" in done.output) is spent
    assert ("warning: nobody responded" in done.output) is not spent
    assert refused.exit_code == 1
    assert "expected yes and no" in refused.output
    assert "got x0, x1, x2" in refused.output
