"""Runs over an export offer what the store's own decisions offer, and each row says what that was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from models.configurations.coding import decode_configured
from models.domain.history import DAY_MS, to_ms
from models.policy.batch.rows import RowWriter
from models.policy.steps import DecisionSteps
from nba_service.data.log_replay import Replaying
from nba_service.data.tables import export_store
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.configurations.csv_rows import read_rows
from nba_service.decisions.configurations.service import UploadCall
from nba_service.services import Services
from nba_service.store.rows import CustomerRow, DecisionRow
from tests.configured_journey import CAR_JOURNEY, STOCK
from tests.set_clock import SetClock
from training.batch.prepared import Run, bucket_of, prepare_run
from training.batch.requests import Mailing
from training.config import read_config
from training.shards.bucket import Task
from training.shards.one_machine import OneMachine
from training.shards.work_folder import WorkFolder

EXPORTED = Path(__file__).parents[4] / "training" / "exported.yaml"
PEOPLE = {
    "north": {"region": "north", "wished_motor": "m300"},
    "west": {"region": "west", "wished_motor": "m300", "wished_battery": "b75"},
    "objects": {"region": "west", "wished_motor": "m300"},
    "no_wish": {},
}


@pytest.fixture
def people(service: Services, clock: SetClock) -> Services:
    before = to_ms(clock.now) - DAY_MS
    service.store.plain.put_customers(
        [
            CustomerRow(
                customer_id=name,
                attributes=attributes,
                consent={"email": True, "personalization": name != "objects"},
                updated_at=before,
            )
            for name, attributes in PEOPLE.items()
        ]
    )
    return service


def call_of(name: str, clock: SetClock) -> DecisionCall:
    return DecisionCall(
        customer_id=name,
        decision_id=f"run/{name}",
        channels=("email",),
        decided_at=clock.now,
        deferred=True,
    )


def on_tables(service: Services, clock: SetClock, folder: Path) -> dict[str, DecisionSteps]:
    """What a run over the store's export would decide for everybody."""
    export_store(service.store.plain, folder / "data")
    (folder / "bundle").mkdir()
    task = Task(
        journey_bytes=CAR_JOURNEY.encode(),
        config=replace(read_config(EXPORTED), journey="the car maker's"),
        work=WorkFolder(str(folder / "work")),
        buckets=2,
    )
    mailing = Mailing(run_id="run", channel="email", decided_at=clock.now)
    run = Run(task=task, bundle=folder / "bundle", mailing=mailing)
    prepare_run(OneMachine(), run, str(folder / "data"), folder / "scratch", None)
    engine, found = service.source.current().engine, {}
    for bucket in range(2):
        audience = run.audience(bucket)
        for index, steps in bucket_of(run, bucket).steps(engine, audience, mailing, {}):
            found[audience[index]] = steps
    return found


def action_of(service: Services, steps: DecisionSteps) -> str:
    code = int(steps.candidates[steps.picks[0].candidate])
    return service.source.current().journey.treatments[code].action


def test_from_tables_the_same_can_be_delivered(people: Services, clock: SetClock, tmp_path: Path) -> None:
    people.configurations.upload("car", UploadCall(rows=tuple(read_rows(STOCK))))
    found = on_tables(people, clock, tmp_path)

    assert found.keys() == PEOPLE.keys()
    for name, steps in found.items():
        asked = people.decisions.asked_with(people.source.current(), call_of(name, clock)).request
        made = people.decisions.hypothetical(call_of(name, clock))
        assert steps.request.configured == asked.configured
        assert action_of(people, steps) == made.decision.actions[0].action
    configured = {name: (steps.request.configured or {})["car"] for name, steps in found.items()}
    assert [one.code for one in configured["north"].changes] == ["TOO_LATE"]
    assert (configured["objects"].wish, configured["objects"].region) == ({}, "")


def test_without_a_table_or_with_an_old_one_nothing_is_offered_that_needs_it(
    people: Services, clock: SetClock, tmp_path: Path
) -> None:
    (tmp_path / "none").mkdir()
    none = on_tables(people, clock, tmp_path / "none")
    old = UploadCall(rows=tuple(read_rows(STOCK)), as_of=clock.now.replace(day=18))
    people.configurations.upload("car", old)
    (tmp_path / "old").mkdir()
    stale = on_tables(people, clock, tmp_path / "old")

    for name, steps in (*none.items(), *stale.items()):
        assert action_of(people, steps) != "car_offer"
        codes = {code for _, code, _ in steps.refusals()}
        assert codes & {"OBJECTION" if name == "objects" else "NOT_DELIVERABLE"}
    assert "test_drive" in {action_of(people, steps) for steps in none.values()}


def test_a_row_says_what_could_be_delivered_and_is_decided_again_when_nothing_can(
    people: Services, clock: SetClock, tmp_path: Path
) -> None:
    people.configurations.upload("car", UploadCall(rows=tuple(read_rows(STOCK))))
    serving, found = people.source.current(), on_tables(people, clock, tmp_path)
    rows = {name: RowWriter(serving.engine, "run")(steps) for name, steps in found.items()}
    people.store.plain.add_decisions([stored(row) for row in rows.values()], {})
    people.configurations.upload("car", UploadCall(rows=(), replace=True))

    for name, row in rows.items():
        told = decode_configured(json.loads(row["context"])["configurations"])
        assert told == found[name].request.configured
    report = Replaying(people.store, people.source, people.decisions).replay(0, 10)
    assert (report.decisions, report.identical) == (len(PEOPLE), len(PEOPLE))


def test_an_export_says_what_each_decision_of_the_service_could_deliver(
    people: Services, clock: SetClock, tmp_path: Path
) -> None:
    people.configurations.upload("car", UploadCall(rows=tuple(read_rows(STOCK))))
    made = people.decisions.decide([call_of(name, clock) for name in PEOPLE])
    offered = {one.answer["customer_id"]: one.answer["actions"][0].get("configuration") for one in made}

    export_store(people.store.plain, tmp_path)

    rows = pq.read_table(tmp_path / "decisions" / "2026-11.parquet").to_pylist()
    told = {
        row["customer_id"]: decode_configured(json.loads(row["context"])["configurations"])["car"]
        for row in rows
    }
    assert told.keys() == PEOPLE.keys()
    assert any(offered.values())
    for name, configuration in offered.items():
        assert configuration is None or configuration["choices"] == told[name].choices
    assert (told["north"].choices["motor"], told["north"].wish) == ("m210", {"motor": "m300"})


def stored(row: dict[str, Any]) -> DecisionRow:
    own = {name: row[name] for name in ("action", "channel", "action_probability", "policy", "arm")}
    return DecisionRow(
        decision_id=row["decision_id"], customer_id=row["customer_id"], decided_at=to_ms(row["decided_at"]),
        delivered_at=None, contacts=(), context=row["context"], candidates=row["candidates"],
        bundle=row["bundle"], request=None, answer=None, state=None, **own,
    )  # fmt: skip
