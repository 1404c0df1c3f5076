"""What the pages for readers are, and what they name: files, modules and links."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import click

from nba_service.cli import main

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGES: Final = ("models", "nba_service", "training")
SOURCES: Final = (*PACKAGES, "benchmarks", "examples", "tests")
_TOP: Final = (*SOURCES, "docs", "deploy")

_FENCE: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_CODE: Final = re.compile(r"`+([^`\n]+)`+")
_ROOTED: Final = re.compile(rf"(?<![\w./:-])(?:{'|'.join(_TOP)})/[\w./*-]*\.[a-z]{{1,8}}\b(?![/*{{])")
_FOLDER: Final = re.compile(rf"(?:{'|'.join(_TOP)})/[\w/-]*")
_NAMED: Final = re.compile(r"[\w/*-]+(?:\.d)?\.(?:py|c|md|lock|toml|mako|ts)")
_DOTTED: Final = re.compile(
    rf"(?<![\w./:-])(?:{'|'.join(SOURCES)})(?:\.[A-Za-z_]\w*)+(?<!\.yaml)(?<!\.md)(?![\w/-])"
)
_RUN: Final = re.compile(r"python -m ([\w.]+)")
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HOST: Final = "../../actions/"
"""What a code host shows of the repository itself: from README.md it is next to it, here it is nowhere."""
_NOT_OURS: Final = {"facts.py"}  # files that a reader writes


def pages() -> list[Path]:
    """Every page that a person reads."""
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted(ROOT.glob("docs/**/*.md")),
        *sorted(ROOT.glob("examples/*/README.md")),
        *sorted(ROOT.glob("deploy/**/*.md")),
    ]


def modules() -> list[Path]:
    """Every Python file of ours, tests left out."""
    return [path for folder in SOURCES[:-1] for path in sorted((ROOT / folder).rglob("*.py"))]


def text_of(page: Path) -> str:
    """A page's text; of the changelog what is not released, because a release names the files of its day."""
    text = page.read_text(encoding="utf-8")
    return "\n## [".join(text.split("\n## [")[:2]) if page.name == "CHANGELOG.md" else text


def prose_of(page: Path) -> str:
    """A page's text without its code: names in code keep their words."""
    return _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))


def help_texts() -> dict[str, str]:
    """What ``--help`` says, by command."""

    def texts(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
        yield context.command_path, command.get_help(context)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                sub = command.get_command(context, name)
                if sub is not None:
                    yield from texts(sub, click.Context(sub, info_name=name, parent=context))

    return dict(texts(main, click.Context(main, info_name="nba")))


def missing_files(page: Path) -> set[str]:
    """Files that a page or a module's text names and that do not exist."""
    text = text_of(page)
    named = set(_ROOTED.findall(text))
    for code in _CODE.findall(_FENCE.sub("", text)):
        named |= {word for word in code.split() if _NAMED.fullmatch(word) or _FOLDER.fullmatch(word)}
    return {name for name in named - _NOT_OURS if not name.startswith("/") and not _exists(name, page)}


def missing_modules(page: Path) -> set[str]:
    """Modules, or names in modules, that a page names by their dots and that do not exist."""
    text = text_of(page)
    named = set(_DOTTED.findall(text)) if page.suffix == ".md" else set()
    for code in _CODE.findall(_FENCE.sub("", text)):
        named |= set(_DOTTED.findall(code))
    for name in _RUN.findall(text):
        if name.partition(".")[0] in SOURCES:
            named.add(name)
    return {name for name in named if not _is_module_or_name(name)}


def broken_links(page: Path) -> set[str]:
    """Links to files or headings that do not exist; addresses on the web are not asked."""
    broken = set()
    for link in _LINK.findall(_FENCE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", link) or (page.parent == ROOT and link.startswith(_HOST)):
            continue
        file, _, heading = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (heading and heading not in headings(target)):
            broken.add(link)
    return broken


def linked_pages(page: Path) -> set[Path]:
    """Pages that a page links to."""
    files = (link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8")))
    return {(page.parent / file).resolve() for file in files if file.endswith(".md")}


@cache
def headings(page: Path) -> frozenset[str]:
    """Anchors of a page, as code hosts make them."""
    lines = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", line.lower()) for line in lines)
    return frozenset(line.replace(" ", "-") for line in plain)


def _exists(name: str, page: Path) -> bool:
    """From the root, from the page's own folder, or from a folder above it."""
    folders = [page.parent, *page.parent.parents]
    return any(next(folder.glob(name), None) for folder in folders[: folders.index(ROOT) + 1])


@cache
def _is_module_or_name(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        file = path.with_suffix(".py")
        if not file.exists() and path.is_dir():
            if length == len(parts):
                return True
            file = path / "__init__.py"
        if file.exists():
            return length == len(parts) or parts[length] in _names(file)
    return False


@cache
def _names(file: Path) -> frozenset[str]:
    """Names at the top of a module: what it defines, assigns or imports."""
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
    return frozenset(names)
