"""The audit log.

Append-only entries, each with the hash of the one before, in the caller's transaction. What changed it must
rewrite everything after it, and the head, which is a row of its own; who keeps a head elsewhere (``nba audit
verify --head``) notices that too. Entries hold no customer: what tells who it was lies beside them and can be
erased, ``docs/adr/0009-audit-chain.md``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from nba_service.http.json_body import canonical_json
from nba_service.store.sql.connection import Database, translated_transaction
from nba_service.store.sql.dialects import dialect_of
from nba_service.store.sql.tables import audit_head, audit_log

log = structlog.get_logger(__name__)

START: Final = "0" * 64
_HEAD: Final = "head"
_LOCK: Final = 0x4E424C  # "NBL": one writer of the chain at a time; taken last, held till commit
_PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. ``at``: milliseconds since 1970 UTC; ``detail``: canonical JSON."""

    seq: int
    at: int
    kind: str
    subject: str
    detail: str
    previous: str
    hash: str

    def true_hash(self) -> str:
        """SHA-256 of the canonical JSON of everything but the hash itself."""
        content = {name: value for name, value in asdict(self).items() if name != "hash"}
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the chain ends."""

    seq: int = 0
    hash: str = START

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def append(connection: Connection, kind: str, subject: str, detail: Mapping[str, object], at: int) -> Entry:
    """Add an entry; call it last in a transaction, because others wait for the chain until it ends."""
    dialect_of(connection).lock(connection, _LOCK)
    head = read_head(connection)
    unhashed = Entry(
        seq=head.seq + 1,
        at=at,
        kind=kind,
        subject=subject,
        detail=canonical_json(detail),
        previous=head.hash,
        hash="",
    )
    entry = Entry(**{**asdict(unhashed), "hash": unhashed.true_hash()})
    connection.execute(sa.insert(audit_log), asdict(entry))
    values = {"seq": entry.seq, "hash": entry.hash}
    if head.seq:
        connection.execute(sa.update(audit_head).where(audit_head.c.name == _HEAD).values(**values))
    else:
        connection.execute(sa.insert(audit_head), {"name": _HEAD, **values})
    log.info("audit", kind=kind, subject=subject, head=f"{entry.seq}:{entry.hash}")
    return entry


def read_head(connection: Connection) -> Head:
    row = connection.execute(sa.select(audit_head.c.seq, audit_head.c.hash)).first()
    return Head() if row is None else Head(seq=row.seq, hash=row.hash)


class AuditLog:
    """The chain of one database, to be read and verified."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, kind: str, subject: str, detail: Mapping[str, object], at: int) -> None:
        """Add an entry, unless the last one of this kind has the same subject."""
        latest = (
            sa.select(audit_log.c.subject).where(audit_log.c.kind == kind).order_by(audit_log.c.seq.desc())
        )
        with translated_transaction(self._database, write=True) as connection:
            if connection.execute(latest.limit(1)).scalar() != subject:
                append(connection, kind, subject, detail, at)

    def add(self, kind: str, subject: str, detail: Mapping[str, object], at: int) -> None:
        """Add an entry, whatever the one before says."""
        with translated_transaction(self._database, write=True) as connection:
            append(connection, kind, subject, detail, at)

    def head(self) -> Head:
        with translated_transaction(self._database) as connection:
            return read_head(connection)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """All entries with a higher number than ``after``, in order."""
        while True:
            statement = (
                sa.select(audit_log).where(audit_log.c.seq > after).order_by(audit_log.c.seq).limit(_PAGE)
            )
            with translated_transaction(self._database) as connection:
                page = [Entry(**row) for row in connection.execute(statement).mappings()]
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].seq

    def problems(self, noted: Head | None = None) -> Iterator[str]:
        """What is wrong with the chain; ``noted``: a head that was noted elsewhere at some time."""
        head, last, is_noted = self.head(), Head(), noted is None or noted == Head()
        for entry in self.entries():
            if entry.seq != last.seq + 1:
                yield f"entry {last.seq + 1} is missing: entry {entry.seq} follows {last.seq}"
            if entry.previous != last.hash:
                yield f"entry {entry.seq} does not follow the one before it: removed, reordered or changed"
            if entry.true_hash() != entry.hash:
                yield f"entry {entry.seq} ({entry.kind} {entry.subject}) was changed"
            last = Head(seq=entry.seq, hash=entry.hash)
            is_noted = is_noted or last == noted
        if (last.seq < head.seq) or (last.seq == head.seq and last != head):
            yield f"the log ends at {last.seq}, its head says {head}: the tail was cut or changed"
        if not is_noted:
            yield f"no entry matches the head that was kept elsewhere ({noted}): rewritten or cut"
