"""Two bundles see the same rows, each in the order of its own journey file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.bundle import Models
from models.domain.journey import Journey
from training.fit.prepared import Prepared
from training.gate.champion import candidates_of, contestant, treatment_positions, worth


def test_treatments_are_found_by_name_in_another_file(tiny_journey: Journey) -> None:
    """With the actions turned around and one gone, positions follow names; what is gone has none."""
    theirs = replace(tiny_journey, actions=tiny_journey.actions[:0:-1])

    positions = treatment_positions(tiny_journey, theirs)

    for ours, position in zip(tiny_journey.treatments, positions.tolist(), strict=True):
        if position >= 0:
            found = theirs.treatments[position]
            assert (found.action, found.channel) == (ours.action, ours.channel)
        else:
            assert ours.action == tiny_journey.actions[0].name
    assert positions[0] == 0, "doing nothing is in every file"


def test_only_candidates_have_a_worth(trained: tuple[Prepared, Models]) -> None:
    prepared, models = trained
    player, rows = contestant(prepared, models, "new"), np.arange(40)
    mask = candidates_of(player, rows, prepared.journey)

    value = worth(player, rows, mask, prepared.journey)

    assert np.isfinite(value[mask]).all()
    assert np.isneginf(value[~mask]).all()
    assert mask[:, 0].all()
