"""One part for each tool, made of the parts that there are."""

from __future__ import annotations

from dataclasses import replace

from nba_service.services import make_services
from nba_service.settings import Settings


def test_web_tools_wait_as_long_as_pages_and_servers_as_long_as_mails(playbook_settings: Settings) -> None:
    """Azure's client asks while a page is shown; Segment's sends what happened from a queue."""
    hasty = replace(playbook_settings, web_deadline_ms=250, mail_deadline_ms=2_000, clock_skew_seconds=7)

    services = make_services(hasty, poll=False)

    assert services.compat.azure_personalizer._choices._seconds == 0.25
    assert services.compat.segment._seconds == 2.0
    assert services.compat.amazon_personalize._skew_seconds == 7
    services.stop()


def test_all_tools_share_one_store_and_one_clock(playbook_settings: Settings) -> None:
    services = make_services(playbook_settings, poll=False)

    tools = services.compat
    assert {
        id(one._store) for one in (tools.azure_personalizer, tools.amazon_personalize, tools.segment)
    } == {id(services.store)}
    assert tools.flags._decisions is services.decisions
    services.stop()
