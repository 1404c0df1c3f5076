"""The command ``nba next``: whom to contact next on a channel."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nba_service.cli.clock import command_clock, stated_moment
from nba_service.cli.output import Table, json_option, print_json, say

if TYPE_CHECKING:
    from datetime import datetime

    from models.policy.batch.worklist import Worklist
    from nba_service.services import Services

_SHOWN = 40


@click.command("next")
@click.option("--channel", help="On which channel; required.")
@click.option(
    "--capacity",
    type=click.IntRange(1, 1_000_000),
    default=40,
    show_default=True,
    help="How many contacts at most; what the channel's day has left counts, too.",
)
@click.option("--at", metavar="TIME", help="Moment, such as 2026-11-20T09:00:00Z; now if left out.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the list as CSV, best first."
)
@click.option("--job", hidden=True, help="Make the list that was asked for over HTTP under this id.")
@click.option(
    "--engine",
    type=click.Choice(["service", "shards", "spark"]),
    default="service",
    show_default=True,
    help="The store, or exported tables on this machine or on Spark (extra: train or spark).",
)
@click.option("--data", help="Of exported tables: their folder, with Spark also a URL.")
@click.option("--master", help="Of Spark, such as local[4].")
@click.option("--work", help="With Spark: a folder or URL that all workers see.")
@json_option
def next_(
    channel: str | None,
    capacity: int,
    at: str | None,
    out: Path | None,
    job: str | None,
    engine: str,
    data: str | None,
    master: str | None,
    work: str | None,
    as_json: bool,
) -> None:
    """Say whom to contact next on a channel, when, and what it gains.

    \b
    Decides everybody in the store with consent, limits and rules as they are; stores nothing.
      nba next --channel phone --capacity 40
      nba next --channel email --capacity 5000 --out tomorrow.csv
      nba decide --audience tomorrow.csv --channel email --out mails.csv    texts and decisions for that list
      nba next --channel email --capacity 5000 --engine shards --data var/export --out tomorrow.csv
    """
    from nba_service.customers.worklist import CONTACT_COLUMNS, plain_contact, plain_worklist

    if job is not None:
        with _services() as parts:
            parts.worklists.work(job)
        return
    if channel is None:
        raise click.UsageError("--channel: expected a channel of the journey file, got none.")
    moment = None if at is None else stated_moment("--at", at)
    if engine == "service":
        if any(option is not None for option in (data, master, work)):
            raise click.UsageError("--data, --master and --work go with --engine shards or spark only.")
        found = _make(channel, capacity, moment)
    else:
        found = _make_on_tables(channel, capacity, moment, engine, data, master, work)
    if out is not None:
        with out.open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, CONTACT_COLUMNS)
            rows.writeheader()
            rows.writerows(plain_contact(contact) for contact in found.contacts)
        say(f"{out}: {len(found.contacts)} rows; utf-8, comma")
    if as_json:
        print_json(plain_worklist(found))
    elif out is None:
        _show(found)
    if not as_json:
        _summary(found, channel)


def _make_on_tables(
    channel: str,
    capacity: int,
    at: datetime | None,
    engine: str,
    data: str | None,
    master: str | None,
    work: str | None,
) -> Worklist:
    """By the registry's champion, from exported tables; the store is not asked."""
    from nba_service.cli.lists.audience_on_tables import work_on_tables
    from nba_service.settings import load_settings

    if data is None:
        raise click.UsageError("--engine needs --data, the folder that `nba export` wrote.")
    found: Worklist = work_on_tables().contacts_on_tables(
        engine=engine,
        registry=load_settings().registry,
        data=data,
        channel=channel,
        most=capacity,
        at=at or command_clock()(),
        master=master,
        work=work,
    )
    return found


@contextmanager
def _services() -> Iterator[Services]:
    """The parts of the service, over a store that is up to date."""
    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    from nba_service.services import make_services
    from nba_service.settings import load_settings

    parts = make_services(load_settings(), clock=command_clock(), poll=False)
    parts.store.plain.migrate()
    try:
        yield parts
    finally:
        parts.store.close()


def _make(channel: str, capacity: int, at: datetime | None) -> Worklist:
    from nba_service.customers.worklist import Worklists

    with _services() as parts:
        lists = Worklists(
            store=parts.store.plain, source=parts.source, decisions=parts.decisions, clock=command_clock()
        )
        return lists.make(channel, capacity, at, _progress())


def _show(found: Worklist) -> None:
    rows = [
        (
            contact.customer_id,
            contact.action,
            contact.phase,
            f"{contact.gain:.2f}",
            f"{contact.low:.2f} to {contact.high:.2f}",
            f"{contact.propensity:.1%}",
            "" if contact.best_time is None else contact.best_time.strftime("%a %d %b %H:%M"),
        )
        for contact in found.contacts[:_SHOWN]
    ]
    columns = ("customer", "action", "phase", "EUR", "90 %", "yes", "best time (UTC)")
    Table("Whom to contact next, best first", columns, rows, frozenset({"EUR", "90 %", "yes"})).show()
    if len(found.contacts) > _SHOWN:
        say(f"and {len(found.contacts) - _SHOWN} more; --out writes all")


def _summary(found: Worklist, channel: str) -> None:
    room = "" if found.room is None else f"; {channel} has room for {found.room} today"
    say(f"{found.seen} customers decided, {found.worth} are worth a contact{room}")
    for code, number in sorted(found.nothing.items(), key=lambda item: (-item[1], item[0]))[:8]:
        say(f"  {number:>8,}  {code}")


def _progress() -> Callable[[int], None]:
    done = 0

    def step(more: int) -> None:
        nonlocal done
        done += more
        if sys.stderr.isatty() and done % 5_120 == 0:
            say(f"{done:,} decided")

    return step
