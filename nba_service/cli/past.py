"""The commands ``nba replay`` and ``nba rehearse``.

They decide the log again, as it was and as it would be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from nba_service.cli.clock import command_clock, now
from nba_service.cli.output import Table, json_option, print_json

if TYPE_CHECKING:
    from models.policy.rehearsal.rehearsal import RehearsalReport
    from nba_service.data.log_replay import Replaying, ReplayReport
    from nba_service.data.rehearsed_change import RehearsedChange
    from nba_service.services import Services

_AGO: Final = re.compile(r"(\d+)([dhm])")
_UNIT: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}

since_option = click.option(
    "--since", default="7d", show_default=True, metavar="TIME", help="7d, 12h, or 2026-11-20T00:00:00Z."
)
limit_option = click.option(
    "--limit", type=click.IntRange(1, 10_000_000), default=100_000, show_default=True, help="At most so many."
)


@click.command()
@since_option
@limit_option
@json_option
def replay(since: str, limit: int, as_json: bool) -> None:
    """Decide the log again, and report every bit that differs.

    \b
    Uses the bundle and the journey file of the time, both kept by hash. Exit code 1 if anything differs.
      nba replay --since 30d
    """

    with _replaying() as (audit, _):
        report = audit.replay(moment_ms(since, now()), limit)
    if as_json:
        print_json(asdict(report))
    else:
        _show_replay(report)
    if report.different:
        raise click.exceptions.Exit(1)


@click.command()
@click.option(
    "--journey",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The changed journey file; the one that holds if left out.",
)
@click.option(
    "--bundle", metavar="ID", help="A bundle of the registry; with a file each decision keeps its own."
)
@since_option
@limit_option
@json_option
def rehearse(journey: Path | None, bundle: str | None, since: str, limit: int, as_json: bool) -> None:
    """Try a changed journey file, or a bundle, on past decisions before it goes live.

    \b
    How many decisions change, which actions gain and lose, who would get nothing (by phase and channel), how
    often customers would hear from us week by week, and which prices the file's share bounds need. Nothing is
    stored.
      nba rehearse --journey journey.yaml --since 7d
    """

    with _replaying() as (audit, parts):
        change = _change(parts, journey, bundle)
        report, impossible = audit.rehearse(change, moment_ms(since, now()), limit)
    if as_json:
        print_json({**asdict(report), "impossible": impossible})
    else:
        _show_rehearsal(report, impossible, change.engine.journey.currency)


def moment_ms(text: str, now: datetime) -> int:
    """Milliseconds since 1970 of ``7d`` (ago), ``12h`` or an RFC 3339 time."""
    ago = _AGO.fullmatch(text)
    try:
        moment = now - int(ago[1]) * _UNIT[ago[2]] if ago else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"expected 7d, 12h or a time such as 2026-11-20T00:00:00Z, got {text!r}", param_hint="--since"
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


@contextmanager
def _replaying() -> Iterator[tuple[Replaying, Services]]:
    from nba_service.process.thread_limits import limit_library_threads

    limit_library_threads()
    from nba_service.data.log_replay import Replaying
    from nba_service.services import make_services
    from nba_service.settings import load_settings

    parts = make_services(load_settings(), clock=command_clock(), poll=False)
    parts.store.plain.migrate()
    try:
        yield Replaying(parts.store, parts.source, parts.decisions), parts
    finally:
        parts.store.close()


def _change(parts: Services, journey: Path | None, bundle: str | None) -> RehearsedChange:
    """What is rehearsed."""
    from nba_service.data.rehearsed_change import change_of

    text = None if journey is None else journey.read_bytes()
    return change_of(parts.source, parts.settings.registry, bundle=bundle, journey=text, name=str(journey))


def _show_replay(report: ReplayReport) -> None:
    click.echo(
        f"{report.decisions} decisions: {report.identical} identical, {report.different} different,"
        f" {sum(report.impossible.values())} not replayable"
    )
    for code, number in sorted(report.impossible.items()):
        click.echo(f"  {code}: {number}")
    for difference in report.differences:
        click.echo(f"{difference.decision_id}: {', '.join(difference.fields)}")


def _show_rehearsal(report: RehearsalReport, impossible: Counter[str], currency: str) -> None:
    share = report.changed / max(report.decisions, 1)
    click.echo(
        f"{report.decisions} decisions rehearsed, {report.changed} change ({share:.1%}), "
        f"{sum(impossible.values())} not replayable, {sum(report.refused.values())} refused\n"
        f"Expected gain over doing nothing a decision: {report.gain_before:z.2f} → {report.gain_after:z.2f}"
        f" {currency}, each by its own account\n"
    )
    if report.bounded:
        click.echo(
            f"A least propensity or gain refused an action in {report.bounded} decisions, which costs"
            f" {report.bounds_cost:.4f} {currency} a decision\n"
        )
    for title, reasons in (
        ("not replayable", impossible),
        ("refused", report.refused),
        ("nothing before, among the reasons", report.why_nothing_before),
        ("nothing after, among the reasons", report.why_nothing_after),
    ):
        for code, number in sorted(reasons.items()):
            click.echo(f"{title}: {code}: {number}")
    for policy, number in report.rule_failures.items():
        click.echo(f"rule of policy {policy} failed in {number} decisions, which refuses")
    _shifts(report).show()
    _coverage(report).show()
    _weeks(report).show()
    if report.prices:
        _prices(report, currency).show()
        click.echo(_prices_yaml(report))


def _shifts(report: RehearsalReport) -> Table:
    total = max(report.decisions, 1)
    rows = [
        [
            shift.action,
            f"{shift.before:.1f}",
            f"{shift.after:.1f}",
            f"{(shift.after - shift.before) / total:+.2%}",
        ]
        for shift in report.shifts
    ]
    columns = ("action", "before", "after", "share")
    return Table("Expected first places", columns, rows, right=frozenset(columns[1:]))


def _coverage(report: RehearsalReport) -> Table:
    """Phases and channels in which a decision loses or gains candidates; and who gets nothing at all."""
    rows = [
        [phase, "any", "", str(report.nothing_before.get(phase, 0)), str(report.nothing_after.get(phase, 0))]
        for phase in sorted({*report.nothing_before, *report.nothing_after})
    ]
    rows += [
        [one.phase, one.channel, str(one.asked), str(one.asked - one.before), str(one.asked - one.after)]
        for one in report.coverage
        if one.before != one.after
    ]
    columns = ("phase", "channel", "asked", "nothing before", "nothing after")
    return Table("Who would get nothing", columns, rows, right=frozenset(columns[2:]))


def _weeks(report: RehearsalReport) -> Table:
    """Outbound contacts that the log's decisions are expected to make, each with the past as it was."""
    rows = [
        [
            week.since,
            str(week.customers),
            f"{week.before:.2f}",
            f"{week.after:.2f}",
            f"{week.most_before:.1f}",
            f"{week.most_after:.1f}",
        ]
        for week in report.weeks
    ]
    columns = ("week from", "customers", "before", "after", "most before", "most after")
    return Table("Contacts per customer and week", columns, rows, right=frozenset(columns[1:]))


def _prices(report: RehearsalReport, currency: str) -> Table:
    rows = [
        [
            price.action,
            f"{price.at_least:g} to {price.at_most:g}",
            f"{price.free:.3f}",
            f"{price.share:.3f}",
            f"{price.price:.4f}",
            f"{price.cost:.4f}",
            "yes" if price.met else "no: exploration or rules stand in the way",
        ]
        for price in report.prices
    ]
    columns = ("action", "asked", "without", "with", "price", "costs a decision", "met")
    return Table(f"Share bounds ({currency})", columns, rows, right=frozenset(columns[2:6]))


def _prices_yaml(report: RehearsalReport) -> str:
    lines = [
        f"      {p.action}: {{at_least: {p.at_least:g}, at_most: {p.at_most:g}, price: {p.price:g}}}"
        for p in report.prices
    ]
    return "\n".join(["For the journey file:", "objective:", "  bounds:", "    shares:", *lines])
