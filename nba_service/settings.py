"""Settings: read once from the environment, frozen, every problem reported at once.

Knows the names, types, bounds and defaults of ``NBA_*`` variables; knows nothing of what they are used
for. There are no secret defaults. The reference for operators: docs/reference/settings.md, which a test
keeps complete.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from nba_service.errors import SettingsError

PREFIX: Final = "NBA_"


class Durability(StrEnum):
    """When a write counts as done.

    After it reached the disk, the operating system, or neither.
    """

    COMMIT = "commit"
    FLUSH = "flush"
    ASYNC = "async"


class Environment(StrEnum):
    """Production refuses to start with unsafe settings; development only says so."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Authentication(StrEnum):
    """Whether a caller must show a key.

    Without, the service listens on this machine only.
    """

    REQUIRED = "required"
    OFF = "off"


class Compat(StrEnum):
    """Whether the service answers clients of other tools in their own words."""

    ON = "on"
    OFF = "off"


class FourEyes(StrEnum):
    """Whether what the console changes needs a second person, with another key."""

    ON = "on"
    OFF = "off"


class Gpc(StrEnum):
    """Which consent a browser refuses by ``Sec-GPC: 1`` (Global Privacy Control)."""

    PERSONALIZATION = "personalization"
    MARKETING = "marketing"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator may choose. Each field is the variable ``NBA_<FIELD>``."""

    database_url: str = "sqlite:///var/nba.sqlite"
    registry: Path = Path("var/registry")
    journey: Path | None = None  # None: the journey file that the champion bundle carries
    facts: tuple[str, ...] | None = None  # None: those of installed packages alone
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    request_timeout_seconds: int = 30
    graceful_seconds: int = 20
    head_seconds: float = 5.0
    body_seconds: float = 15.0
    web_deadline_ms: int = 200
    mail_deadline_ms: int = 1_000
    journal: Path = Path("var/journal")
    journal_max_bytes: int = 268_435_456
    max_body_bytes: int = 1_048_576
    poll_seconds: float = 2.0
    update_seconds: float = 300.0
    durability: Durability = Durability.COMMIT
    database_timeout_ms: int = 5_000
    history_limit: int = 2_000
    retention_days: int = 0  # 0: everything is kept
    rollup_minutes: int = 10  # 0: only `nba rollup` rolls up
    clock_skew_seconds: int = 300
    gpc: Gpc = Gpc.PERSONALIZATION
    compat: Compat = Compat.ON
    authentication: Authentication = Authentication.REQUIRED
    key_cache_seconds: float = 3.0
    environment: Environment = Environment.DEVELOPMENT
    redis_url: str | None = None  # None: each process counts for itself
    rate_key_per_minute: int = 60_000
    rate_address_per_minute: int = 1_200
    page_value_maximum: float = 10_000.0
    proxy_hops: int = 0
    identity_secret: str | None = None  # None: no page can say who its visitor is
    idempotency_hours: float = 24.0
    public_url: str | None = None  # None: mails have no links of this service
    mail_secret: tuple[str, ...] | None = None  # the first signs, all are believed; None: no such links
    mail_days: int = 90
    placeholder_ids: tuple[str, ...] | None = None  # None: the usual words alone
    pictures: str | None = None  # None: of an installed package, or a plain card
    console_secret: str | None = None  # None: one of each run's own, so a restart ends all sessions
    console_hours: float = 8.0
    four_eyes: FourEyes = FourEyes.OFF
    log_level: str = "info"
    log_format: str = "json"
    log_salt: str | None = None  # None: one of each run's own
    drift_every: int = 50
    drift_half_life_hours: float = 24.0


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("some text")
    return value.strip()


def _path(value: str) -> Path:
    return Path(_text(value)).expanduser()


def _secret(value: str) -> str | None:
    if 0 < len(value.strip()) < 32:
        raise ValueError("32 random characters or more")
    return value.strip() or None


def _secrets(value: str) -> tuple[str, ...] | None:
    secrets = _several(value)
    if len(secrets) > 2 or any(len(secret) < 32 for secret in secrets):
        raise ValueError("one or two secrets of 32 random characters or more, parted by a comma")
    return secrets or None


def _public_url(value: str) -> str | None:
    url = value.strip().rstrip("/")
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[\w./-]*)?", url, re.ASCII):
        raise ValueError("an address such as https://nba.example.com")
    return url or None


def _optional_path(value: str) -> Path | None:
    return _path(value) if value.strip() else None


def _several(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _optional_text(value: str) -> str | None:
    return value.strip() or None


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        expected = f"a whole number from {low} to {high}"
        try:
            number = int(value)
        except ValueError:
            raise ValueError(expected) from None
        if not low <= number <= high:
            raise ValueError(expected)
        return number

    return parse


def _number(low: float, high: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        expected = f"a number from {low:g} to {high:g}"
        try:
            number = float(value)
        except ValueError:
            raise ValueError(expected) from None
        if not low <= number <= high:  # NaN compares false and is refused too
            raise ValueError(expected)
        return number

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.strip().lower() not in words:
            raise ValueError("one of " + ", ".join(words))
        return value.strip().lower()

    return parse


def _durability(value: str) -> Durability:
    return Durability(_one_of(*Durability)(value))


def _gpc(value: str) -> Gpc:
    return Gpc(_one_of(*Gpc)(value))


def _four_eyes(value: str) -> FourEyes:
    return FourEyes(_one_of(*FourEyes)(value))


def _compat(value: str) -> Compat:
    return Compat(_one_of(*Compat)(value))


def _authentication(value: str) -> Authentication:
    return Authentication(_one_of(*Authentication)(value))


def _environment(value: str) -> Environment:
    return Environment(_one_of(*Environment)(value))


def _redis_url(value: str) -> str | None:
    url = value.strip()
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("a URL starting with redis:// or rediss://")
    return url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url or None


def _database_url(value: str) -> str:
    url = _text(value)
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("a URL starting with sqlite:/// or postgresql://")
    return url


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "database_url": _database_url,
    "registry": _path,
    "journey": _optional_path,
    "facts": _several,
    "host": _text,
    "port": _whole(0, 65_535),
    "workers": _whole(1, 256),
    "threads": _whole(1, 256),
    "request_timeout_seconds": _whole(1, 600),
    "graceful_seconds": _whole(1, 600),
    "head_seconds": _number(0.1, 600),
    "body_seconds": _number(0.1, 600),
    "web_deadline_ms": _whole(1, 60_000),
    "mail_deadline_ms": _whole(1, 60_000),
    "journal": _path,
    "journal_max_bytes": _whole(65_536, 2**40),
    "max_body_bytes": _whole(1_024, 64 * 1_048_576),
    "poll_seconds": _number(0.05, 3_600),
    "update_seconds": _number(0, 86_400),
    "durability": _durability,
    "database_timeout_ms": _whole(1, 600_000),
    "history_limit": _whole(1, 100_000),
    "retention_days": _whole(0, 36_500),
    "rollup_minutes": _whole(0, 1_440),
    "clock_skew_seconds": _whole(0, 86_400),
    "gpc": _gpc,
    "compat": _compat,
    "authentication": _authentication,
    "key_cache_seconds": _number(0, 60),
    "environment": _environment,
    "redis_url": _redis_url,
    "rate_key_per_minute": _whole(0, 10_000_000),
    "rate_address_per_minute": _whole(0, 10_000_000),
    "page_value_maximum": _number(0, 1e12),
    "proxy_hops": _whole(0, 10),
    "identity_secret": _secret,
    "idempotency_hours": _number(0.01, 720),
    "public_url": _public_url,
    "mail_secret": _secrets,
    "mail_days": _whole(1, 3_650),
    "placeholder_ids": _several,
    "pictures": _optional_text,
    "console_secret": _secret,
    "console_hours": _number(0.01, 720),
    "four_eyes": _four_eyes,
    "log_level": _one_of("debug", "info", "warning", "error"),
    "log_format": _one_of("json", "text"),
    "log_salt": _optional_text,
    "drift_every": _whole(0, 1_000_000),
    "drift_half_life_hours": _number(0.01, 8_760),
}

# Variables of tests, of the demo and of clients, which are not the service's own.
_FOREIGN: Final = ("NBA_TEST_", "NBA_DEMO_", "NBA_API_KEY", "NBA_KERNEL")
_LOOPBACK: Final = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[?::1\]?")
_SECRET: Final = frozenset(
    {
        "NBA_DATABASE_URL",
        "NBA_REDIS_URL",
        "NBA_LOG_SALT",
        "NBA_IDENTITY_SECRET",
        "NBA_MAIL_SECRET",
        "NBA_CONSOLE_SECRET",
    }
)


def variable_names() -> tuple[str, ...]:
    """The environment variables that exist, in the order of the fields."""
    return tuple(PREFIX + field.name.upper() for field in fields(Settings))


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environment`` (the process's own by default).

    Raises:
        SettingsError: one line per problem (a value of the wrong kind, an ``NBA_`` variable that does
            not exist), all of them at once.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name in variable_names():
        field = name.removeprefix(PREFIX).lower()
        if name not in environment:
            continue
        try:
            values[field] = _PARSERS[field](environment[name])
        except ValueError as error:
            problems.append(f"{name}: expected {error}, got {_shown(name, environment[name])}.")
    problems += _unknown_variables(environment) + _exposed(values)
    if problems:
        raise SettingsError("\n".join([*problems, "All settings: docs/reference/settings.md."]))
    return Settings(**values)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    return _LOOPBACK.fullmatch(host) is not None


def _exposed(values: Mapping[str, Any]) -> list[str]:
    settings = Settings(**values)
    if settings.authentication is Authentication.REQUIRED or is_loopback(settings.host):
        return []
    return [
        f"NBA_AUTHENTICATION: expected required where others can reach the service (NBA_HOST is"
        f" {settings.host!r}), got off. Remove it and make keys with `nba keys create`."
    ]


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    known = set(variable_names())
    unknown = sorted(
        name
        for name in environment
        if name.startswith(PREFIX) and name not in known and not name.startswith(_FOREIGN)
    )
    return [f"{name}: there is no such setting; a spelling mistake?" for name in unknown]


def _shown(name: str, value: str) -> str:
    """The value as a person may see it; a database URL can hold a password."""
    return "(not shown)" if name in _SECRET else repr(value[:80])
