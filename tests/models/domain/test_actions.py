"""What a kind of channel can carry, and what a treatment is called."""

from __future__ import annotations

from models.domain.actions import NOTHING, ChannelKind, Treatment


def test_pages_and_mails_show_html_and_what_is_in_the_hand_can_dial() -> None:
    assert {kind for kind in ChannelKind if kind.shows_html} == {ChannelKind.WEB, ChannelKind.EMAIL}
    assert {kind for kind in ChannelKind if kind.can_dial} == {
        ChannelKind.APP, ChannelKind.SMS, ChannelKind.PHONE,
    }  # fmt: skip


def test_a_treatment_is_an_action_on_a_channel_and_nothing_has_none() -> None:
    assert Treatment(action="offer", channel="email").name == "offer@email"
    assert Treatment(action=NOTHING, channel=None).name == "nothing"
