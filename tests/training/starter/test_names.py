"""Names and quotes for YAML and SQL."""

from __future__ import annotations

import json

import pytest

from training.starter.names import column, identifier, scalar, text


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Womens E-Mail", "womens_e_mail"),
        ("  Frühjahrsaktion 2026 ", "fruehjahrsaktion_2026"),
        ("5 EUR off", "x_5_eur_off"),
        ("café", "cafe"),
        ("???", "x_"),
    ],
)
def test_a_name_is_small_letters_digits_and_underscores(told: str, name: str) -> None:
    assert identifier(told) == name


def test_quotes_within_are_doubled() -> None:
    assert (column('a"b'), text("it's")) == ('"a""b"', "'it''s'")


def test_a_yaml_text_is_one_whatever_is_in_it() -> None:
    assert json.loads(scalar('a: "b" # c')) == 'a: "b" # c'
