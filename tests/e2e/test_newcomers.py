"""Each newcomer's pages lead to a first result of their own: the same stories as `make newcomers`, small.

The environment and the installation are the suite's; ports, /srv and what pip would install are its own.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.newcomers import CHROMIUM, CLEAN, NEWCOMERS, ROOT, Place, commands, free_ports, sections, tell

BESIDE = {"NBA_WEB_DEADLINE_MS": "20000", "NBA_ROLLUP_MINUTES": "0"}  # a busy machine is not what is tested


def place_of(product: Any, folder: Path, *, serves: bool) -> Place:
    """A folder that looks like a clone after `make demo`; ``serves``: they have a service of their own."""
    clone = folder / "nba"
    demo = clone / "var" / "demo"
    demo.mkdir(parents=True)
    for name in ("examples", "docs", "deploy", "requirements.lock", "requirements-build.in"):
        (clone / name).symlink_to(ROOT / name)
    shutil.copytree(product.root / "registry", demo / "registry")
    settings = {name: product.env[name] for name in ("NBA_REGISTRY", "NBA_DATABASE_URL")}
    settings |= {"NBA_API_KEY": product.key, "OFFICE_HOURS": "2026-11-20T10:00:00Z"}
    lines = [f"export {name}='{value}'" for name, value in settings.items()]
    lines.append(f'export PATH={Path(sys.executable).parent}:"$PATH"')
    (demo / "env.sh").write_text("\n".join(lines) + "\n")
    ports = free_ports() | ({} if serves else {"8000": product.port})
    return Place(clone=clone, srv=folder / "srv", ports=ports)


def small(place: Place, block: str) -> str:
    """A block where nothing is installed anew and a slow machine is waited for."""
    lines = [line for line in block.splitlines() if "/pip install" not in line and "-m venv" not in line]
    if len(lines) < len(block.splitlines()):
        lines.append(f"ln -s {sys.prefix} {place.srv}/nba/venv")
    return "\n".join(lines).replace('data-consent="in"', 'data-consent="in" data-wait="10000"')


@pytest.mark.parametrize("name", NEWCOMERS)
def test_a_newcomer_gets_there_with_the_docs_alone(product: Any, name: str, tmp_path: Path) -> None:
    newcomer = NEWCOMERS[name]
    if newcomer.clicks is not None:
        pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
        if not CHROMIUM.exists():
            pytest.skip("Chromium is not installed")
    if name == "operator" and shutil.which("sqlite3") is None:
        pytest.skip("sqlite3 is not installed")
    place = place_of(product, tmp_path, serves=name == "operator")
    env = {**CLEAN, "HOME": str(tmp_path), **BESIDE}
    env |= {
        name: os.environ[name] for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE") if name in os.environ
    }

    story = tell(newcomer, place, env, lambda block: small(place, block))

    assert story.result
    assert story.commands >= 3


def test_the_pages_begin_with_the_same_two_lines() -> None:
    for page in ("websites", "email", "data-scientists"):
        demo, settings = sections(f"docs/quickstart/{page}.md", "Before you begin")
        assert (demo, settings) == ("make demo\n", ". var/demo/env.sh\n")


def test_commands_are_counted_as_a_reader_types_them() -> None:
    block = "mkdir a    # a folder\ncat > a/b <<LIST\nx\ny\nLIST\ncurl -d '{\n  \"a\": 1\n}'\nls\n"
    assert commands(block) == 4
