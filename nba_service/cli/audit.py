"""The command ``nba audit``.

It shows who changed what, and whether the log of it is whole. Two chains: the store's (keys, erasures,
merges, journey files) and the registry's (promotions, rollbacks and what was forced). Knows how they are
shown; how they hold together is in ``store/records/audit_log.py`` and ``models/registry/promotion_log.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from nba_service.cli.clock import now
from nba_service.cli.output import Table, json_option, print_json, say

if TYPE_CHECKING:
    from models.registry import Registry
    from nba_service.store.interface import Store
    from nba_service.store.records.audit_log import Head


@click.group()
def audit() -> None:
    """Show and verify the audit log.

    Every entry carries the hash of the one before: keys made and revoked, customers merged and erased,
    journey files served, bundles promoted, rolled back or forced.

    \b
      nba audit list
      nba audit verify
      nba audit verify --head 12:9f86d0…   also against a head that you kept elsewhere
      nba audit repair --reason "trials that 0.2 wrote"
    """


@audit.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all entries, the oldest first; those of the registry after those of the store."""
    with _opened() as (store, registry):
        stored = [asdict(entry) for entry in store.audit_log.entries()]
        promotions = [dict(line) for line in registry.history()]
    if as_json:
        print_json({"store": stored, "registry": promotions})
        return
    rows = [(str(e["seq"]), _time(e["at"]), e["kind"], e["subject"], e["detail"]) for e in stored]
    rows += [("", *_promotion(line)) for line in promotions]
    if rows:
        Table(title="Audit log", columns=("number", "at", "what", "of", "detail"), rows=rows).show()
    else:
        say("Nothing has happened yet.")


@audit.command()
@click.option("--head", "kept", help="A head that was noted elsewhere, NUMBER:HASH; it must be in the log.")
@json_option
def verify(kept: str | None, as_json: bool) -> None:
    """Check that nothing was changed, removed, reordered or cut off; exit code 1 if something was.

    Prints the head. Keep it where who can write the database cannot (the service logs it with every
    entry): a log that was rewritten as a whole shows only against it.
    """
    with _opened() as (store, registry):
        wrong = [
            *store.audit_log.problems(None if kept is None else _head(kept)),
            *registry.history_problems(),
        ]
        head = store.audit_log.head()
    if as_json:
        print_json({"ok": not wrong, "problems": wrong, "head": str(head)})
    else:
        for problem in wrong:
            click.echo(f"WRONG {problem}")
        if not wrong:
            click.echo(f"ok    {head.seq} entries; head {head}")
    if wrong:
        raise click.exceptions.Exit(1)


@audit.command()
@click.option("--reason", required=True, help="Why; kept in the registry's log.")
@json_option
def repair(reason: str, as_json: bool) -> None:
    """Make the registry's log whole where an older version added lines without a hash.

    Versions before 0.3 wrote challengers and shadows so, and `nba audit verify` says "has no hash" of them.
    The lines stay as they are; a line of the event `repair` covers them, with the reason, and an entry of
    the store's log says so. A line that was changed, removed or reordered is not repaired: that needs a
    backup.
    """
    from models.registry.files import RegistryFiles

    with _opened() as (store, registry):
        line = RegistryFiles(registry.root).repair_history(reason, now())
        detail = {"reason": reason, "lines": line["lines"], "covers": line["covers"]}
        store.audit_log.note("registry.repaired", line["covers"], detail, int(now().timestamp() * 1000))
    if as_json:
        print_json(line)
    else:
        say(f"{line['lines']} lines are covered now; `nba audit list` shows the repair.")


@contextmanager
def _opened() -> Iterator[tuple[Store, Registry]]:
    from models.registry import Registry
    from nba_service.settings import load_settings
    from nba_service.store import open_store

    settings = load_settings()
    store = open_store(settings)
    try:
        store.migrate()
        yield store, Registry(settings.registry)
    finally:
        store.close()


def _head(text: str) -> Head:
    from nba_service.store.records.audit_log import Head

    number, _, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise click.BadParameter("expected NUMBER:HASH as `nba audit verify` prints it", param_hint="--head")
    return Head(seq=int(number), hash=digest)


def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _promotion(line: dict[str, Any]) -> tuple[str, str, str, str]:
    """One line of the registry: of a promotion, of a trial (with its role), or of a repair."""
    forced = f" (forced over {', '.join(line['overruled'])})" if line.get("forced") else ""
    at = line.get("promoted_at") or line.get("since") or line.get("at") or ""
    if line["event"] == "repair":
        return at, "registry.repair", f"{line['lines']} lines", line["reason"]
    role = f" as {line['role']}" if "role" in line else ""
    return at, f"bundle.{line['event']}{role}", line["bundle"], f"{line['reason']}{forced}"
