"""Each check of rows finds what was put there, and nothing in a sound log."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from training.checks.finding import Finding
from training.checks.rows import check_rows
from training.fit.prepared import Prepared


@pytest.fixture(scope="module")
def prepared(trained: tuple[Prepared, Models]) -> Prepared:
    return trained[0]


def found(prepared: Prepared) -> dict[str, Finding]:
    return {each.name: each for each in check_rows(prepared)}


def column_of(prepared: Prepared, attribute: str) -> int:
    return prepared.spec.customer_names.index(f"attribute.{attribute}")


def filled(prepared: Prepared, attribute: str, values: np.ndarray) -> Prepared:
    x = prepared.customer_x.copy()
    x[:, column_of(prepared, attribute)] = values
    return replace(prepared, customer_x=x)


def test_pairs_that_were_hardly_tried_are_counted_and_named(prepared: Prepared) -> None:
    """The tiny journey may send offers and service; the log only has teasers and care."""
    said = found(prepared)["coverage"]

    assert "pairs of phase and action that may occur have fewer than 50 decisions" in said.sentence
    assert {each["action"] for each in said.examples} >= {"offer"}
    assert all(each["decisions"] < 50 for each in said.examples)


def test_a_log_that_leaves_nobody_alone_is_told(prepared: Prepared) -> None:
    acted = np.where(prepared.rows.treatment == 0, 1, prepared.rows.treatment).astype(np.int32)
    rows = replace(prepared.rows, treatment=acted)
    said = found(replace(prepared, split=replace(prepared.split, rows=rows)))["nobody_left_alone"]

    assert said.warning
    assert "Hardly anybody was left alone in stranger, interested" in said.sentence


def test_an_attribute_that_knows_the_answer_is_named_with_its_auc(prepared: Prepared) -> None:
    """Written when somebody responds, with a little noise."""
    rng = np.random.default_rng(1)
    answer = prepared.rows.response + rng.normal(scale=0.1, size=len(prepared.rows))

    said = found(filled(prepared, "age", answer))["attributes_that_know_the_answer"]

    assert said.examples[0]["attribute"] == "age"
    assert said.examples[0]["auc"] > 0.95
    assert "Leave it out, or make an interaction of it" in said.sentence


def test_being_filled_in_may_be_the_answer(prepared: Prepared) -> None:
    values = np.where(prepared.rows.response == 1, 40.0, np.nan)

    assert found(filled(prepared, "age", values))["attributes_that_know_the_answer"].examples[0]["auc"] == 1.0


def test_a_category_may_be_the_answer(prepared: Prepared) -> None:
    said = found(filled(prepared, "segment", (prepared.rows.response == 1) * 1.0))

    assert said["attributes_that_know_the_answer"].examples[0]["attribute"] == "segment"


def test_an_attribute_that_is_only_useful_is_no_leak(prepared: Prepared) -> None:
    rng = np.random.default_rng(1)
    hint = prepared.rows.response + rng.normal(scale=2.0, size=len(prepared.rows))

    assert "attributes_that_know_the_answer" not in found(filled(prepared, "age", hint))


def test_attributes_that_say_nothing_are_named(prepared: Prepared) -> None:
    """The small log has no attributes at all."""
    said = found(prepared)["attributes_that_say_nothing"]

    assert {each["attribute"] for each in said.examples} >= {"age", "vip"}
    assert not said.warning
