"""What could have been done then is what the service would have allowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.bundle import Models
from models.policy.engine import Engine
from training.evaluation.off_policy.candidates import eligible
from training.fit.prepared import Prepared


@pytest.fixture(scope="module")
def prepared(trained: tuple[Prepared, Models]) -> Prepared:
    return trained[0]


def test_consent_phase_and_repeats_bar_as_in_the_service(prepared: Prepared) -> None:
    """Nobody of this log has consented to mails; strangers may get a teaser on the website."""
    stranger = prepared.journey.phase_index["stranger"]
    first = np.flatnonzero(prepared.situations.phase == stranger)[:200]

    mask = eligible(prepared, Engine(prepared.journey, None, "none"), first)

    assert mask[:, 0].all()
    assert not mask[:, prepared.journey.treatment_index["teaser", "email"]].any()
    fresh = mask[:, prepared.journey.treatment_index["teaser", "web"]]
    assert 0 < fresh.mean() <= 1  # not where the last teaser was less than three days ago
    assert not mask[:, prepared.journey.treatment_index["care", "web"]].any()


def test_where_only_the_phase_can_refuse_the_table_of_phases_answers(prepared: Prepared) -> None:
    journey = prepared.journey
    free = replace(
        journey,
        policies=(),
        contact_limits=(),
        actions=tuple(replace(a, repeat_after_days=None) for a in journey.actions),
        channels=tuple(replace(c, consent=None, quiet_hours=None) for c in journey.channels),
    )
    open_log = replace(prepared, journey=free)
    rows = np.arange(50)

    mask = eligible(open_log, Engine(free, None, "none"), rows)

    for place, row in enumerate(rows):
        phase = free.phases[prepared.situations.phase[row]].name
        expected = {0}
        for code, treatment in enumerate(free.treatments[1:], 1):
            action = free.actions[free.action_index[treatment.action]]
            if not action.phases or phase in action.phases:
                expected.add(code)
        assert set(np.flatnonzero(mask[place]).tolist()) == expected
