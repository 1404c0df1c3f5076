"""Features in the customer's terms."""

from __future__ import annotations

import math

import pytest

from models.domain.journey import Journey
from models.learned.features.builder import make_spec
from models.policy.explain.feature_words import FeatureWords


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("touchpoint.savings_calculator.7d", 3.0, "Used the savings calculator: 3 times in 7 days"),
        ("touchpoint.savings_calculator.30d", 1.0, "Used the savings calculator: once in 30 days"),
        ("days_since.quote_requested", 2.04, "Asked for an offer: 2.0 days ago"),
        ("days_since.quote_requested", math.nan, "Asked for an offer: never"),
        ("channel.app.365d", 4.0, "active on App: 4 times in 365 days"),
        ("contacts_7d", 2.0, "contacted by us: 2 times in 7 days"),
        ("action_contacts_30d", 1.0, "contacted with this action: once in 30 days"),
        ("value_30d", 12.5, "12.50 EUR in 30 days"),
        ("dwell_days", 3.21, "3.2 days in this phase"),
        ("days_since_contact", math.nan, "never contacted by us"),
        ("phase", 1.0, "phase: trigger"),
        ("phase_lag_1", math.nan, "came from phase: none"),
        ("action", 0.0, "action: adviser_call_back"),
        ("attribute.home_owner", 1.0, "Owns the home: yes"),
        ("attribute.roof_orientation", 6.0, "Roof orientation: w"),
        ("attribute.roof_area_m2", 64.0, "Usable roof area: 64"),
        ("attribute.latitude", math.nan, "Latitude: not known"),
        ("weekday", 5.0, "Saturday"),
        ("hour", 14.0, "14 o'clock"),
        ("month", 11.0, "month: 11"),
    ],
)
def test_features_in_words(solar_journey: Journey, name: str, value: float, text: str) -> None:
    spec = make_spec(solar_journey, None)
    if name == "action":
        value = float(spec.actions.index("adviser_call_back"))
    assert FeatureWords(solar_journey, spec).describe(name, value) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("last.csat", 4.0, "Csat, last: 4"),
        ("mean.csat.90d", 3.5, "Csat, on average in 90 days: 3.5"),
        ("last.ticket.severity", 1.0, "Ticket (Severity), last: critical"),
        ("last.ticket.solved", math.nan, "Ticket (Solved), last: not known"),
    ],
)
def test_what_customers_told_in_words(told_journey: Journey, name: str, value: float, text: str) -> None:
    assert FeatureWords(told_journey, make_spec(told_journey)).describe(name, value) == text


def test_every_feature_of_a_spec_has_words(solar_journey: Journey) -> None:
    spec = make_spec(solar_journey, None)
    words = FeatureWords(solar_journey, spec)
    for name in (*spec.customer_names, *spec.candidate_names):
        assert words.describe(name, 0.0)
        assert words.describe(name, math.nan)
