"""Changes of who decides.

Everything that the console changes leaves an entry in the audit log with the key that did it and the reason.
With ``NBA_FOUR_EYES`` a change is proposed first; another key has to confirm it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.domain.history import to_ms
from nba_service.engine.bundles import CHAMPION, Bundles
from nba_service.errors import Problem
from nba_service.keys.key import Key
from nba_service.settings import FourEyes
from nba_service.store.interface import Store

PROPOSED: Final = "console.proposed"
DONE: Final = "console.done"
WITHDRAWN: Final = "console.withdrawn"
_LOOK_BACK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What shall happen to a bundle. ``what``: ``promote`` or ``rollback``."""

    what: str
    bundle: str
    reason: str
    role: str = CHAMPION
    share: float | None = None

    def detail(self) -> dict[str, object]:
        return {"what": self.what, "role": self.role, "share": self.share, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that waits for a second person."""

    number: int
    at: int
    change: Change
    by: str
    by_key: str


class Proposals:
    """Makes changes, at once or once two agree."""

    def __init__(self, store: Store, bundles: Bundles, four_eyes: FourEyes, now: datetime) -> None:
        self._store = store
        self._bundles = bundles
        self._two = four_eyes is FourEyes.ON
        self._at = to_ms(now)

    def ask(self, change: Change, key: Key) -> bool:
        """Do it, or propose it where a second person has to agree; True: it is done.

        Raises:
            Problem: there is no reason, or the registry refuses.
        """
        if not change.reason.strip():
            raise Problem("FIELD_REQUIRED", "Expected a reason, got none. It is kept in the audit log.")
        if self._two:
            self._note(PROPOSED, change, key)
            return False
        self._do(change)
        self._note(DONE, change, key)
        return True

    def confirm(self, number: int, key: Key) -> None:
        """Do what somebody else proposed.

        Raises:
            Problem: there is no such proposal, the same key made it, or the registry refuses.
        """
        proposal = self._waiting(number)
        if proposal.by_key == key.key_id:
            raise Problem(
                "SECOND_PERSON",
                f"Expected another key than {key.name!r}, which proposed this, to confirm it: NBA_FOUR_EYES"
                " is on.",
            )
        self._do(proposal.change)
        self._note(DONE, proposal.change, key, of=number)

    def withdraw(self, number: int, key: Key) -> None:
        """Take a proposal back; everybody who could confirm it may."""
        self._note(WITHDRAWN, self._waiting(number).change, key, of=number)

    def waiting(self) -> Sequence[Proposal]:
        """What waits for a second person, the newest first."""
        entries = self._store.overview.audit_entries(_LOOK_BACK)
        own = [entry for entry in entries if entry.kind in (PROPOSED, DONE, WITHDRAWN)]
        details = {entry.seq: json.loads(entry.detail) for entry in own}
        settled = {detail.get("of") for detail in details.values()}
        return [
            Proposal(
                number=entry.seq,
                at=entry.at,
                by=str(details[entry.seq]["by"]),
                by_key=str(details[entry.seq]["key"]),
                change=Change(
                    what=str(details[entry.seq]["what"]),
                    bundle=entry.subject,
                    reason=str(details[entry.seq]["reason"]),
                    role=str(details[entry.seq]["role"]),
                    share=details[entry.seq]["share"],
                ),
            )
            for entry in own
            if entry.kind == PROPOSED and entry.seq not in settled
        ]

    def _waiting(self, number: int) -> Proposal:
        found = next((one for one in self.waiting() if one.number == number), None)
        if found is None:
            raise Problem(
                "NOT_FOUND", f"Expected a proposal that waits, got number {number}. Load the page again."
            )
        return found

    def _do(self, change: Change) -> None:
        if change.what == "rollback":
            self._bundles.rollback(change.bundle, reason=change.reason)
        else:
            self._bundles.promote(change.bundle, reason=change.reason, role=change.role, share=change.share)

    def _note(self, kind: str, change: Change, key: Key, of: int | None = None) -> None:
        detail = {**change.detail(), "by": key.name, "key": key.key_id, **({"of": of} if of else {})}
        self._store.audit_log.add(kind, change.bundle, detail, self._at)
