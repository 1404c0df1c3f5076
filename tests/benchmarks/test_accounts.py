"""The journey file for people alone says of them what the one for accounts says of all."""

from __future__ import annotations

from benchmarks.accounts import JOURNEY, alone
from models.journey_file import parse_journey


def test_people_alone_have_the_same_actions_phases_and_roles() -> None:
    text = JOURNEY.read_text()
    together = parse_journey(text.encode(), "journey.yaml")
    by_themselves = parse_journey(alone(text).encode(), "alone.yaml")

    assert by_themselves.treatments == together.treatments
    assert by_themselves.phases == together.phases
    assert by_themselves.accounts is None
    assert [rule.to for rule in by_themselves.phase_rules] == [
        rule.to
        for rule in together.accounts.phase_rules  # type: ignore[union-attr]
    ]
    codes = {policy.code for policy in by_themselves.policies}
    assert codes == {f"ROLE_{action.name.upper()}" for action in together.actions if action.roles}
