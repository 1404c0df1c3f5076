"""Columns are called what the journey file calls them."""

from __future__ import annotations

import pytest

from models.domain.journey import Journey
from training.report.feature_names import feature_name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("attribute.age", "Age"),
        ("attribute.gone", "gone"),
        ("days_since.quote", "Days since: Asked for an offer"),
        ("touchpoint.order_30d", "Ordered, 30 days"),
        ("touchpoint.some_page_7d", "some page, 7 days"),
        ("channel.email_30d", "Active on Email, 30 days"),
        ("contacts_30d", "Contacts, 30 days"),
        ("dwell_days", "Dwell days"),
    ],
)
def test_each_kind_of_column_has_its_words(name: str, said: str, tiny_journey: Journey) -> None:
    assert feature_name(tiny_journey, name).casefold() == said.casefold()
