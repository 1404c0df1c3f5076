"""Requests of one key are refused the same by what needs nothing of what happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.domain.account import AccountState
from models.domain.history import to_ms
from models.domain.journey import Journey
from models.policy.eligibility.barriers.stated import StatedBarriers
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.screening import EligibilityFilter
from tests.models.policy.conftest import NOW
from tests.models.policy.deciding import Ask

ASKED = st.fixed_dictionaries(
    {
        "consent": st.fixed_dictionaries(
            {}, optional={flag: st.booleans() for flag in ("email", "marketing", "personalization")}
        ),
        "exclude": st.sampled_from([(), ("teaser",), ("care", "offer@email")]),
        "withheld": st.sampled_from([(), ("offer@email",)]),
        "decided_at": st.sampled_from([NOW - timedelta(seconds=1), NOW, NOW + timedelta(days=2)]),
        "account": st.sampled_from([None, AccountState(account_id="a", role="buyer")]),
    }
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(ASKED, st.integers(0, 2), st.sampled_from([-1, 0b101])), min_size=2, max_size=12))
def test_one_key_one_answer(
    tiny_journey: Journey,
    ask: Ask,
    with_action: Callable[..., Journey],
    drawn: list[tuple[dict[str, Any], int, int]],
) -> None:
    journey = with_action(tiny_journey, "teaser", starts_at=NOW, roles=("buyer",))
    journey = with_action(journey, "care", ends_at=NOW + timedelta(days=1))
    barriers = StatedBarriers(journey, Catalogue.of(journey))
    answers: dict[Any, Any] = {}
    for own, phase, requested in drawn:
        request, eligible = ask(**own), EligibilityFilter(len(journey.treatments))
        instant = to_ms(request.decided_at)
        barriers.ask(eligible, request, phase, instant, requested)
        answer = [(refusal.tier, refusal.code, refusal.treatments) for refusal in eligible.refusals]
        key = barriers.key(request, phase, instant, requested)
        assert answers.setdefault(key, answer) == answer
