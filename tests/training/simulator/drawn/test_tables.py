"""A drawn company as a journey file and four tables: what the product's own reader makes of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from training.data.encode import encode
from training.data.validate import validate_tables
from training.simulator.drawn.drawing import draw_company
from training.simulator.drawn.rollout import make_log
from training.simulator.drawn.tables import attribute_names, journey_of, tables_of

COMPANY = draw_company(3)
LOG = make_log(COMPANY, 60, seed=1)
JOURNEY = journey_of(COMPANY)
TABLES = tables_of(LOG, JOURNEY)


def test_the_journey_has_the_company_s_treatments_in_order() -> None:
    names = [f"c{c}" for c in COMPANY.channel[1:]]

    assert [t.channel for t in JOURNEY.treatments] == [None, *names]
    assert [p.value for p in JOURNEY.phases] == pytest.approx([*COMPANY.value.round(2), 0.0])


def test_the_tables_pass_the_checks_of_training() -> None:
    raw = dict(TABLES.items())

    checked = validate_tables(raw, JOURNEY, "UTC", 0.0)

    assert checked.tables.counts == TABLES.counts


def test_decisions_come_back_as_they_were_made() -> None:
    log = encode(TABLES, JOURNEY)

    assert np.array_equal(log.decisions.treatment, LOG.treatment)
    taken = LOG.probabilities[np.arange(LOG.n), LOG.treatment]
    assert log.decisions.action_probability == pytest.approx(taken)
    assert TABLES.outcomes.num_rows == LOG.responded.sum()
    assert pytest.approx(LOG.reward - COMPANY.cost[LOG.treatment], abs=1e-4) == TABLES.reward


def test_consent_says_who_can_be_reached() -> None:
    consent = json.loads(TABLES.customers.column("consent")[0].as_py())
    first = LOG.view.eligible[0]

    for t in range(1, COMPANY.treatments):
        assert consent[f"c{COMPANY.channel[t]}"] == first[t]
    known = json.loads(TABLES.customers.column("attributes")[0].as_py())
    assert [*known] == attribute_names(COMPANY)
