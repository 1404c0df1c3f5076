"""Journey files that were rehearsed and kept for a colleague.

Kept by hash next to the bundles; who handed it on and why stands in the audit log. Decides nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from models.domain.history import from_ms
from nba_service.engine.journey_archive import keep_journey, kept_bytes
from nba_service.errors import Problem
from nba_service.keys.key import Key
from nba_service.resilience.resilient_store import ResilientStore

HANDED_ON: Final = "console.handed_on"
MOST_REASON: Final = 300
_LOOK_BACK: Final = 1_000
_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOn:
    """A journey file that somebody proposes to look at."""

    sha256: str
    name: str
    by: str
    reason: str
    at: datetime | None
    data: bytes


class HandingOn:
    """Keeps journey files for colleagues, and finds them again."""

    def __init__(self, store: ResilientStore, registry: Path) -> None:
        self._store = store
        self._registry = registry

    def keep(self, data: bytes, name: str, reason: str, key: Key, at: int) -> str:
        """Keep a file that was rehearsed; its hash, by which it is found.

        Raises:
            Problem: ``REQUEST_INVALID``: the registry cannot be written.
        """
        if not keep_journey(self._registry, data):
            raise Problem(
                "REQUEST_INVALID",
                "Expected a registry that can be written, got one that cannot. Rehearse without keeping.",
            )
        sha256 = hashlib.sha256(data).hexdigest()
        detail = {"name": name, "reason": reason[:MOST_REASON], "by": key.name, "key": key.key_id}
        self._store.ask(lambda: self._store.plain.audit_log.add(HANDED_ON, sha256, detail, at), _SECONDS)
        return sha256

    def find(self, sha256: str) -> HandedOn:
        """The file of a hash, with the last who handed it on.

        Raises:
            RegistryError: it was never kept.
        """
        data = kept_bytes(self._registry, sha256)
        entries = self._store.ask(lambda: self._store.plain.overview.audit_entries(_LOOK_BACK), _SECONDS)
        found = next((one for one in entries if (one.kind, one.subject) == (HANDED_ON, sha256)), None)
        detail = {} if found is None else json.loads(found.detail)
        return HandedOn(
            sha256=sha256,
            name=str(detail.get("name", f"{sha256[:12]}.yaml")),
            by=str(detail.get("by", "")),
            reason=str(detail.get("reason", "")),
            at=None if found is None else from_ms(found.at),
            data=data,
        )
