"""Examples whose real data does not ship run on a made-up stand-in, by the commands of their own pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models.journey_file import parse_journey
from training.config import read_config
from training.data.load import load_tables
from training.data.validate import validate_tables

ROOT = Path(__file__).parents[2]
EXAMPLES = ("bank", "crm", "hillstrom", "loan", "starbucks")


def commands(example: str) -> list[str]:
    """The commands of the example's page."""
    page = (ROOT / "examples" / example / "README.md").read_text()
    (block,) = re.findall(r"^```bash\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [line for line in block.splitlines() if line]


def run(command: str, out: Path) -> str:
    """A command of a page, with what it makes in ``out``."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NBA_")}
    command = command.replace("stand_ins.py", f"stand_ins.py --out {out}").replace("var/stand-ins", str(out))
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**clean, "PATH": path, "NBA_REGISTRY": str(out / "registry")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("stand-ins")
    assert run("python examples/stand_ins.py all", out).count("made up") == len(EXAMPLES)
    return out


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_row_of_a_stand_in_fits(example: str, stand_ins: Path) -> None:
    config = read_config(ROOT / "examples" / example / "training.yaml")
    journey = parse_journey(config.journey_path.read_bytes(), str(config.journey_path))

    raw = load_tables(config, stand_ins / example)
    validated = validate_tables(raw, journey, config.time_zone, config.reject_share)

    assert validated.rejects == ()
    counts = validated.tables.counts
    assert min(counts["customers"], counts["interactions"]) > 400
    assert counts["decisions"] > 900 or example == "loan"  # whose log has calls, and no decisions


def test_a_page_makes_its_stand_in_and_trains_on_it(tmp_path: Path) -> None:
    make, train = commands("crm")

    assert "made up" in run(make, tmp_path)
    assert "Gate, compared with no champion" in run(train, tmp_path)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_page_names_its_stand_in_and_what_the_real_data_is(example: str) -> None:
    page = (ROOT / "examples" / example / "README.md").read_text()

    assert commands(example) == [
        f"python examples/stand_ins.py {example}",
        f"nba train --config examples/{example}/training.yaml --data var/stand-ins/{example}",
    ]
    assert re.search(r"\(.*\d.*MB\)", page)
    assert "Source: " in page
    assert "Licence:" in page


def test_the_same_bytes_each_time(stand_ins: Path, tmp_path: Path) -> None:
    run("python examples/stand_ins.py bank", tmp_path)

    (made,) = (tmp_path / "bank").iterdir()
    assert made.read_bytes() == (stand_ins / "bank" / made.name).read_bytes()
