"""A drawn tree has a bar a leaf, one edge a condition, and thickness by people."""

from __future__ import annotations

import re

from models.drawing.tree import Twig, tree

TWIGS = (
    Twig(conditions=("no e-mail", "over 60"), share=0.9, weight=0.7, shown="700 of 780", strong=True),
    Twig(conditions=("e-mail",), share=0.1, weight=0.1, shown="100 of 1,000"),
    Twig(conditions=("no e-mail", "60 or less"), share=0.4, weight=0.2, shown="200 of 500"),
)


def test_every_condition_is_an_edge_drawn_once() -> None:
    drawn = tree(TWIGS, "who")

    assert drawn.count("<path") == 4
    assert drawn.count(">no e-mail<") == 1
    assert 'aria-label="who"' in drawn


def test_leaves_of_one_branch_stand_together_and_the_largest_edge_is_thickest() -> None:
    drawn = tree(TWIGS, "who")
    leaves = re.findall(r">(\d+ of [\d,]+)<", drawn)
    thick = [float(found) for found in re.findall(r'stroke-width="([\d.]+)"', drawn)]

    assert leaves == ["700 of 780", "200 of 500", "100 of 1,000"]
    assert max(thick) == 14 * 0.9  # all who have no e-mail


def test_what_comes_from_data_is_escaped() -> None:
    assert "<b>" not in tree((Twig(conditions=("<b>",), share=1.0, weight=1.0, shown="1"),), "x")


def test_a_single_leaf_is_a_bar() -> None:
    assert tree((Twig(conditions=(), share=0.5, weight=1.0, shown="all"),), "x").count("<path") == 0
