"""Contacts of a customer until a moment, by hand and all at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.domain.history import build_history, to_ms
from models.domain.interaction import Interaction, Kind
from models.domain.journey import Journey
from models.learned.advantage.contacts import FADING, LASTING, ContactReader
from models.learned.features.builder import FeatureBuilder, make_spec
from models.learned.features.situations import Situations

NOW = datetime(2026, 11, 21, 11, tzinfo=UTC)
STEP_DAYS = 10.0


def contact(action: str, channel: str, days_ago: float) -> Interaction:
    when = NOW - timedelta(days=days_ago)
    kind = Kind.CONTACT
    return Interaction(occurred_at=when, channel=channel, touchpoint="contact", kind=kind, action=action)


def outcome(name: str, action: str, channel: str, days_ago: float) -> Interaction:
    when = NOW - timedelta(days=days_ago)
    return Interaction(occurred_at=when, channel=channel, touchpoint=name, kind=Kind.OUTCOME, action=action)


def positive(journey: Journey, action: str) -> str:
    return sorted(journey.positive_outcomes(action))[0]


def situate(journey: Journey, pasts: list[list[Interaction]]) -> tuple[Situations, ContactReader]:
    history = build_history(journey, pasts)
    spec = make_spec(journey)
    builder = FeatureBuilder(spec, journey)
    situations = builder.situate(
        history=history,
        customer=np.arange(len(pasts)),
        instant=np.full(len(pasts), to_ms(NOW)),
        attributes=builder.attribute_matrix([{}] * len(pasts)),
    )
    treatments = tuple((t.action, t.channel) for t in journey.treatments)
    steps = np.full(len(journey.phases), STEP_DAYS)
    return situations, ContactReader(spec, journey, treatments, tuple(journey.channel_index), steps)


def test_older_contacts_count_less(tiny_journey: Journey) -> None:
    """One step ago what fades is left of the first, two steps ago its square of the second."""
    past = [contact("teaser", "email", STEP_DAYS), contact("teaser", "email", 2 * STEP_DAYS)]
    situations, reader = situate(tiny_journey, [past])

    found = reader.read(situations)

    own = tiny_journey.treatment_index["teaser", "email"]
    assert found.recent[0, own] == pytest.approx(FADING + FADING**2)
    assert found.recent.sum() == found.recent[0, own]
    assert found.felt[0, 0] == pytest.approx(FADING + FADING**2)
    assert found.felt[0, 1] == pytest.approx(LASTING + LASTING**2)


def test_a_channel_that_is_answered_is_liked_more(tiny_journey: Journey) -> None:
    """One of two mails was answered, the page was not: rate 2/7, taste log((1 + 6/7) / 5 ÷ 2/7)."""
    answer = outcome(positive(tiny_journey, "teaser"), "teaser", "email", 4)
    past = [
        contact("teaser", "email", 5),
        contact("teaser", "email", 20),
        contact("teaser", "web", 7),
        answer,
    ]
    situations, reader = situate(tiny_journey, [past])

    found = reader.read(situations)

    rate, channel = 2 / 7, tiny_journey.channel_index
    assert found.felt[0, 2] == pytest.approx(np.log(rate))
    assert found.taste[0, channel["email"]] == pytest.approx(np.log((1 + 3 * rate) / 5 / rate))
    assert found.taste[0, channel["web"]] == pytest.approx(np.log(3 * rate / 4 / rate))


def test_one_customer_at_a_time_equals_all_at_once(
    tiny_journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    names = [("teaser", "email"), ("teaser", "web"), ("care", "web")]
    pasts: list[list[Interaction]] = []
    for _ in range(30):
        past = []
        for days in rng.uniform(0, 200, rng.integers(0, 9)):
            action, channel = names[rng.integers(3)]
            past.append(contact(action, channel, float(days) + 1))
            if rng.random() < 0.4:
                past.append(outcome(positive(tiny_journey, action), action, channel, float(days)))
        pasts.append(past)
    situations, reader = situate(tiny_journey, pasts)
    monkeypatch.setattr("models.learned.advantage.contacts._PAIRS", 40)  # several groups

    together = reader.read(situations)

    for k in range(30):
        alone = reader.read(situations.take(slice(k, k + 1)))
        for name in ("recent", "felt", "taste"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[k])
