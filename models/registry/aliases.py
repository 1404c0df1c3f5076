"""Aliases say which bundle decides and which are on trial.

Knows how an alias is written and read; knows nothing of bundles but their ids.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from models.bundle import BUNDLE_ID
from models.bundle.durable_files import replace_durably
from models.errors import RegistryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """The alias: which bundle decides, since when and why.

    ``earlier``: the champions before it, the latest last; a rollback goes to the last of them.
    """

    bundle: str
    promoted_at: str  # ISO 8601, UTC
    previous: str | None
    reason: str
    earlier: tuple[str, ...] = ()


class Role(StrEnum):
    """What a bundle may do next to the champion."""

    CHALLENGER = "challenger"  # decides for a share of the customers
    SHADOW = "shadow"  # is computed and logged, and never shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A bundle in a role.

    ``share``: of the customers, in (0, 1); None for a shadow.
    """

    role: Role
    bundle: str
    since: str  # ISO 8601, UTC
    reason: str
    share: float | None = None


class ChampionAlias:
    """The alias of the champion.

    Read again only when the file has changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, ...], Promotion] | None = None

    def current(self) -> Promotion | None:
        """What the file says now; None before the first promotion.

        Raises:
            RegistryError: it is damaged.
        """
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        version = (status.st_mtime_ns, status.st_ino, status.st_size)
        last = self._read
        if last is None or last[0] != version:
            last = (version, read_promotion(self._path))
            self._read = last
        return last[1]


def read_promotion(path: Path) -> Promotion:
    """The promotion that an alias states; RegistryError if it is damaged."""
    try:
        stored = json.loads(path.read_bytes())
        promotion = Promotion(**{**stored, "earlier": tuple(stored["earlier"])})
        if not all(BUNDLE_ID.fullmatch(name) for name in (promotion.bundle, *promotion.earlier)):
            raise ValueError("a bundle id that is none")
    except (ValueError, TypeError, KeyError) as error:
        raise RegistryError(
            f"{path} is damaged ({error}). Choose a bundle again: remove this file, then `nba promote`."
        ) from None
    return promotion


def read_trial(path: Path, role: Role) -> Trial:
    """The trial that an alias states.

    Raises:
        FileNotFoundError: no bundle is in the role.
        RegistryError: the alias is damaged.
    """
    data = path.read_bytes()
    try:
        trial = Trial(**{**json.loads(data), "role": role})
        check_share(role, trial.share)
        if not BUNDLE_ID.fullmatch(trial.bundle):
            raise ValueError("a bundle id that is none")
    except (ValueError, TypeError, KeyError, RegistryError) as error:
        raise RegistryError(f"{path} is damaged ({error}). Remove it, then begin the trial again.") from None
    return trial


def write_alias(path: Path, content: Promotion | Trial) -> None:
    """Replace an alias in one step."""
    replace_durably(path, json.dumps(asdict(content), ensure_ascii=False, indent=1))


def check_share(role: Role, share: float | None) -> None:
    """Refuse a share that the role cannot have."""
    if role is Role.SHADOW and share is not None:
        raise RegistryError("A shadow decides for nobody; leave the share out.")
    if role is Role.CHALLENGER and not (share is not None and 0.0 < share < 1.0):
        raise RegistryError(f"A challenger needs a share between 0 and 1 (--share 0.1), got {share!r}.")


def check_reason(reason: str) -> None:
    """Refuse a switch without a reason."""
    if not reason.strip():
        raise RegistryError("A switch of the champion needs a reason; give one with --reason.")


def utc_text(now: datetime) -> str:
    """A time as aliases and the history state it."""
    if now.tzinfo is None:
        raise RegistryError(f"A promotion needs a time with a time zone, got {now.isoformat()}.")
    return now.astimezone(UTC).isoformat().replace("+00:00", "Z")
