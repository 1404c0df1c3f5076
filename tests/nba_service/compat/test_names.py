"""Words of other tools as journey files write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_service.compat.names import slug


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Order Completed", "order_completed"),
        ("orderCompleted", "order_completed"),
        ("order2Completed", "order2_completed"),
        ("FIRST_NAME", "first_name"),
        ("  e-mail: opened! ", "e_mail_opened"),
        ("Größe", "gr_e"),
        ("___", ""),
        ("", ""),
    ],
)
def test_a_name_in_small_letters(text: str, name: str) -> None:
    assert slug(text) == name


@settings(max_examples=50)
@given(st.text(max_size=30))
def test_a_name_is_its_own_name(text: str) -> None:
    assert slug(slug(text)) == slug(text)
