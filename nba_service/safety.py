"""What must not be in production: each unsafe setting with what to do about it.

Knows settings and the permissions of files; opens nothing. ``NBA_ENVIRONMENT=production`` makes the service
refuse to start with any of these; in development they only show in ``nba doctor``.
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
    yield from _database(settings)
    if _mode(settings.registry) & stat.S_IWOTH:
        yield (
            f"NBA_REGISTRY: expected a folder that others may not write, but everybody may write"
            f" {settings.registry}, and so choose what decides. chmod o-w {settings.registry}"
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
