"""What changed.

Who decides, the journey file, keys, erasures; newest first, for the log and for marks.

From the registry's log and the audit log, and days on which a source of events was silent. Nothing here names
a customer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from models.domain.history import from_ms
from nba_service.console.wording import Words
from nba_service.store.records.audit_log import Entry

_TROUBLES: Final = ("service.store_away", "service.overloaded", "service.degraded")
_MARKED: Final = frozenset({"promote", "rollback", "begin", "end", "journey.served", *_TROUBLES})
SHOWN: Final = frozenset(
    {
        *("journey.served", "key.created", "key.revoked", "retention"),
        *("console.proposed", "console.handed_on"),
        *_TROUBLES,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One event. ``marks``: it can explain a bend in a curve."""

    at: datetime
    kind: str
    subject: str
    values: Mapping[str, str]
    marks: bool

    def sentence(self, t: Words) -> tuple[str, str]:
        """What happened, and what more there is to know."""
        return t(f"changed.{self.kind}.what", **self.values), t(f"changed.{self.kind}.more", **self.values)


def changes(history: Sequence[Mapping[str, Any]], entries: Sequence[Entry]) -> list[Changed]:
    """All of both logs, the newest first."""
    found = [change for line in history if (change := _of_registry(line)) is not None]
    found += [_of_audit(entry) for entry in entries if entry.kind in SHOWN]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _of_registry(line: Mapping[str, Any]) -> Changed | None:
    event = str(line.get("event"))
    at = line.get("promoted_at") or line.get("since") or line.get("at")
    if event not in ("promote", "rollback", "begin", "end") or at is None:
        return None
    bundle = str(line.get("bundle", ""))
    values = {
        "bundle": bundle.rsplit("-", 1)[-1],
        "reason": str(line.get("reason", "")),
        "role": str(line.get("role", "champion")),
    }
    return Changed(at=datetime.fromisoformat(str(at)), kind=event, subject=bundle, values=values, marks=True)


def _of_audit(entry: Entry) -> Changed:
    detail = json.loads(entry.detail)
    values = {
        "subject": entry.subject[:12],
        "name": str(detail.get("name", detail.get("path", ""))),
        "reason": str(detail.get("reason", "")),
        "by": str(detail.get("by", "")),
        "reasons": ", ".join(detail["reasons"]) if "reasons" in detail else "",
    }
    kind = entry.kind.replace(".", "_")
    return Changed(
        at=from_ms(entry.at), kind=kind, subject=entry.subject, values=values, marks=entry.kind in _MARKED
    )


def of_day(found: Sequence[Changed], day: str) -> list[Changed]:
    """Those of one UTC day, such as ``2026-11-12``."""
    return [one for one in found if one.at.strftime("%Y-%m-%d") == day]
