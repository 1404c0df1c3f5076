"""What docs/how-to/clients.md says to paste runs as it stands, but for the address and the key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

HOW_TO = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "clients.md"
BLOCKS = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
PACKAGES = ("azure.cognitiveservices.personalizer", "boto3", "segment.analytics", "openfeature")


def test_there_is_an_example_of_each_package() -> None:
    assert len(BLOCKS) == len(PACKAGES)


@pytest.mark.parametrize(("package", "block"), list(zip(PACKAGES, BLOCKS, strict=False)))
def test_the_example_runs(listening: Any, package: str, block: str) -> None:
    pytest.importorskip(package, reason=f"needs {package}")
    assert package in block
    code = block.replace("https://nba.example.com", listening.url).replace("nbask_…", listening.key)
    code = code.replace(
        "/banner", "/default"
    )  # what is drawn for it by the ids of these tests is no doing nothing

    exec(compile(code, str(HOW_TO), "exec"), {})  # noqa: S102 - our own documentation
