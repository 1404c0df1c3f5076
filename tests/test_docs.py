"""The docs are complete and true: every route, setting and code is there, and what a page names exists."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from nba_service import errors
from nba_service.app import create_app
from nba_service.settings import Settings, variable_names

sys.path.insert(0, str(Path(__file__).parent))

import doc_pages  # helpers of tests are not installed

PACKAGES = Path(__file__).resolve().parents[1]
REFERENCE = PACKAGES / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def address(rule: str) -> str:
    """Flask's ``<path:decision_id>`` as OpenAPI writes it."""
    return re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule)


def test_every_route_is_documented_and_no_other() -> None:
    app = create_app(Settings(), poll=False)
    served = {
        f"{method} {address(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = set(re.findall(r"`((?:GET|PUT|POST|DELETE) /[^`]*)`", page("api.md")))

    assert served == documented


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(NBA_\w+)` \| (.+?) \|", page("settings.md"), re.MULTILINE))

    assert set(rows) == set(variable_names())
    defaults = {field.name: field.default for field in fields(Settings)}  # tests that run before set others
    for name, shown in rows.items():
        default = defaults[name.removeprefix("NBA_").lower()]
        if default is not None:
            text = f"{default:g}" if isinstance(default, float) else str(default)
            assert shown == f"`{text}`", name


def test_every_metric_is_documented_with_its_kind_and_labels() -> None:
    rows = re.findall(r"^\| `(nba_\w+)` \| (\w+) \| (.*?) \|", page("metrics.md"), re.MULTILINE)
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}

    assert documented == {
        name: (kind, set(labels))
        for name, kind, labels in create_app(Settings(), poll=False)
        .extensions["nba"]
        .telemetry.metric_names()
    }


def test_every_error_code_is_documented_with_its_status() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d{3}|[^|]+) \|", page("errors.md"), re.MULTILINE))
    own = {
        value.code
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.NBAError) and value.code != "NBA_ERROR"
    }

    assert {code: int(status) for code, status in rows.items() if status.isdigit()} == {
        code: kind.status for code, kind in errors.KINDS.items()
    }
    assert own - set(rows) == set()


def test_every_failure_of_the_core_and_of_training_is_documented() -> None:
    """A code that somebody reads on their terminal can be looked up."""
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page("errors.md"), re.MULTILINE))
    sources = [
        path
        for folder in ("models", "training", "nba_service")
        for path in PACKAGES.glob(f"{folder}/**/*.py")
    ]
    stated = {
        code
        for path in sources
        for code in re.findall(r'^    code = "([A-Z_]+)"$', path.read_text(), re.MULTILINE)
    }

    assert len(stated) >= 12
    assert stated - documented == set()


@pytest.mark.parametrize(
    "missing", [doc_pages.missing_files, doc_pages.missing_modules, doc_pages.broken_links]
)
def test_what_a_page_names_exists(missing: Callable[[Path], set[str]]) -> None:
    """Files and folders, modules by their dots, links and their headings."""
    pages = doc_pages.pages()
    found = {str(page.relative_to(PACKAGES)): names for page in pages if (names := missing(page))}

    assert len(pages) >= 40
    assert found == {}


@pytest.mark.parametrize("missing", [doc_pages.missing_files, doc_pages.missing_modules])
def test_what_a_docstring_or_comment_names_exists(missing: Callable[[Path], set[str]]) -> None:
    """From the root, from the module's own folder, or from a folder above it."""
    modules = doc_pages.modules()
    found = {str(module.relative_to(PACKAGES)): names for module in modules if (names := missing(module))}

    assert len(modules) >= 300
    assert found == {}


def test_a_name_that_does_not_exist_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doc_pages, "ROOT", tmp_path)
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    (tmp_path / "README.md").write_text("# Here\n")
    page.write_text(
        "`gone.py`, `models/gone/`, docs/gone.md, `training.gone`, [gone](gone.md), [gone](#gone), "
        "`README.md`, [here](../README.md#here), `python -m json.tool`, `/etc/gone.md`\n"
    )

    assert doc_pages.missing_files(page) == {"gone.py", "models/gone/", "docs/gone.md"}
    assert doc_pages.missing_modules(page) == {"training.gone"}
    assert doc_pages.broken_links(page) == {"gone.md", "#gone"}


