"""Production does not start with unsafe settings, and says which; development tells."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nba_service.cli import main
from nba_service.errors import SettingsError
from nba_service.server.safety import unsafe
from nba_service.server.startup import checks, prepare
from nba_service.settings import Authentication, Environment, Settings, load_settings
from nba_service.store import open_store

RANDOM = "7d2f0c9be4815a36f07e9d3c5b1a2846"


@pytest.fixture
def safe(playbook_settings: Settings) -> Settings:
    safe = replace(
        playbook_settings, authentication=Authentication.REQUIRED, environment=Environment.PRODUCTION
    )
    store = open_store(safe)
    store.migrate()
    store.close()
    return safe


def test_what_the_service_makes_itself_is_safe(safe: Settings) -> None:
    assert list(unsafe(safe)) == []


def test_each_unsafe_setting_is_named_with_its_remedy(safe: Settings, tmp_path: Path) -> None:
    (tmp_path / "playbook.sqlite").chmod(0o644)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    wrong = replace(safe, authentication=Authentication.OFF, log_level="debug", registry=tmp_path / "open")

    found = "\n".join(unsafe(wrong))

    for remedy in ("nba keys create", "Set info", "chmod 600", "chmod o-w"):
        assert remedy in found
    assert list(unsafe(replace(safe, database_url="postgresql://nba:abc@db/nba"))) != []


def test_links_in_mails_need_a_secret(safe: Settings) -> None:
    linked = replace(safe, public_url="https://nba.example.com")
    (found,) = unsafe(linked)
    assert found.startswith("NBA_MAIL_SECRET")
    assert list(unsafe(replace(linked, mail_secret=(RANDOM,)))) == []


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("NBA_IDENTITY_SECRET", "identity_secret"),
        ("NBA_MAIL_SECRET", "mail_secret"),
        ("NBA_LOG_SALT", "log_salt"),
    ],
)
def test_a_secret_that_can_be_guessed_is_none(safe: Settings, name: str, setting: str) -> None:
    def found(secret: str) -> list[str]:
        value: Any = (RANDOM[::-1], secret) if setting == "mail_secret" else secret
        return list(unsafe(replace(safe, **{setting: value})))

    for weak in ("x" * 40, "changeme" * 1, RANDOM[:31], "abab" * 16):
        (line,) = found(weak)
        assert line.startswith(f"{name}: ")
        assert weak not in line, "a report is no place for a secret"
        with pytest.raises(SettingsError, match=name):
            prepare(replace(safe, **{setting: (weak,) if setting == "mail_secret" else weak}))
    assert found(RANDOM) == []


def test_each_secret_opens_one_thing(safe: Settings) -> None:
    shared = replace(safe, identity_secret=RANDOM, log_salt=RANDOM, mail_secret=(RANDOM,))

    found = list(unsafe(shared))

    assert [line.partition(":")[0] for line in found] == ["NBA_MAIL_SECRET", "NBA_LOG_SALT"]
    assert all("NBA_IDENTITY_SECRET" in line and RANDOM not in line for line in found)


def test_a_secret_that_is_not_set_is_told_and_stops_nothing(safe: Settings) -> None:
    told = {check.name: check.found for check in checks(safe, migrate=True)}["safety"]
    with_both = replace(safe, identity_secret=RANDOM, log_salt=RANDOM[::-1])

    assert "NBA_IDENTITY_SECRET is not set" in told
    assert "NBA_LOG_SALT is not set" in told
    assert "not set" not in {check.name: check.found for check in checks(with_both, migrate=True)}["safety"]


def problems(settings: Settings) -> dict[str, str]:
    return {check.name: str(check.problem) for check in checks(settings, migrate=True) if check.problem}


def test_production_needs_a_key_and_development_does_not(safe: Settings) -> None:
    assert "at least one live API key" in problems(safe)["keys"]
    assert problems(replace(safe, environment=Environment.DEVELOPMENT)) == {}


def test_production_refuses_and_doctor_says_why(
    safe: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "playbook.sqlite").chmod(0o666)
    monkeypatch.setenv("NBA_ENVIRONMENT", "production")
    monkeypatch.setenv("NBA_DATABASE_URL", safe.database_url)
    monkeypatch.setenv("NBA_REGISTRY", str(safe.registry))
    monkeypatch.setenv("NBA_JOURNEY", str(safe.journey))

    done = CliRunner().invoke(main, ["doctor", "--json"])

    assert done.exit_code == 1
    by_name = {entry["check"]: entry for entry in json.loads(done.stdout)}
    assert by_name["safety"]["code"] == "SETTINGS_INVALID"
    assert "chmod 600" in by_name["safety"]["detail"]


def test_no_authentication_only_on_this_machine() -> None:
    with pytest.raises(SettingsError, match="NBA_AUTHENTICATION: expected required where others"):
        load_settings({"NBA_AUTHENTICATION": "off", "NBA_HOST": "0.0.0.0"})  # noqa: S104
    for host in ("127.0.0.1", "localhost", "::1"):
        assert load_settings({"NBA_AUTHENTICATION": "off", "NBA_HOST": host})


def test_a_password_in_a_redis_url_is_not_shown() -> None:
    with pytest.raises(SettingsError, match="not shown") as caught:
        load_settings({"NBA_REDIS_URL": "http://:geheim@host"})
    assert "geheim" not in str(caught.value)
