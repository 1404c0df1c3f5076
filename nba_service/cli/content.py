"""The command ``nba content``.

It tries every text of a journey file on sample customers before a real one reads it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.journey_file.problems import dotted_path
from models.journey_file.yaml_tree import read_yaml
from nba_service.cli.clock import now
from nba_service.cli.output import Table, json_option, print_json, say
from nba_service.content.fact_loading import load_facts
from nba_service.content.facts import FactBook
from nba_service.content.preview import preview_page
from nba_service.content.samples import Sample, made_up, read_customers
from nba_service.content.trial import Trial, place_of, trials
from nba_service.settings import load_settings

_in = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_file = click.argument("file", type=_in)
_customers = click.option("--customers", type=_in, help="JSON list of {name, attributes}: more samples.")
_facts = click.option(
    "--facts", "sources", multiple=True, help="Module or file of computed facts; else NBA_FACTS."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one text.

    ``samples``: for how many of them; ``sample``: the first.
    """

    line: int
    field: str
    code: str
    detail: str
    samples: int
    sample: str


@click.group()
def content() -> None:
    """Try the texts of a journey file on sample customers.

    \b
      nba content check journey.yaml                         what falls back, and where it stands
      nba content check journey.yaml --facts facts.py        with computed facts
      nba content preview journey.yaml --out texts.html      all of them on one page
    """


@content.command()
@_file
@_customers
@_facts
@json_option
def check(file: Path, customers: Path | None, sources: tuple[str, ...], as_json: bool) -> None:
    """Render every text of FILE for sample customers in every language, and list what goes wrong.

    Samples: nothing known, everything known, extremes, long texts, markup in names, each attribute missing;
    and those of --customers. Exit code 0: every text is as written, 1: some fall back or lose a link.

    \b
      nba content check examples/solar/journey.yaml --facts examples/solar/facts.py
      nba content check journey.yaml --json | jq '.problems[].field'
    """
    data = file.read_bytes()
    journey, book, found = _tried(file, data, customers, sources)
    problems = [*_problems(journey, data, str(file), found), *_failed_facts(book)]
    if as_json:
        print_json({"valid": not problems, "rendered": len(found), "problems": [asdict(p) for p in problems]})
    elif problems:
        _table(str(file), problems).show()
    say(f"{len(found)} texts rendered, {len(problems)} problems")
    if problems:
        raise click.exceptions.Exit(1)


@content.command()
@_file
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The page.")
@_customers
@_facts
def preview(file: Path, out: Path, customers: Path | None, sources: tuple[str, ...]) -> None:
    """Write one HTML page with every text of FILE as sample customers would read it.

    \b
      nba content preview examples/solar/journey.yaml --out texts.html --facts examples/solar/facts.py
    """
    journey, _, found = _tried(file, file.read_bytes(), customers, sources)
    out.write_text(preview_page(journey, found), encoding="utf-8")
    say(f"{out}: {len(found)} texts tried")


def _tried(
    file: Path, data: bytes, customers: Path | None, sources: tuple[str, ...]
) -> tuple[Journey, FactBook, list[Trial]]:
    journey = parse_journey(data, str(file))
    book = load_facts(sources or load_settings().facts or ())
    samples = [*_read(customers), *made_up(journey)]
    return journey, book, list(trials(journey, book, samples, now()))


def _read(customers: Path | None) -> list[Sample]:
    if customers is None:
        return []
    try:
        return read_customers(json.loads(customers.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise click.BadParameter(f"{customers}: {error}", param_hint="--customers") from error


def _problems(journey: Journey, data: bytes, source: str, found: Sequence[Trial]) -> list[Problem]:
    _, tree = read_yaml(data, source)
    written = set(tree.lines.by_path)
    names: dict[tuple[int, str, str, str], list[str]] = defaultdict(list)
    for one in found:
        if one.problem:
            path = place_of(journey, one, written)
            names[tree.lines.of(path), dotted_path(path), one.problem, one.detail].append(one.sample.name)
    return [
        Problem(*key, samples=len(set(samples)), sample=samples[0]) for key, samples in sorted(names.items())
    ]


def _failed_facts(book: FactBook) -> list[Problem]:
    return [
        Problem(0, f"facts.{name}", "FACT_FAILED", reason, count, "")
        for (name, reason), count in sorted(book.failures().items())
    ]


def _table(file: str, problems: Sequence[Problem]) -> Table:
    rows = [
        (
            f"{file}:{problem.line}" if problem.line else "",
            problem.field,
            problem.code,
            problem.detail[:90],
            str(problem.samples),
            problem.sample,
        )
        for problem in problems
    ]
    columns = ("where", "text", "code", "what", "samples", "such as")
    return Table("What customers would not read as written", columns, rows, frozenset({"samples"}))
