"""What stands in a folder is found as training will read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import TrainingDataError
from training.starter.profiles import Kind, profiles


def test_columns_have_their_kind_their_values_and_their_format(exports: Path) -> None:
    customers, mailings, orders = profiles(exports)

    assert (customers.source, customers.rows) == ("customers", 400)
    assert customers.written == "cp1252, semicolon"
    kinds = {column.name: column.kind for column in customers.columns}
    assert kinds == {"Customer No": Kind.TEXT, "Age": Kind.NUMBER, "Town": Kind.TEXT, "Club": Kind.FLAG}
    campaign, sent = mailings.column("campaign"), mailings.column("sent")
    assert campaign is not None
    assert set(campaign.values) == {"Spring sale", "Home & garden", "No mailing"}
    assert sent is not None
    assert (sent.kind, sent.format) == (Kind.TIME, "%d.%m.%Y")
    amount = orders.column("amount")
    assert amount is not None
    assert amount.kind is Kind.NUMBER
    assert amount.lowest is not None
    assert 5 <= amount.lowest < 20


def test_days_that_fit_two_readings_stay_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,sent\n1,03/04/2026\n2,05/06/2026\n")

    (file,) = profiles(tmp_path)

    assert [column.kind for column in file.columns] == [Kind.NUMBER, Kind.TEXT]


def test_a_folder_without_a_table_says_what_to_put_there(tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_text("no table")

    with pytest.raises(TrainingDataError, match="Export your customers"):
        profiles(tmp_path)
    with pytest.raises(TrainingDataError, match="does not exist"):
        profiles(tmp_path / "gone")


def test_files_of_one_name_have_names_of_their_own_in_sql(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "a.tsv").write_text("x\ty\n1\t2\n")

    assert [file.source for file in profiles(tmp_path)] == ["a", "a_1"]
