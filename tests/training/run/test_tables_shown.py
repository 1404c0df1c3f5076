"""Tables and numbers on the terminal."""

from __future__ import annotations

import pytest
from rich.console import Console

from training.evaluation.off_policy.bootstrap import Estimate
from training.run.tables_shown import FittingTable, estimate_text, number_text, result_console


def test_a_table_keeps_titles_headings_and_cells() -> None:
    console = Console(width=80, record=True, quiet=True)
    with console.capture() as said:
        console.quiet = False
        console.print(FittingTable("By phase", ("", "decisions"), [("stranger", "1,200")]))

    assert "By phase" in said.get()
    assert "stranger" in said.get()
    assert "1,200" in said.get()


def test_columns_that_do_not_fit_follow_below_and_no_number_is_broken() -> None:
    columns = ("part", *(f"figure {n}" for n in range(12)), "refused")
    rows = [
        ("all actions of the journey", *(f"{n}.1234" for n in range(12)), "a long reason " * 9),
        ("none",) * 14,
    ]
    console = Console(width=80, record=True, quiet=True)
    with console.capture() as said:
        console.quiet = False
        console.print(FittingTable("Figures", columns, rows, frozenset({"refused"})))
    lines = said.get().splitlines()

    assert max(len(line) for line in lines) <= 80
    parts = [line.strip() for line in lines if "Figures" in line]
    assert parts == ["Figures", *["Figures (continued)"] * (len(parts) - 1)]
    assert sum("all actions of the journey" in line for line in lines) == len(parts) > 1
    assert all(f" {n}.1234" in said.get() for n in range(12))


def test_without_a_terminal_tables_are_80_wide_and_sentences_keep_their_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = result_console()
    console.print(FittingTable("Figures", ("part", *"abcdefgh"), [("all", *["0.1234567890"] * 8)]))
    console.print("a verdict of many words, " * 6)
    *tables, sentence = capsys.readouterr().out.splitlines()

    assert max(len(line) for line in tables) <= 80
    assert len(sentence) > 100


def test_small_values_get_more_digits() -> None:
    assert estimate_text(Estimate(value=2.5, low=-1.0, high=6.0)) == "+2.50 (-1.00 to +6.00)"
    assert estimate_text(Estimate(value=0.001, low=0.0, high=0.002)) == "+0.0010 (+0.0000 to +0.0020)"


def test_what_is_not_there_is_a_dash() -> None:
    assert (number_text(None), number_text(float("nan")), number_text(0.5)) == ("-", "-", "0.5000")
