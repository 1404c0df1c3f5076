"""Records tell of people what the world did to their accounts, and rules find the true phase in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.journey_file import parse_journey
from training.api import tables_from_frames
from training.data.encode import encode
from training.rows.account_phases import AccountPhases
from training.simulator.accounts.policies import Random
from training.simulator.accounts.records import Records, account_id, customer_id, instant
from training.simulator.accounts.rollout import simulate_records
from training.simulator.accounts.world import PHASES, ROLES, begin, live

JOURNEY = Path(__file__).parents[4] / "examples" / "rollout" / "journey.yaml"


@pytest.fixture(scope="module")
def records() -> Records:
    return simulate_records(30, 8, np.random.default_rng(5))


def test_the_tables_are_those_that_training_reads(records: Records) -> None:
    dataset = tables_from_frames(JOURNEY, **without_attributes(records))

    assert dataset.tables.counts["customers"] == 30 * len(ROLES)
    assert dataset.tables.counts["decisions"] == 30 * len(ROLES) * 8
    assert not dataset.validated.rejects


def test_rules_over_what_people_did_find_the_phase_that_the_account_is_in() -> None:
    journey = parse_journey(JOURNEY.read_bytes(), "journey.yaml")
    rng, policy = np.random.default_rng(6), Random(share=0.5)
    accounts, records = begin(40, rng), Records(40)
    records.signs_before(accounts.phase)
    true = []
    for week in range(6):
        true.append(accounts.phase.copy())
        chosen = policy.choose(accounts, records, rng)
        result = live(accounts, chosen, rng)
        records.add(week, chosen, None, result, accounts.phase)

    dataset = tables_from_frames(JOURNEY, **without_attributes(records))
    log = encode(dataset.tables, journey)
    phases = AccountPhases(journey, log)

    position = {one: place for place, one in enumerate(log.customer_ids.to_pylist())}
    people = np.array([position[customer_id(one)] for one in range(40 * len(ROLES))])
    for week, phase in enumerate(true):
        found = phases.at(people, np.full(len(people), instant(week)))
        names = [PHASES[code] for code in np.repeat(phase, len(ROLES))]
        assert [journey.phases[code].name for code in found] == names


def test_ids_name_the_account_and_the_role() -> None:
    assert customer_id(5) == "a-00001-technical"
    assert account_id(1) == "a-00001"


def without_attributes(records: Records) -> dict[str, dict[str, list[object]]]:
    frames = records.frames()
    frames["customers"].pop("attributes")
    return frames
