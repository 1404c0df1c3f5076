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
    "fastavro": "avro",
    "httpx2": "mcp",
    "joblib": "train",
    "matplotlib": "train",
    "mcp": "mcp",
    "pyarrow": "train",
    "pyspark": "spark",
    "sklearn": "train",
    "psycopg": "postgres",
    "psycopg_pool": "postgres",
    "redis": "redis",
}
"""Library → the extra of this package that installs it."""

OTHERS: Final = "Others"
"""The section of commands that a package adds and that this one does not know."""


class ExtraMissingError(NBAError):
    """A command needs a library that comes with an extra."""

    code = "EXTRA_MISSING"


@dataclass(frozen=True, slots=True)
class Command:
    """Where a command lives, and its line in the overview.

    ``target``: ``module:attribute``; empty: a package that may be missing adds it as an entry point.
    """

    target: str
    help: str
    section: str = "Commands"


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
        lines = dict(commands_table or {})
        self._table = {name: command for name, command in lines.items() if command.target}
        self._lines = lines
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` name; where there is none, those that may have been meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            known = self.list_commands(ctx)
            raise click.NoSuchCommand(error.command_name, possibilities=known, ctx=ctx) from None

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
        """The commands that are there, in their sections."""
        added = self._added()
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, command in self._lines.items():
            if name in self._table or name in added:
                sections.setdefault(command.section, []).append((name, command.help))
        strange = [(name, f"From {point.value}.") for name, point in sorted(added.items())]
        sections[OTHERS] = [row for row in strange if row[0] not in self._lines]
        width = max((len(name) for rows in sections.values() for name, _ in rows), default=0)
        for section, rows in sections.items():
            if rows:
                with formatter.section(section):
                    formatter.write_dl([(name.ljust(width), line) for name, line in rows])

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
        f"Install the extra that brings it, where the code lies: pip install -e '.[{extra}]'"
    )


def _tell(error: NBAError) -> None:
    click.echo(f"{error.code}: {error}", err=True)
