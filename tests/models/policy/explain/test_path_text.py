"""Days and weeks of the path ahead are said as people say them."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from models.policy.explain.path_text import in_about, names_of, path_text

SAID = {
    "en": "in about one day, in about five days, in about 20 days, in about three weeks, in about 14 weeks",
    "de": "in etwa einem Tag, in etwa fünf Tagen, in etwa 20 Tagen, in etwa drei Wochen, in etwa 14 Wochen",
}


@pytest.mark.parametrize("language", SAID)
def test_days_are_rounded_to_what_people_say(language: str) -> None:
    said = [in_about(days, language) for days in (0.2, 5.4, 20.0, 21.0, 98.0)]
    assert ", ".join(said) == SAID[language]


def test_labels_are_those_of_the_journey_file(tiny_journey: Journey) -> None:
    action, channel = tiny_journey.actions[0], tiny_journey.channels[0]
    phase = tiny_journey.phases[1]
    point = {"phase": phase.name, "days": 5.0, "action": action.name, "channel": channel.name}
    path = {"days": 90.0, "ways": [{"probability": 0.256, "phases": [point]}]}
    names = names_of(tiny_journey)

    assert path_text(path, names.action(action.name, None), names, "en") == (
        f"Now {action.label}, then in about five days likely {phase.label}, where “{action.label},"
        f" {channel.label}” would come next. This is the likeliest way on which something moves: 26\u00a0%."
    )
