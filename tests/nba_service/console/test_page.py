"""A page's tables are its Numbers, its CSV and its JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from nba_service.console.page import Column, Page, Table, shown
from nba_service.console.wording import Words

AT = datetime(2026, 11, 27, 9, 5, tzinfo=UTC)
TABLE = Table(
    name="t",
    columns=(Column("at", "time"), Column("what"), Column("worth_eur", "money"), Column("share", "percent")),
    rows=[(AT, "=cmd|' /C calc'!A0", 1234.5, 0.052)],
)


def test_csv_is_for_machines_and_does_not_compute_in_a_spreadsheet() -> None:
    head, row = TABLE.to_csv().splitlines()

    assert head == "at,what,worth_eur,share"
    assert row == "2026-11-27T09:05:00Z,'=cmd|' /C calc'!A0,1234.5,0.052"


def test_json_has_the_same_rows() -> None:
    page = Page(template="t", finding="f", tables=(TABLE,))

    assert page.to_json()["tables"] == {
        "t": [{"at": AT, "what": "=cmd|' /C calc'!A0", "worth_eur": 1234.5, "share": 0.052}]
    }
    assert page.table(None) is TABLE
    assert page.table("other") is None


def test_cells_are_printed_as_the_language_writes_them() -> None:
    words = Words("de")
    cells = [shown(words, column, cell) for column, cell in zip(TABLE.columns, TABLE.rows[0], strict=True)]

    assert cells[0] == "27. Nov., 09:05"
    assert cells[2:] == ["1.234,50", "5,20\u00a0%"]
    assert shown(words, Column("x"), None) == "–"
    assert shown(words, Column("x"), True) == "ja"
    assert shown(words, Column("n", "count"), 1234) == "1.234"
    assert shown(words, Column("d", "day"), AT) == "27. Nov. 2026"
