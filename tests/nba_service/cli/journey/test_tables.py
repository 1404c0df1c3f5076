"""A journey as tables: every value of the file in its row and column."""

from __future__ import annotations

from dataclasses import replace

from models.domain.actions import ContactLimit, Policy, Purpose, Tier
from models.domain.journey import Journey
from nba_service.cli.journey.tables import (
    actions_table,
    channels_table,
    grid_table,
    journey_tables,
    journey_title,
    limits_table,
    phases_table,
    policies_table,
)


def test_the_title_counts_what_there_is(tiny_journey: Journey) -> None:
    assert journey_title(tiny_journey) == (
        "Tiny: 3 phases, 2 channels, 3 actions, 4 treatments and doing nothing "
        f"(EUR, Europe/Berlin, file {tiny_journey.sha256[:12]})"
    )


def test_all_tables_come_in_reading_order_with_as_many_cells_as_columns(tiny_journey: Journey) -> None:
    tables = journey_tables(tiny_journey)

    assert [table.title for table in tables] == [
        "Phases", "Actions per phase and channel", "Actions", "Channels", "Contact limits",
        "Policies (must hold)",
    ]  # fmt: skip
    for table in tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}, table.title
        assert set(table.right) <= set(table.columns)


def test_phases_say_what_leads_in_and_where_they_lapse_to(tiny_journey: Journey) -> None:
    stranger, interested, customer = phases_table(tiny_journey).rows

    assert list(stranger) == ["stranger", "Stranger", "0", "stays", "–"]
    assert list(interested[2:]) == [
        "1", "30 d → stranger", 'interaction.touchpoint == "quote" (from stranger)',
    ]  # fmt: skip
    assert list(customer[2:]) == ["100", "90 d → stranger", 'interaction.touchpoint == "order"']


def test_the_playbooks_order_comes_first_and_channels_are_marked(tiny_journey: Journey) -> None:
    table = grid_table(tiny_journey)

    assert list(table.columns) == ["phase", "playbook", "action", "web", "email"]
    assert [list(row) for row in table.rows] == [
        ["stranger", "1", "teaser", "●", "●"],
        ["interested", "1", "offer", "", "●"],
        ["", "2", "teaser", "●", "●"],
        ["customer", "1", "care", "●", ""],
    ]
    without = grid_table(replace(tiny_journey, playbook={"interested": ("offer",)}))
    assert [row[1] for row in without.rows] == ["", "1", "", ""]


def test_an_action_for_every_phase_stands_in_each(tiny_journey: Journey) -> None:
    anywhere = tuple(replace(one, phases=()) if one.name == "care" else one for one in tiny_journey.actions)

    rows = grid_table(replace(tiny_journey, actions=anywhere)).rows

    assert [row[2] for row in rows].count("care") == 3


def test_actions_say_what_is_known_and_leave_the_rest_empty(tiny_journey: Journey) -> None:
    teaser, offer, care = actions_table(tiny_journey).rows

    assert list(teaser) == ["teaser", "marketing", "awareness", "2", "3 d", "10%", "interested × 2", "en"]
    assert list(offer) == ["offer", "marketing", "sales", "10", "", "20%", "customer × 3", "en"]
    assert list(care) == ["care", "service", "", "1", "", "30%", "", "en"]


def test_channels_say_their_cost_consent_and_hours(tiny_journey: Journey) -> None:
    web, email = channels_table(tiny_journey).rows

    assert list(web) == ["web", "Web", "0.001", "inbound", "", "", "", "banner, sidebar"]
    assert list(email) == ["email", "Email", "0.1", "outbound", "email", "22:00–06:00", "", ""]
    limited = tuple(replace(one, daily_capacity=0) for one in tiny_journey.channels)
    assert [row[6] for row in channels_table(replace(tiny_journey, channels=limited)).rows] == ["0", "0"]


def test_a_limit_counts_what_it_names_or_everything(tiny_journey: Journey) -> None:
    some = ContactLimit(code="SALES", count=1, window_days=0.5, groups=("sales",), channels=("email", "web"))
    everything = ContactLimit(code="ALL", count=9, window_days=30)

    rows = limits_table(replace(tiny_journey, contact_limits=(some, everything))).rows

    assert [list(row) for row in rows] == [
        ["SALES", "1", "0.5", "channels email, web; group sales"],
        ["ALL", "9", "30", "everything"],
    ]


def test_policies_stand_by_tier(tiny_journey: Journey) -> None:
    late = Policy(code="LATE", tier=Tier.SUITABILITY, when="true", purposes=(Purpose.SERVICE,))
    early = Policy(code="EARLY", tier=Tier.ELIGIBILITY, when="false")

    rows = policies_table(replace(tiny_journey, policies=(late, early))).rows

    assert [list(row) for row in rows] == [
        ["eligibility", "EARLY", "everything", "false"],
        ["suitability", "LATE", "purpose service", "true"],
    ]
