"""What policies and phase rules may read of one journey, and samples of it."""

from __future__ import annotations

from models.domain.journey import AttributeType
from models.domain.rules.rule_types import (
    BOOLEAN,
    FRACTION,
    TEXT,
    WHOLE,
    ListType,
    Plain,
    Record,
    Sort,
    Vocabulary,
    phase_rule_context,
    policy_context,
    sample,
)

NAMES = Vocabulary(
    phases=frozenset({"new", "old"}),
    channels=frozenset({"web"}),
    actions=frozenset({"offer"}),
    groups=frozenset({"sales"}),
    outcomes=frozenset({"clicked"}),
    touchpoints=frozenset({"visit"}),
    consents=frozenset({"email"}),
    attributes={
        "age": (AttributeType.NUMBER, frozenset()),
        "vip": (AttributeType.BOOLEAN, frozenset()),
        "segment": (AttributeType.CATEGORY, frozenset({"a", "b"})),
        "town": (AttributeType.TEXT, frozenset()),
    },
)


def members(of: object) -> dict[str, object]:
    assert isinstance(of, Record)
    return dict(of.members)


def test_attributes_have_the_types_that_the_file_declares() -> None:
    customer = members(policy_context(NAMES)["customer"])
    attributes = customer["attributes"]

    assert members(attributes) == {
        "age": FRACTION,
        "vip": BOOLEAN,
        "segment": Plain(Sort.TEXT, words=frozenset({"a", "b"}), what="a value of segment"),
        "town": TEXT,
    }
    assert isinstance(attributes, Record)
    assert attributes.optional


def test_policies_count_touchpoints_and_outcomes_and_know_their_words() -> None:
    context = policy_context(NAMES)

    assert members(context["seen"]) == {"clicked": WHOLE, "visit": WHOLE}
    assert members(context["days_since"]) == {"clicked": FRACTION, "visit": FRACTION}
    group = members(context["action"])["group"]
    assert isinstance(group, Plain)
    assert group.words == {"sales", ""}  # an action may have none


def test_phase_rules_see_one_event_of_which_channel_and_action_may_be_missing() -> None:
    context = phase_rule_context(NAMES)
    interaction = members(context["interaction"])

    assert set(context) == {"interaction", "phase"}
    assert [interaction[name].nullable for name in ("channel", "action", "touchpoint")] == [True, True, False]  # type: ignore[attr-defined]
    assert interaction["touchpoint"].words == {"visit", "clicked", "contact"}  # type: ignore[attr-defined]


def test_a_sample_is_of_the_type() -> None:
    assert sample(Record({"a": WHOLE, "b": ListType(FRACTION), "c": BOOLEAN})) == {
        "a": 1,
        "b": [1.5],
        "c": True,
    }
    assert sample(Plain(Sort.TEXT, words=frozenset({"z", "y"}))) == "y"