def test_every_page_can_be_reached_from_the_index() -> None:
    """By links from ``docs/README.md``, which the repository's first page links to."""
    index = PACKAGES / "docs" / "README.md"
    reached: set[Path] = set()
    waiting = [index]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.is_relative_to(PACKAGES):
            reached.add(page)
            waiting += doc_pages.linked_pages(page)

    assert set(doc_pages.pages()) - reached == set()
    assert index in doc_pages.linked_pages(PACKAGES / "README.md")


def test_benchmarks_are_one_table_with_a_command_and_a_date_for_each_figure() -> None:
    text = (PACKAGES / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    lines = [line.strip("|") for line in text.split("\n") if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    figures = [row for row in rows[2:] if not row[0].startswith("**")]

    assert text.count("\n") <= 120
    assert rows[0] == ["what", "target", "figure", "command", "date"]
    assert len(figures) >= 40
    for row in figures:
        assert re.fullmatch(r"`(make|nba|python -m) .+`", row[3]), row
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row[4]), row


def test_the_latest_release_is_the_version_of_package_and_chart() -> None:
    text = (PACKAGES / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    project = tomllib.loads((PACKAGES / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    chart = yaml.safe_load((PACKAGES / "deploy/helm/nba/Chart.yaml").read_text(encoding="utf-8"))

    assert released[0] == project["version"] == chart["version"] == chart["appVersion"]


def test_a_release_can_be_read_in_two_minutes() -> None:
    """About 250 words a minute, and a little more for what can be skipped."""
    releases = (PACKAGES / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## [")[2:]

    assert releases
    for release in releases:
        assert len(release.split()) <= 700
        entries = [line for line in release.split("\n")[1:] if line and not line.startswith("#")]
        assert all(entry.startswith("- ") and len(entry) <= 220 for entry in entries)


NEWCOMERS_ASK = (
    "action, action probability, arbitration, arm, breaker, bundle, candidate, certainty, challenger, "
    "champion, claim, degraded, drop-out, engine, evidence, gate, golden rows, journal, kernel, mask "
    "table, placement, playbook, priority, propensity, registry, rehearsal, seat, serving, shadow, "
    "shadow price, situation, slot, treatment, trial, update, world"
)


def test_the_glossary_has_every_word_that_is_ours_once() -> None:
    text = (PACKAGES / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\| ([^|]+?) \| .+ \| `.+/` \|$", text, re.MULTILINE)

    assert set(NEWCOMERS_ASK.split(", ")) - set(words) == set()
    assert len(words) == len(set(words))


AVOIDED = re.compile(
    r"\b(for ever|forever|whoever|nobody waits|besides?|mend(s|ed|ing)?|over nothing|anyhow)\b", re.IGNORECASE
)


def test_pages_speak_plain_english() -> None:
    found = {
        str(page.relative_to(PACKAGES)): words
        for page in doc_pages.pages()
        if (words := AVOIDED.findall(doc_pages.prose_of(page)))
    }

    assert found == {}


def test_help_speaks_plain_english() -> None:
    helps = doc_pages.help_texts()
    found = {command: words for command, text in helps.items() if (words := AVOIDED.findall(text))}

    assert len(helps) >= 25
    assert found == {}


def test_the_architecture_has_every_room() -> None:
    """Each folder of the packages, and each one below it in the core."""
    text = (PACKAGES / "docs" / "architecture.md").read_text(encoding="utf-8")
    patterns = ("models/*", "models/*/*", "training/*", "nba_service/*")
    folders = {path.parent for pattern in patterns for path in PACKAGES.glob(f"{pattern}/*.py")}
    rooms = {str(folder.relative_to(PACKAGES)) for folder in folders}

    assert len(rooms) >= 35
    assert {room for room in rooms if f"`{room}/" not in text} == set()
