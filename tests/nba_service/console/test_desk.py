"""The desk: addresses hold the whole state, and names are those of the journey file."""

from __future__ import annotations

from collections.abc import Callable

from nba_service.console.desk import Desk


def test_links_keep_the_language_that_the_address_states(make_desk: Callable[..., Desk]) -> None:
    assert make_desk().link("customer", id="c 1") == "/console/customer?id=c+1"
    assert make_desk(lang="de").link("start", "x") == "/console?lang=de#x"
    assert make_desk(lang="de", id="c-1").here(id=None, lang="en") == "/console/customer?lang=en"


def test_files_are_at_the_same_address(make_desk: Callable[..., Desk]) -> None:
    assert make_desk(id="c-1").file("csv", "timeline") == "/console/customer.csv?id=c-1&table=timeline"


def test_names_are_labels_of_the_journey_file_or_stay_as_they_are(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()

    assert desk.journey is not None
    assert desk.phase(desk.journey.phases[0].name) == desk.journey.phases[0].label
    assert (desk.phase("gone"), desk.action("gone"), desk.channel(None)) == ("gone", "gone", "–")
    assert desk.action("nothing") == "Nothing"
    assert make_desk(journey=None).action("offer") == "offer"
