"""Programs in the quickstarts run as they stand, against a service."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "quickstart").glob("*.md"))
PROGRAMS = {"python": [sys.executable, "-c"], "js": ["node", "-e"]}
SNIPPETS = [
    pytest.param(language, code, id=f"{page.name}:{number}:{language}")
    for page in PAGES
    for number, (language, code) in enumerate(
        re.findall(r"```(python|js)\n(.*?)```", page.read_text(), re.DOTALL), start=1
    )
]


def test_websites_and_mails_have_a_program() -> None:
    assert len(SNIPPETS) >= 3


@pytest.mark.parametrize(("language", "code"), SNIPPETS)
def test_a_program_prints_what_to_show(product: Any, language: str, code: str) -> None:
    if shutil.which(PROGRAMS[language][0]) is None:
        pytest.skip(f"{PROGRAMS[language][0]} is not installed")
    code = code.replace("127.0.0.1:8000", f"127.0.0.1:{product.port}")
    code = code.replace("timeout=0.5", "timeout=30").replace(
        "timeout(500)", "timeout(30000)"
    )  # a busy machine

    mail = "deferred" in code  # at night the solar company sends none
    printed = []
    for number in range(
        1 if mail else 12
    ):  # some visitors get nothing, and a busy machine answers without the store
        printed.append(run(product, language, code.replace("visitor-7", f"reader-{number}")))
        if "title" in printed[-1]:
            break

    assert ("'c-1042': " if mail else "title") in printed[-1], printed


def run(product: Any, language: str, code: str) -> str:
    done = subprocess.run(
        [*PROGRAMS[language], code], env=product.readme_env(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
