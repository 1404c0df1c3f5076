"""Keys as text: recognised, and hard to mistype."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from nba_service.keys.tokens import KeyKind, make_token, token_hash, token_kind


def test_a_key_says_what_it_is_and_scanners_can_find_it() -> None:
    for kind, prefix in ((KeyKind.SECRET, "nbask_"), (KeyKind.PUBLISHABLE, "nbapk_")):
        token = make_token(kind)
        assert token.startswith(prefix)
        assert token_kind(token) is kind
        assert re.fullmatch("nba[sp]k_[A-Za-z0-9]{46}", token)


def test_keys_differ_and_their_hashes_too() -> None:
    tokens = {make_token(KeyKind.SECRET) for _ in range(100)}

    assert len({token_hash(token) for token in tokens}) == 100


@given(st.integers(0, 51), st.sampled_from("abcXYZ019_-é "), st.integers(0, 1_000))
def test_one_wrong_character_is_noticed(place: int, wrong: str, seed: int) -> None:
    token = make_token(KeyKind.SECRET, random.Random(seed).choice)  # noqa: S311
    typed = token[:place] + wrong + token[place + 1 :]

    assert (token_kind(typed) is KeyKind.SECRET) == (typed == token)


@given(st.text(max_size=80))
def test_other_texts_are_no_keys(text: str) -> None:
    assert token_kind(text) is None
