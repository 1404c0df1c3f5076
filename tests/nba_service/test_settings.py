"""Settings: typed, bounded, and wrong ones reported all at once."""

from __future__ import annotations

import pytest

from nba_service.errors import SettingsError
from nba_service.settings import Durability, Settings, load_settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert load_settings({"PATH": "/bin"}) == Settings()


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"NBA_PORT": "http", "NBA_WORKERS": "0", "NBA_DURABILITY": "maybe", "NBA_PROT": "1"})

    text = str(caught.value)
    assert "NBA_PORT: expected a whole number from 0 to 65535, got 'http'." in text
    assert "NBA_WORKERS: expected a whole number from 1 to 256, got '0'." in text
    assert "NBA_DURABILITY: expected one of commit, flush, async, got 'maybe'." in text
    assert "NBA_PROT: there is no such setting" in text


def test_a_password_in_a_database_url_is_not_shown() -> None:
    with pytest.raises(SettingsError, match="not shown") as caught:
        load_settings({"NBA_DATABASE_URL": "mysql://me:secret@host/db"})
    assert "secret" not in str(caught.value)


def test_values_are_typed() -> None:
    settings = load_settings(
        {
            "NBA_POLL_SECONDS": "0.5",
            "NBA_DURABILITY": "FLUSH",
            "NBA_JOURNEY": "",
            "NBA_TEST_POSTGRES_URL": "x",
            "NBA_KERNEL": "0",
        }
    )
    assert (settings.poll_seconds, settings.durability, settings.journey) == (0.5, Durability.FLUSH, None)


@pytest.mark.parametrize("value", ["nan", "-1", "inf", ""])
def test_numbers_have_bounds(value: str) -> None:
    with pytest.raises(SettingsError, match="NBA_POLL_SECONDS"):
        load_settings({"NBA_POLL_SECONDS": value})


def test_one_or_two_secrets_sign_the_links_of_mails() -> None:
    old, new = "o" * 32, "n" * 32
    settings = load_settings(
        {"NBA_MAIL_SECRET": f"{new}, {old}", "NBA_PUBLIC_URL": "https://nba.example.com/"}
    )
    assert settings.mail_secret == (new, old)
    assert settings.public_url == "https://nba.example.com"
    for value in ("short", f"{old},{new},{old}", f"{old},short"):
        with pytest.raises(SettingsError, match="NBA_MAIL_SECRET: expected one or two secrets") as caught:
            load_settings({"NBA_MAIL_SECRET": value})
        assert value not in str(caught.value)
    with pytest.raises(SettingsError, match="NBA_PUBLIC_URL"):
        load_settings({"NBA_PUBLIC_URL": "nba.example.com"})
