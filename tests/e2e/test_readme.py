"""Every command that README and quickstarts show is run as it stands.

`make demo` runs at a small size and ends after its three answers; `make test` is what runs this test, so
running it here would never end. Commands that talk to port 8000 talk to the test's own service.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "quickstart").glob("*.md"))]
COMMANDS = [
    pytest.param(command.strip(), id=f"{page.name}:{number}")
    for page in PAGES
    for number, command in enumerate(re.findall(r"```bash\n(.*?)```", page.read_text(), re.DOTALL), start=1)
]


def test_the_pages_have_commands() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_works(product: Any, command: str) -> None:
    if command == "make test":
        pytest.skip("this test is part of `make test`")
    if command == "make demo":
        command = f"{sys.executable} examples/solar/demo.py --once"
    command = command.replace("127.0.0.1:8000", f"127.0.0.1:{product.port}")
    command = command.replace("curl -s", "curl -s --fail-with-body")
    command = command.replace("var/my-shop", str(product.root / "my-shop"))
    command = command.replace("var/demo/history", str(product.root / "history"))
    command = command.replace("var/export", str(product.root / "readme-export"))
    command = command.replace("var/my-page", str(product.root / "my-page"))
    if "http.server" in command:  # newcomers play it; here the page is written and nothing keeps running
        command = "\n".join([*command.splitlines()[:-1], f"cat {product.root}/my-page/index.html"])
    if command == ". var/demo/env.sh":
        command = f". {product.readme_env()['NBA_DEMO_ROOT']}/env.sh && command -v nba"

    done = typed(product, command)

    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert done.stdout.strip()
    if "demo.py" in command:
        assert len(done.stdout.splitlines()) <= 30, done.stdout
        assert_experiment(product, Path(product.readme_env()["NBA_DEMO_ROOT"]))
    if '"visitor-1"' in command:
        assert json.loads(done.stdout)["actions"][0]["content"]["title"], done.stdout


def typed(product: Any, command: str) -> subprocess.CompletedProcess[str]:
    """What came of a command as a reader types it."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=product.readme_env(),
        capture_output=True,
        text=True,
        check=False,
    )


def assert_experiment(product: Any, demo: Path) -> None:
    """What the demo lived through can be read: arms, a challenger, a shadow that looked at each decision."""
    command = f". {demo}/env.sh && nba measures lift --days 42 --json && nba measures coverage --json"
    done = typed(product, command)
    assert done.returncode == 0, done.stderr
    lift, end = json.JSONDecoder().raw_decode(done.stdout)
    coverage = json.loads(done.stdout[end:])

    assert sum(arm["customers"] for arm in lift["arms"]) >= 50
    assert lift["challenger"]["comparison"]["seen"] >= 0
    assert lift["shadow"]["looked_at"] == lift["shadow"]["decisions"] > 50
    assert lift["shadow"]["failed"] == 0
    assert coverage["customers"] >= 50
