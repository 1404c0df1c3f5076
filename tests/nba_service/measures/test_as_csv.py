"""A measure's main table as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

from nba_service.measures.as_csv import as_csv


def test_nested_values_get_columns_and_lists_are_left_out() -> None:
    rows = [
        {"arm": "a", "per_customer": {"value": 1.5, "low": None}, "series": [1]},
        {"arm": "=HYPERLINK(0)", "customers": 3},
    ]
    text = as_csv({"measure": "lift", "arms": rows})

    assert text.split("\r\n") == [
        "arm,per_customer.value,per_customer.low,customers",
        "a,1.5,,",
        "'=HYPERLINK(0),,,3",
        "",
    ]


def test_of_nothing_there_is_an_empty_table() -> None:
    assert as_csv({"measure": "lift"}) == "\r\n"
