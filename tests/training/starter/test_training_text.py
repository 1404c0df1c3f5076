"""The SQL for a folder gives the four tables, without rejects."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config import read_config
from training.run.inputs import read_tables
from training.run.progress import Progress
from training.starter.guesses import guess
from training.starter.journey_text import Company, journey_text
from training.starter.profiles import profiles
from training.starter.training_text import training_text


def tables_of(data: Path, folder: Path, **stated: str) -> dict[str, list[dict[str, object]]]:
    roles = guess(profiles(data), stated)
    (folder / "journey.yaml").write_text(journey_text(roles, Company(name="x")))
    (folder / "training.yaml").write_text(training_text(roles, Company(name="x")))
    _, _, validated = read_tables(read_config(folder / "training.yaml"), data, Progress())
    assert validated.rejects == ()
    names = ("customers", "interactions", "decisions", "outcomes")
    return {name: getattr(validated.tables, name).to_pylist() for name in names}


def test_a_response_is_an_event_within_the_window_after_the_action(exports: Path, tmp_path: Path) -> None:
    tables = tables_of(exports, tmp_path)

    assert (len(tables["customers"]), len(tables["decisions"])) == (400, 1200)
    first = tables["decisions"][0]
    assert (first["decision_id"], first["customer_id"]) == ("d-1", "00001")
    assert str(first["decided_at"]).startswith("2026-03-03 00:00")
    orders = (exports / "orders.csv").read_text(encoding="cp1252").count("\n") - 1
    assert len(tables["interactions"]) == orders
    by_action = {d["decision_id"]: d["action"] for d in tables["decisions"]}
    assert 0 < len(tables["outcomes"]) < orders  # orders without a mailing are no response
    assert all(by_action[o["decision_id"]] != "nothing" for o in tables["outcomes"])


@pytest.mark.parametrize("column", ["converted", "responded"])
def test_one_file_gives_all_four(tmp_path: Path, column: str) -> None:
    data, folder = tmp_path / "data", tmp_path / "out"
    data.mkdir(), folder.mkdir()
    rows = "\n".join(f"{'AB'[i % 2]},{'yes' if i % 3 == 0 else 'no'},{i % 5}" for i in range(60))
    (data / "test.csv").write_text(f"variant,{column},device_age\n{rows}\n")

    tables = tables_of(data, folder)

    assert [len(tables[name]) for name in ("customers", "decisions", "outcomes")] == [60, 60, 20]
    assert {i["touchpoint"] for i in tables["interactions"]} == {f"did_{column}"}


def test_columns_of_one_name_in_two_files_are_told_apart(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "out"
    data.mkdir(), folder.mkdir()
    mailed = "".join(f"c-{i},2026-03-02,{'ab'[i % 2]}\n" for i in range(20))
    (data / "mailings.csv").write_text(f"customer_id,day,campaign\n{mailed}")
    (data / "orders.csv").write_text(
        "customer_id,day,event\nc-3,2026-03-05,ordered\nc-4,2026-05-05,ordered\n"
    )

    tables = tables_of(data, folder)

    assert [o["decision_id"] for o in tables["outcomes"]] == ["d-4"]  # c-4 ordered after the window
