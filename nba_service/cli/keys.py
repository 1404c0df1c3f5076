"""``nba keys``: who may call the service.

Knows how keys are asked for and shown; making, storing and checking them is in ``nba_service/access``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from nba_service.cli.clock import command_clock, now
from nba_service.cli.output import Table, json_option, print_json, say

if TYPE_CHECKING:
    from nba_service.access.issuing import KeyIssuer
    from nba_service.keys.key import Key


@click.group()
def keys() -> None:
    """Create, list and revoke API keys.

    A key is shown once, when it is made; the store keeps only its hash. Scopes: decide (ask for
    decisions), track (report interactions, outcomes, profiles), read (customers, explanations, bundles),
    rules (what-ifs with other rules), admin (erase), console (sign in to /console). Rotation: create a
    second key of the same name, put it in place, revoke the first.

    \b
      nba keys create shop --scope decide --scope track
      nba keys create site --publishable --origin https://www.example.com --placement hero
      nba keys list
      nba keys revoke key-3f9c0a17d2b4
    """


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["decide", "track", "read", "rules", "admin", "console"]),
    help="What the key may do; several are possible, none contains another.",
)
@click.option("--publishable", is_flag=True, help="For web pages: only decisions and outcomes.")
@click.option("--origin", "origins", multiple=True, help="A page's origin, for a publishable key.")
@click.option("--placement", "placements", multiple=True, help="A placement, for a publishable key.")
@click.option("--expires-days", type=click.IntRange(1, 3_650), help="The key ends after so many days.")
@click.option("--rotate", is_flag=True, help="If two keys of the name live, revoke the older one.")
@json_option
def create(
    name: str,
    scopes: tuple[str, ...],
    publishable: bool,
    origins: tuple[str, ...],
    placements: tuple[str, ...],
    expires_days: int | None,
    rotate: bool,
    as_json: bool,
) -> None:
    """Make a key and print it, for the only time.

    \b
      nba keys create shop --scope decide --scope track --expires-days 365
      nba keys create site --publishable --origin https://www.example.com --placement hero
    """
    from nba_service.keys.scopes import Scope

    expires_at = None if expires_days is None else now() + timedelta(days=expires_days)
    with _issuer() as issuer:
        key, token = issuer.create(
            name,
            scopes=[Scope(scope) for scope in scopes],
            origins=origins,
            placements=placements,
            publishable=publishable,
            expires_at=expires_at,
            rotate=rotate,
        )
    if as_json:
        print_json({**_json(key), "key": token})
        return
    say(f"{key.key_id} ({key.name}): keep it now, it is not shown again.")
    click.echo(token)


@keys.command("list")
@click.option("--all", "everything", is_flag=True, help="Revoked and expired ones too.")
@json_option
def list_(everything: bool, as_json: bool) -> None:
    """List keys, the newest first; never their texts."""
    with _issuer() as issuer:
        at = int(now().timestamp() * 1000)
        found = [key for key in issuer.all() if everything or key.is_live(at)]
    if as_json:
        print_json([_json(key) for key in found])
    elif found:
        columns = ("id", "name", "kind", "may", "for", "created", "expires", "last used", "revoked")
        Table(title="API keys", columns=columns, rows=[_row(key) for key in found]).show()
    else:
        say("No keys. Make one: nba keys create NAME --scope decide --scope track")


@keys.command()
@click.argument("which", metavar="ID_OR_NAME")
@json_option
def revoke(which: str, as_json: bool) -> None:
    """End a key by its id, or all keys of a name. Every worker knows it within NBA_KEY_CACHE_SECONDS.

    \b
      nba keys revoke key-3f9c0a17d2b4
      nba keys revoke shop
    """
    with _issuer() as issuer:
        revoked = issuer.revoke(which)
    if as_json:
        print_json([key.key_id for key in revoked])
        return
    for key in revoked:
        click.echo(f"revoked {key.key_id} ({key.name})")


@contextmanager
def _issuer() -> Iterator[KeyIssuer]:
    from nba_service.access.issuing import KeyIssuer
    from nba_service.settings import load_settings
    from nba_service.store import open_store

    store = open_store(load_settings())
    try:
        store.migrate()
        yield KeyIssuer(store.keys, command_clock())
    finally:
        store.close()


def _json(key: Key) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "kind": key.kind.value,
        "scopes": sorted(key.scopes),
        "origins": list(key.origins),
        "placements": list(key.placements),
        "created_at": _time(key.created_at),
        "expires_at": _time(key.expires_at),
        "last_used_at": _time(key.last_used_at),
        "revoked_at": _time(key.revoked_at),
    }


def _time(moment: int | None) -> str | None:
    return (
        None if moment is None else datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )


def _row(key: Key) -> tuple[str, ...]:
    may = ", ".join(sorted(key.scopes)) or "decide, outcomes"
    bound = " ".join((*key.origins, *key.placements))
    times = (key.created_at, key.expires_at, key.last_used_at, key.revoked_at)
    return (key.key_id, key.name, key.kind.value, may, bound, *(_time(at) or "" for at in times))
