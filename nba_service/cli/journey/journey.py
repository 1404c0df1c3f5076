"""``nba journey``: check journey files and show what is in one.

Knows files and how people read a journey; the rules of a valid file are in ``models/journey_file``.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from models.domain.journey import Journey
from models.errors import JourneyFileError
from models.journey_file import Finding, lint_journey, parse_journey
from models.journey_file.yaml_tree import MAX_BYTES
from nba_service.cli.journey.tables import journey_tables, journey_title
from nba_service.cli.journey.templates import lint_templates
from nba_service.cli.output import json_option, print_json, say

_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group()
def journey() -> None:
    """Check and show journey files.

    A journey file is the whole business configuration: phases, channels, actions, rules and limits.

    \b
      nba journey check journey.yaml            every problem at once, with line and remedy
      nba journey check --strict journey*.yaml  in CI: warnings fail too
      nba journey show journey.yaml             phases, actions, limits and policies as tables
      nba journey show journey.yaml --json | jq '.actions | keys'
    """


@journey.command()
@click.argument("files", nargs=-1, required=True, type=_file)
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@json_option
def check(files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Say everything that is wrong with FILES, and what is most likely not meant.

    Errors and warnings go to standard output, one a line: file:line: field: what, what to do [CODE].
    Exit code 0: no errors (and with --strict no warnings), 1 otherwise, 2: wrong usage.

    \b
      nba journey check examples/solar/journey.yaml
      nba journey check --json journey.yaml | jq '.files[].warnings[].text'
    """
    results = [_check(path) for path in files]
    errors = sum(len(result["errors"]) for result in results)
    warnings = sum(len(result["warnings"]) for result in results)
    valid = errors == 0 and not (strict and warnings)
    if as_json:
        files_json = [{**r, "warnings": [asdict(finding) for finding in r["warnings"]]} for r in results]
        print_json({"valid": valid, "files": files_json})
    else:
        for result in results:
            _tell(result)
    say(f"{_count(len(files), 'file')}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    if not valid:
        raise click.exceptions.Exit(1)


@journey.command()
@click.argument("file", type=_file)
@json_option
def show(file: Path, as_json: bool) -> None:
    """Show what is in FILE: phases, actions, channels, limits, policies and playbook.

    Tables on a terminal, aligned plain text elsewhere, everything with --json.

    \b
      nba journey show examples/solar/journey.yaml
      nba journey show examples/solar/journey.yaml --json | jq .phases
    """
    shown = parse_journey(_read(file), str(file))
    if as_json:
        print_json(_as_json(shown))
        return
    click.echo(journey_title(shown) + "\n")
    for table in journey_tables(shown):
        table.show()


def _check(path: Path) -> dict[str, Any]:
    """``file``, ``errors`` (texts) and ``warnings`` (findings) of one file."""
    errors: list[str] = []
    warnings: list[Finding] = []
    try:
        data = _read(path)
        parsed = parse_journey(data, str(path))
        warnings = [*lint_journey(parsed, str(path), data), *lint_templates(parsed, str(path), data)]
        warnings.sort(key=lambda finding: finding.line)
    except JourneyFileError as error:
        errors = str(error).splitlines()
    return {"file": str(path), "errors": errors, "warnings": warnings}


def _read(path: Path) -> bytes:
    """The file's bytes, one more than allowed at most: the parser says so if there are too many."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise JourneyFileError(f"{path}:1: expected a readable file, got {reason}; check its path") from error


def _tell(result: dict[str, Any]) -> None:
    for text in result["errors"]:
        click.echo(f"error: {text}")
    for finding in result["warnings"]:
        click.echo(f"warning: {finding}")
    if not result["errors"] and not result["warnings"]:
        click.echo(f"{result['file']}: ok")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _as_json(journey: Journey) -> dict[str, Any]:
    """The journey with its parts by name; treatments by their names."""
    plain = asdict(journey)
    for part in ("phases", "channels", "actions", "touchpoints", "outcomes", "attributes"):
        plain[part] = {entry.pop("name"): entry for entry in plain[part]}
    return {**plain, "treatments": [treatment.name for treatment in journey.treatments]}
