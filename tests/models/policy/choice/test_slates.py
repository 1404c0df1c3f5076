"""Slates: whatever conflicts, requires and limits there are, an answer can be delivered as a whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.actions import Action, Channel, ContactLimit
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.domain.objective import Arm, ArmPolicy
from models.policy.decide import decide
from models.policy.engine import Engine
from tests.models.policy.deciding import Ask

NAMES = ("a", "b", "c", "d", "e")
PLACES = ("top", "middle", "bottom", "margin")

ones = st.sampled_from(NAMES)
pairs = st.sets(st.tuples(ones, ones).filter(lambda pair: pair[0] < pair[1]), max_size=5)
limits = st.lists(
    st.builds(
        ContactLimit,
        code=st.sampled_from(["L1", "L2", "L3"]),
        count=st.integers(1, 3),
        window_days=st.just(7.0),
        channels=st.sampled_from([(), ("web",), ("mail",)]),
        actions=st.sampled_from([(), ("a", "b"), ("c",)]),
    ),
    max_size=3,
)


def journey_with(
    journey: Journey,
    conflicts: set[tuple[str, str]],
    requires: set[tuple[str, str]],
    bounds: list[ContactLimit],
) -> Journey:
    """Five actions on web and mail; of a pair the first names the second."""

    def named(pairs: set[tuple[str, str]], name: str) -> tuple[str, ...]:
        return tuple(sorted(second for first, second in pairs if first == name))

    actions = tuple(
        Action(
            name=name,
            label=name,
            channels=("web", "mail"),
            value=5.0,
            conflicts=named(conflicts, name),
            requires=named(requires, name),
        )
        for name in NAMES
    )
    channels = (
        Channel(name="web", label="Web", inbound=True, placements=PLACES),
        Channel(name="mail", label="Mail", daily_capacity=2),
    )
    return replace(
        journey,
        actions=actions,
        channels=channels,
        contact_limits=tuple(bounds),
        policies=(),
        playbook={},
        objective=replace(journey.objective, arms=(Arm(name="all", share=1.0, policy=ArmPolicy.RANDOM),)),
    )


@settings(max_examples=60, deadline=None)
@given(
    conflicts=pairs,
    requires=pairs,
    bounds=limits,
    past=st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 10)), max_size=4),
    placements=st.sampled_from([None, PLACES, PLACES[:2]]),
    limit=st.integers(1, 6),
    room=st.integers(0, 2),
    seed=st.integers(0, 1_000),
)
def test_every_answer_can_be_delivered_as_a_whole(
    tiny_journey: Journey,
    ask: Ask,
    conflicts: set[tuple[str, str]],
    requires: set[tuple[str, str]],
    bounds: list[ContactLimit],
    past: list[tuple[str, int]],
    placements: tuple[str, ...] | None,
    limit: int,
    room: int,
    seed: int,
) -> None:
    journey = journey_with(tiny_journey, conflicts, requires, bounds)
    now = ask().decided_at
    events = [
        Interaction(occurred_at=now - timedelta(days=days), channel="mail", touchpoint="contact",
                    kind=Kind.CONTACT, action=name)
        for name, days in past
    ]  # fmt: skip
    request = ask(*events, placements=placements, limit=limit, rooms={"mail": room}, decision_id=f"d-{seed}")
    decision = decide(Engine(journey, None, "none"), request)

    done = [a for a in decision.actions if a.action != "nothing"]
    names = [a.action for a in done]
    assert len(set(names)) == len(names)
    assert not any(first in names and second in names for first, second in conflicts)
    known = {name for name, _ in past}
    assert all(second in known for first, second in requires if first in names)
    assert Counter(a.channel for a in done)["mail"] <= room
    for bound in bounds:
        counted = [a for a in done if a.channel in (bound.channels or (a.channel,))]
        counted = [a for a in counted if a.action in (bound.actions or (a.action,))]
        before = [
            name
            for name, days in past
            if days < 7 and "mail" in (bound.channels or ("mail",)) and name in (bound.actions or (name,))
        ]
        assert not counted or len(before) + len(counted) <= bound.count
    assert [a.rank for a in decision.actions] == list(range(1, len(decision.actions) + 1))
    assert all(0.0 < a.action_probability <= 1.0 for a in decision.actions)
    if placements is None:
        assert 1 <= len(decision.actions) <= limit
        assert all(a.action != "nothing" for a in decision.actions[:-1])
    else:
        assert [a.placement for a in decision.actions] == list(placements)
        assert all(a.channel in (None, "web") for a in decision.actions)
