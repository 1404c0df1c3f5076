"""A table without a journey file."""

from __future__ import annotations

from training.fit.plain import PlainColumns, plain_journey


def test_columns_are_the_customers_and_none_is_a_code() -> None:
    columns = PlainColumns(2)

    assert columns.customer_names == ("x0", "x1")
    assert (columns.candidate_names, columns.customer_categorical, columns.candidate_categorical) == ((),) * 3


def test_a_plain_journey_has_a_phase_a_class_and_one_treatment_beside_nothing() -> None:
    journey = plain_journey(3)

    assert [phase.name for phase in journey.phases] == ["p0", "p1", "p2"]
    assert [(t.action, t.channel) for t in journey.treatments] == [("nothing", None), ("a", "c")]
