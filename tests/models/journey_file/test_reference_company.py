"""The solar company's journey file has what the quickstart promises."""

from __future__ import annotations

from pathlib import Path

from models.domain.actions import Purpose, Tier
from models.domain.journey import Journey
from models.domain.objective import ArmPolicy
from models.journey_file import lint_journey


def test_the_reference_company_has_what_was_promised(solar_journey: Journey) -> None:
    assert len(solar_journey.phases) == 8
    assert len(solar_journey.channels) == 6
    assert len(solar_journey.actions) == 26
    assert {policy.tier for policy in solar_journey.policies} == set(Tier)
    assert {a.name for a in solar_journey.actions if a.purpose is Purpose.SERVICE} == {
        "installation_news",
        "generation_dashboard",
    }
    assert {arm.policy for arm in solar_journey.objective.arms} == {
        ArmPolicy.DEFAULT,
        ArmPolicy.RANDOM,
        ArmPolicy.PLAYBOOK,
    }


def test_every_treatment_of_the_reference_company_speaks_both_languages(solar_journey: Journey) -> None:
    for action in solar_journey.actions:
        for channel in action.channels:
            for locale in ("en", "de"):
                assert len(action.content[channel][locale].body) > 40, (action.name, channel, locale)


def test_the_reference_company_closes_the_loop(solar_journey: Journey) -> None:
    lapses = {phase.name: phase.lapse.to for phase in solar_journey.phases if phase.lapse}
    name = "experience"
    for _ in range(2):
        name = lapses[name]
    assert name == "out_of_market"


def test_the_reference_company_has_no_warnings(solar_journey: Journey, solar_journey_path: Path) -> None:
    assert lint_journey(solar_journey, "journey.yaml", solar_journey_path.read_bytes()) == []
