"""The playbook as ranks: the marketer's order, and nothing that it does not name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.domain.journey import Journey
from models.policy.scoring.playbook import Playbook

EVERY = np.arange(5)  # nothing, care on the web, offer by mail, teaser by mail, teaser on the web


def test_earlier_in_the_playbook_ranks_higher_and_channels_go_by_the_actions_own_order(
    tiny_journey: Journey,
) -> None:
    """Interested: offer, then teaser, whose file names e-mail before the web: 3, 2 and 1."""
    interested = tiny_journey.phase_index["interested"]

    assert Playbook(tiny_journey).merit(interested, EVERY).tolist() == [0.0, -1.0, 3.0, 2.0, 1.0]


def test_what_a_playbook_does_not_name_ranks_below_doing_nothing(tiny_journey: Journey) -> None:
    playbook = Playbook(replace(tiny_journey, playbook={}))

    for phase in range(3):
        assert playbook.merit(phase, EVERY).tolist() == [0.0, -1.0, -1.0, -1.0, -1.0]
