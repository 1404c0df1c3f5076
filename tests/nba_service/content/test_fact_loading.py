"""From the names of modules to a book of facts, with what is wrong said at the start."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nba_service.content.fact_loading import load_facts, load_module
from nba_service.errors import FactsError
from nba_service.settings import load_settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

MODULE = """
from nba_service.content.facts import Fact, FactType

def doubled(attributes, moment):
    return attributes["roof_area_m2"] * 2

FACTS = [Fact(name="doubled", type=FactType.NUMBER, label="Twice the roof", compute=doubled,
              needs=("roof_area_m2",), maximum=1000)]
"""


def test_facts_are_read_from_a_file_that_the_settings_name(tmp_path: Path) -> None:
    path = tmp_path / "facts.py"
    path.write_text(MODULE)
    settings = load_settings({"NBA_FACTS": f" {path} ,"})

    book = load_facts(settings.facts or ())

    assert book.about({"roof_area_m2": 30}, NOW)["doubled"] == 60


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FACTS = 1/0", "ZeroDivisionError"),
        ("", "FACTS"),
        ("FACTS = ['word']", "expected facts"),
        (MODULE + "FACTS *= 2", "exists already"),
    ],
)
def test_a_module_without_proper_facts_stops_the_start(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "facts.py"
    path.write_text(text)

    with pytest.raises(FactsError, match=said):
        load_facts([str(path)])


def test_a_module_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(FactsError, match="no_such_company"):
        load_facts(["no_such_company.facts"])


@pytest.mark.parametrize("name", ["Doubled", "2nd", "", "a-b", "a" * 65])
def test_a_name_that_a_template_cannot_read_stops_the_start(tmp_path: Path, name: str) -> None:
    path = tmp_path / "facts.py"
    path.write_text(MODULE.replace('"doubled"', repr(name)))

    with pytest.raises(FactsError, match="small letters, digits and _"):
        load_facts([str(path)])


def test_a_name_of_two_files_is_refused_with_the_second_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text(MODULE)
    second.write_text(MODULE)

    with pytest.raises(FactsError, match=r"second\.py: the fact 'doubled' exists already; rename one"):
        load_facts([str(first), str(second)])


def test_no_sources_are_no_facts() -> None:
    assert dict(load_facts([]).facts) == {}


def test_a_file_may_import_the_file_in_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "numbers_of_ours.py").write_text("FACTOR = 3\n")
    (tmp_path / "facts.py").write_text("from .numbers_of_ours import FACTOR\nFACTS = []\n")

    assert load_module(str(tmp_path / "facts.py")).FACTOR == 3


def test_a_module_and_what_lies_next_to_a_file_are_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    named, beside, path = (tmp_path / f"{name}.py" for name in ("acme_facts", "numbers_of_ours", "facts"))
    path.write_text("from .numbers_of_ours import FACTOR\n")
    found = []

    for number in (1, 2):
        named.write_text(f"FACTOR = {number}\n")
        beside.write_text(f"FACTOR = {number}\n")
        found += [load_module("acme_facts").FACTOR, load_module(str(path)).FACTOR]

    assert found == [1, 1, 2, 2]


def test_files_of_one_name_in_two_folders_are_two_modules(tmp_path: Path) -> None:
    for folder, number in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "facts.py").write_text(f"NUMBER = {number}\n")

    found = [load_module(str(tmp_path / folder / "facts.py")).NUMBER for folder in ("a", "b")]

    assert found == [1, 2]


def test_a_file_that_fails_leaves_no_half_module_behind(tmp_path: Path) -> None:
    path = tmp_path / "half_done.py"
    path.write_text("GOT_HERE = True\n1 / 0\n")

    with pytest.raises(ZeroDivisionError):
        load_module(str(path))

    assert [name for name in sys.modules if "half_done" in name] == []
