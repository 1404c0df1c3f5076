"""The clock that a command goes by."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from click.testing import CliRunner

from nba_service.cli.clock import command_clock, now
from nba_service.clock import system_clock

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@click.group()
def group() -> None:
    pass


@group.command()
def tell() -> None:
    click.echo(now().isoformat())


def test_the_caller_says_what_time_it_is_for_every_command_below() -> None:
    assert CliRunner().invoke(group, ["tell"], obj=lambda: NOON).stdout == "2026-11-20T12:00:00+00:00\n"


def test_without_a_caller_who_says_so_it_is_the_systems() -> None:
    assert command_clock() is system_clock
    before = datetime.now(UTC)

    told = datetime.fromisoformat(CliRunner().invoke(group, ["tell"]).stdout.strip())

    assert before <= told <= datetime.now(UTC)
