"""A click group that imports commands when they are called.

Knows click, entry points and which extra brings which library; knows no command.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import click

from models.errors import NBAError

EXTRA_OF: Final = {
    "duckdb": "train",
    "httpx2": "mcp",
    "joblib": "train",
    "matplotlib": "train",
    "mcp": "mcp",
    "pyarrow": "train",
    "sklearn": "train",
    "psycopg": "postgres",
    "psycopg_pool": "postgres",
    "redis": "redis",
}
"""Library → the extra of this package that installs it."""

_TRAIN_HELP: Final = {
    "train": "Learn from historical journeys and publish a bundle. (extra: train)",
    "tables": "Check the four tables that a training.yaml makes. (extra: train)",
    "simulate": "Make the history of a simulated company. (extra: train)",
    "rollout": "Measure what a bundle earns in a simulated company. (extra: train)",
}


class ExtraMissingError(NBAError):
    """A command needs a library that comes with an extra."""

    code = "EXTRA_MISSING"


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives (``module:attribute``) and its line in the overview."""

    target: str
    help: str


class LazyGroup(click.Group):
    """A group of commands from a table and from an entry-point group."""

    def __init__(
        self,
        *args: Any,
        commands_table: Mapping[str, Command] | None = None,
        entry_point_group: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._table = dict(commands_table or {})
        self._entry_point_group = entry_point_group

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._table, *sorted(self._added()), *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._table:
            return _load(self._table[cmd_name].target, cmd_name)
        added = self._added().get(cmd_name)
        if added is not None:
            return _load(added.value, cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NBAError as error:
            _tell(error)
        except ModuleNotFoundError as error:
            extra = EXTRA_OF.get(_root(error))
            if extra is None:
                raise
            _tell(_missing(ctx.invoked_subcommand or "", _root(error), extra))
        raise click.exceptions.Exit(1)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, command.help) for name, command in self._table.items()]
        rows += [
            (name, _TRAIN_HELP.get(name, f"From {ep.value}.")) for name, ep in sorted(self._added().items())
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _added(self) -> dict[str, EntryPoint]:
        if self._entry_point_group is None:
            return {}
        added = entry_points(group=self._entry_point_group)
        return {point.name: point for point in added if point.name not in self._table}


def _load(target: str, name: str) -> click.Command:
    module_name, _, attribute = target.partition(":")
    try:
        command = getattr(importlib.import_module(module_name), attribute.partition(" ")[0])
    except ModuleNotFoundError as error:
        extra = EXTRA_OF.get(_root(error))
        if extra is None:
            raise
        raise _missing(name, _root(error), extra) from error
    if not isinstance(command, click.Command):
        raise TypeError(f"{target} is no click command")
    return command


def _root(error: ModuleNotFoundError) -> str:
    return (error.name or "").partition(".")[0]


def _missing(command: str, library: str, extra: str) -> ExtraMissingError:
    return ExtraMissingError(
        f"'nba {command}' needs the library {library}, which is not installed. "
        f"Install the extra that brings it: pip install 'nba[{extra}]'"
    )


def _tell(error: NBAError) -> None:
    click.echo(f"{error.code}: {error}", err=True)
