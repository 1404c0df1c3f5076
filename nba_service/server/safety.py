"""What must not be in production.

Each unsafe setting with what to do about it. Knows settings and the permissions of files; opens nothing.
``NBA_ENVIRONMENT=production`` makes the service refuse to start with any of these; in development they only
show in ``nba doctor``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from nba_service.settings import Authentication, Settings

_OTHERS_MAY: Final = stat.S_IROTH | stat.S_IWOTH
_LENGTH: Final = 32  # characters of a secret
_DIFFERENT: Final = 8  # of them; 32 random hexadecimal digits have fewer once in 10^5 secrets


def unsafe(settings: Settings) -> Iterator[str]:
    """One line for every setting that is not fit for production."""
    if settings.authentication is Authentication.OFF:
        yield (
            "NBA_AUTHENTICATION: expected required, got off: everybody may do everything. Remove it, and make"
            " keys with `nba keys create`."
        )
    if settings.log_level == "debug":
        yield (
            "NBA_LOG_LEVEL: expected info or above, got debug, which may write what customers did. Set info."
        )
    if settings.public_url is not None and not settings.mail_secret:
        yield (
            "NBA_MAIL_SECRET: expected a secret that signs the links in mails, because NBA_PUBLIC_URL is set;"
            " got none. Set 32 random characters or more, the same for all replicas."
        )
    yield from _secrets(settings)
    yield from _database(settings)
    if _mode(settings.registry) & stat.S_IWOTH:
        yield (
            f"NBA_REGISTRY: expected a folder that others may not write, but everybody may write"
            f" {settings.registry}, and so choose what decides. chmod o-w {settings.registry}"
        )


def left_out(settings: Settings) -> Iterator[str]:
    """One line for every secret that is not set, safe as that is, and what is not there without it."""
    if settings.identity_secret is None:
        yield "NBA_IDENTITY_SECRET is not set: pages ask about visitors only, never about customers."
    if settings.log_salt is None:
        yield "NBA_LOG_SALT is not set: references of customers in logs differ by run and by replica."


def _secrets(settings: Settings) -> Iterator[str]:
    """Secrets that can be guessed, or that open two things at once."""
    found = {
        "NBA_IDENTITY_SECRET": (settings.identity_secret,),
        "NBA_MAIL_SECRET": settings.mail_secret or (),
        "NBA_LOG_SALT": (settings.log_salt,),
    }
    taken: dict[str, str] = {}
    for name, secrets in found.items():
        for secret in filter(None, secrets):
            if len(secret) < _LENGTH or len(set(secret)) < _DIFFERENT:
                yield (
                    f"{name}: expected {_LENGTH} random characters or more, got"
                    f" {len(secret)} with {len(set(secret))} different ones: it can be guessed, and with it"
                    " what it signs or hides. Take the output of: openssl rand -hex 32"
                )
            first = taken.setdefault(secret, name)
            if first != name:
                yield (
                    f"{name}: expected a secret of its own, got that of {first}: who learns one has both."
                    " Take the output of: openssl rand -hex 32"
                )


def _database(settings: Settings) -> Iterator[str]:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if _mode(path) & _OTHERS_MAY:
            yield (
                f"NBA_DATABASE_URL: expected a file that others cannot read, but everybody may read {path}."
                f" chmod 600 {path}*"
            )
        return
    if url.password is not None and len(url.password) < 8:
        yield (
            "NBA_DATABASE_URL: expected a password of at least 8 characters, got a shorter one."
            " Choose another, or authenticate by certificate or peer."
        )


def _mode(path: Path) -> int:
    try:
        return os.stat(path).st_mode
    except OSError:
        return 0  # not there yet: it is made with safe permissions
