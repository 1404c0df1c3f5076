"""What one policy earns more than another, against what is known of the small log.

A teaser by mail is answered in half of the cases and worth 2 less 0.1, on the website in a fifth; doing
nothing is worth nothing. Treatments were drawn evenly.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import TrainingDataError
from models.journey_file import parse_journey
from training.run.dataset import Dataset
from training.studies.compare import NOTHING, Comparison, Side, compare


@pytest.fixture(scope="module")
def found(side: Side, dataset: Dataset) -> Comparison:
    return compare(side, Side(name=NOTHING, journey=side.journey, models=None), dataset)


def test_acting_beats_doing_nothing_by_what_teasers_bring(found: Comparison) -> None:
    gain = found.per_decision.estimate

    assert gain is not None
    assert gain.low > 0.2
    assert gain.high < 1.1
    assert found.verdict.startswith("new earns +0.")


def test_a_customer_brings_all_of_their_decisions(found: Comparison) -> None:
    """Six decisions a customer in 120 days, of which the later fifth counts: a little more than one each."""
    each, whole = found.per_decision.estimate, found.per_customer

    assert each is not None
    assert whole is not None
    assert whole.value == pytest.approx(each.value * found.decisions / found.customers)


def test_the_other_way_round_it_is_the_same_loss(side: Side, dataset: Dataset, found: Comparison) -> None:
    other = compare(Side(name=NOTHING, journey=side.journey, models=None), side, dataset)

    assert found.per_decision.estimate is not None
    assert other.per_decision.estimate is not None
    assert other.per_decision.estimate.value == pytest.approx(-found.per_decision.estimate.value)
    assert "less than new" in other.verdict


def test_a_bundle_that_never_acts_is_the_same_as_doing_nothing(
    side: Side, idle: Side, dataset: Dataset, found: Comparison
) -> None:
    other = compare(side, idle, dataset)

    assert other.per_decision == found.per_decision
    assert [each.agree for each in other.phases] == [each.agree for each in found.phases]
    assert len(other.foresight) == 2
    assert len(found.foresight) == 1, "doing nothing foresees nothing"


def test_with_itself_it_agrees_everywhere(side: Side, dataset: Dataset) -> None:
    same = compare(side, replace(side, name="twin"), dataset)

    assert same.agree == 1.0
    assert same.disagreements == ()
    assert same.verdict == "Both choose alike in every decision, so neither earns more."
    assert same.per_customer is not None
    assert same.per_customer.value == 0.0


def test_phases_add_up_and_say_how_often_both_agree(found: Comparison) -> None:
    assert sum(each.decisions for each in found.phases) == found.decisions
    agree = sum(each.agree * each.decisions for each in found.phases) / found.decisions
    assert agree == pytest.approx(found.agree)


def test_the_most_frequent_disagreement_comes_first_in_words(found: Comparison) -> None:
    first, *rest = found.disagreements

    assert first.label.endswith("instead of Doing nothing")
    assert all(first.decisions >= each.decisions for each in rest)
    assert first.agree == 0.0


def test_decisions_are_later_than_what_was_learned(side: Side, found: Comparison) -> None:
    assert found.since == side.learned_until
    assert found.notes == () or "learned from" not in found.notes[0]


def test_an_earlier_start_is_said_to_flatter(side: Side, idle: Side, dataset: Dataset) -> None:
    assert side.learned_until is not None
    found = compare(side, idle, dataset, since=side.learned_until - timedelta(days=30))

    assert any("some of these decisions were learned from" in note for note in found.notes)


def test_another_journey_file_chooses_by_its_own_rules(side: Side, dataset: Dataset) -> None:
    text = dataset.journey_bytes.decode().replace("phases: [stranger, interested]", "phases: [interested]")
    narrower = replace(side, name="narrower", journey=parse_journey(text.encode(), "narrower.yaml"))

    found = compare(side, narrower, dataset)

    assert any("the journey files differ" in note for note in found.notes)
    by_phase = {each.label: each.agree for each in found.phases}
    assert by_phase["Stranger"] < 1.0, "there the narrower one may not send teasers"


def test_a_log_without_probabilities_tells_choices_and_no_money(side: Side, silent: Dataset) -> None:
    found = compare(side, Side(name=NOTHING, journey=side.journey, models=None), silent)

    assert found.verdict == "The log cannot tell which earns more: it has no action probabilities."
    assert found.per_customer is None
    assert found.agree < 1.0


def test_two_policies_that_never_act_are_refused(side: Side, dataset: Dataset) -> None:
    nothing = Side(name=NOTHING, journey=side.journey, models=None)

    with pytest.raises(TrainingDataError, match="both policies never act"):
        compare(nothing, nothing, dataset)


def test_as_json_the_verdict_comes_first(found: Comparison) -> None:
    told = found.to_json()

    assert next(iter(told)) == "verdict"
    assert told["phases"][0]["gain"]["rows"] == found.phases[0].decisions
    assert datetime.fromisoformat(told["since"]).tzinfo is UTC
