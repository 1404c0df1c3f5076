"""Contact limits and capacities hold exactly: threads, processes, aliases, batches, times in any order."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_service.settings import Authentication, Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MAIL = {"channels": ["email"], "phase": "interested", "profile": {"consent": {"email": True}}}
PROGRAM = Path(__file__).with_name("limits_process.py")

LIMITED = """\
company: Limited
currency: EUR
time_zone: Europe/Berlin
default_locale: en
consents: {email: E-mail}
touchpoints:
  visit: Visit
  mail_sent: {label: Mail sent, contact: true}
phases: {interested: {}}
channels:
  email: {cost: 0, consent: email, limits: [{count: 3, window_days: 7}]}
  phone: {cost: 0, daily_capacity: 5}
outcomes:
  default: no_response
  named: {clicked: {sentiment: positive}, no_response: {}}
actions:
  guide: {channels: [email], value: 5, prior: {propensity: 0.5}}
  offer: {channels: [email], value: 6, prior: {propensity: 0.5}}
  call: {channels: [phone], value: 50, prior: {propensity: 0.5}}
playbook: {interested: [call, offer, guide]}
objective: {exploration: {floor: 0}}
"""
"""Three mails a week, five calls a day, and nothing else in the way."""


@pytest.fixture
def limited(tmp_path: Path) -> Settings:
    path = tmp_path / "limited.yaml"
    path.write_text(LIMITED)
    return Settings(
        database_url=f"sqlite:///{tmp_path}/limited.sqlite",
        registry=tmp_path / "none",
        journey=path,
        database_timeout_ms=30_000,
        authentication=Authentication.OFF,
    )


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], limited: Settings) -> FlaskClient:
    return make_app(limited).test_client()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a schema of its own; skipped where no PostgreSQL answers."""
    import psycopg

    schema = f"nba_limits_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    yield f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-csearch_path%3D{schema}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def ask(client: FlaskClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/decisions", json={"customer_id": "c", **MAIL, **body})
    assert answer.status_code == 200, answer.text
    decided: dict[str, Any] = answer.get_json()
    return decided


def mails(client: FlaskClient, customer: str = "c") -> list[datetime]:
    """When the customer got mails, by what is stored."""
    held = client.get(f"/v1/customers/{customer}").get_json()
    times = [d["decided_at"] for d in held["decisions"] for _, channel in d["contacts"] if channel == "email"]
    return sorted(datetime.fromisoformat(time) for time in times)


def most_in_a_window(times: Sequence[datetime], window: timedelta) -> int:
    return max((sum(at <= other < at + window for other in times) for at in times), default=0)


def in_threads(number: int, work: Callable[[int], object]) -> None:
    failures: list[BaseException] = []

    def run(index: int) -> None:
        try:
            work(index)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_many_threads_share_one_limit(make_app: Callable[..., flask.Flask], limited: Settings) -> None:
    """Twelve threads ask at the same millisecond for one customer; exactly three mails go out."""
    app = make_app(limited)

    def work(index: int) -> None:
        client = app.test_client()
        for number in range(2):
            ask(client, decision_id=f"d-{index}-{number}")

    in_threads(12, work)
    assert len(mails(app.test_client())) == 3


def run_processes(settings: Settings, number: int, threads: int, each: int) -> list[dict[str, int]]:
    program = [sys.executable, str(PROGRAM), settings.database_url, str(settings.journey)]
    running = [
        subprocess.Popen([*program, str(index), str(threads), str(each)], stdout=subprocess.PIPE, text=True)
        for index in range(number)
    ]
    told = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * number
    return [json.loads(text) for text in told]


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_two_processes_with_many_threads_share_limits_and_capacity(
    backend: str,
    make_app: Callable[..., flask.Flask],
    limited: Settings,
    request: pytest.FixtureRequest,
) -> None:
    """Two processes of four threads: three mails each for two people under three ids; five calls in all."""
    if backend == "postgresql":
        limited = replace(limited, database_url=request.getfixturevalue("postgres"))
    client = make_app(limited).test_client()
    client.put("/v1/customers/c-0", json={"consent": {"email": True}, "aliases": ["visitor-0"]})

    told = run_processes(limited, number=2, threads=4, each=5)

    assert sum(one["asked"] for one in told) == 40
    assert sum(one["mails"] for one in told) == 6
    assert sum(one["calls"] for one in told) == 5
    assert [len(mails(client, customer)) for customer in ("c-0", "c-1")] == [3, 3]


def test_the_decisions_of_a_batch_about_one_person_see_each_other(client: FlaskClient) -> None:
    client.put("/v1/customers/c", json={"aliases": ["visitor"]})
    calls = [{"customer_id": name, **MAIL} for name in ["c", "visitor"] * 4]

    answers = client.post("/v1/decisions/batch", json={"decisions": calls}).get_json()["decisions"]

    assert sum(answer["actions"][0]["action"] != "nothing" for answer in answers) == 3
    assert {answer["customer_id"] for answer in answers} == {"c"}


def test_a_slate_takes_no_more_seats_than_there_are(client: FlaskClient) -> None:
    for number in range(4):
        ask(client, customer_id=f"x-{number}", channels=["phone"])
    last = [
        ask(client, customer_id=f"y-{number}", channels=["phone", "email"], limit=3) for number in range(2)
    ]

    calls = [[a["channel"] for a in answer["actions"]].count("phone") for answer in last]
    assert calls == [1, 0]
    assert all(answer["actions"][0]["action"] != "nothing" for answer in last)


def test_a_full_channel_says_so_and_is_free_again_tomorrow(
    make_app: Callable[..., flask.Flask], limited: Settings
) -> None:
    clock = [NOW]
    client = make_app(limited, clock=lambda: clock[0]).test_client()
    for number in range(5):
        assert ask(client, customer_id=f"x-{number}", channels=["phone"])["actions"][0]["action"] == "call"

    full = ask(client, customer_id="late", channels=["phone"], explain=True)
    clock[0] = datetime(2026, 11, 20, 23, 1, tzinfo=UTC)  # tomorrow in Berlin
    tomorrow = ask(client, customer_id="late", channels=["phone"])

    assert full["reason"] == "NOTHING_ELIGIBLE"
    assert ("call", "CAPACITY") in {(d["action"], d["code"]) for d in full["explanation"]["drop_outs"]}
    assert tomorrow["actions"][0]["action"] == "call"


def test_explaining_takes_no_seat_and_counts_as_no_contact(client: FlaskClient) -> None:
    for _ in range(8):
        client.post("/v1/explanations", json={"customer_id": "c", "channels": ["phone", "email"]})

    for number in range(5):
        assert ask(client, customer_id=f"x-{number}", channels=["phone"])["actions"][0]["action"] == "call"
    assert client.get("/v1/customers/c").status_code == 404


steps = st.lists(
    st.tuples(
        st.sampled_from(["now", "past", "deferred", "deliver", "sent", "alias", "explain", "slate"]),
        st.integers(0, 40),
        st.sampled_from(["c", "v-1", "v-2"]),
    ),
    min_size=6,
    max_size=22,
)
runs = itertools.count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_limits_hold_for_any_interleaving(client: FlaskClient, steps: list[tuple[str, int, str]]) -> None:
    """Whatever comes in whatever order, no seven days hold more than three mails that we decided to send.

    Mails that others sent, deferred ones that reach the customer, ids that turn out to be one person: a fact
    may exceed a limit, but after it no decision adds to a window that is full.
    """
    run = next(runs)
    contacts: dict[str, list[datetime]] = {name: [] for name in ("c", "v-1", "v-2")}
    deferred: list[tuple[str, str]] = []

    def own(name: str) -> str:
        return f"{name}-{run}"

    def decide(name: str, at: datetime, **body: Any) -> None:
        person = contacts[name]
        before = most_with(person, at)
        answer = ask(
            client, customer_id=own(name), context={"time": at.isoformat(), "expires_after_hours": 1}, **body
        )
        got = sum(a["channel"] == "email" for a in answer["actions"])
        if body.get("deferred"):
            deferred.append((answer["decision_id"], name))
            return
        assert before + got <= 3 or got == 0
        person.extend([at] * got)

    for kind, hours, name in steps:
        at = NOW - timedelta(hours=hours * 6)
        if kind in ("now", "slate"):
            decide(name, NOW, limit=2 if kind == "slate" else 1)
        elif kind == "past":
            decide(name, at)
        elif kind == "deferred":
            decide(name, at, deferred=True)
        elif kind == "deliver" and deferred:
            decision_id, owner = deferred.pop()
            event = {"decision_id": decision_id, "outcome": "delivered", "occurred_at": NOW.isoformat()}
            assert client.post("/v1/outcomes", json=event).status_code == 200
            held = client.get(f"/v1/customers/{own(owner)}").get_json()["decisions"]
            sent = next(d["contacts"] for d in held if d["decision_id"] == decision_id)
            contacts[owner].extend([NOW] * len(sent))
        elif kind == "sent":
            event = {"customer_id": own(name), "channel": "email", "touchpoint": "mail_sent",
                     "occurred_at": at.isoformat(), "interaction_id": f"{run}-{next(runs)}"}  # fmt: skip
            assert client.post("/v1/interactions", json=event).status_code == 200
            contacts[name].append(at)
        elif kind == "alias" and name != "c":
            assert (
                client.post(f"/v1/customers/{own('c')}/aliases", json={"aliases": [own(name)]}).status_code
                == 200
            )
            if contacts[name] is not contacts["c"]:
                contacts["c"].extend(contacts[name])
                contacts[name] = contacts["c"]
        elif kind == "explain":
            body = {"customer_id": own(name), **MAIL}
            assert client.post("/v1/explanations", json=body).status_code == 200


def most_with(times: Sequence[datetime], at: datetime) -> int:
    """The most contacts in any seven days that ``at`` lies in."""
    week = timedelta(days=7)
    near = sorted(time for time in times if at - week < time < at + week)
    starts = [time for time in (*near, at) if at - week < time <= at]
    return max(sum(start <= time < start + week for time in near) for start in starts)


questions = st.fixed_dictionaries(
    {"customer_id": st.sampled_from(["known", "visitor", "nobody"])},
    optional={
        "channels": st.sampled_from([["email"], ["phone"], ["email", "phone"]]),
        "limit": st.integers(1, 3),
        "deferred": st.booleans(),
        "decision_id": st.sampled_from(["d-0", "new"]),
        "when": st.just("asked"),
        "profile": st.just({"consent": {"email": True}}),
    },
)


def everything(client: FlaskClient) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = client.application.extensions["nba"].store.plain._database.engine()
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: connection.execute(sa.text(f"SELECT * FROM {name}")).all() for name in names}  # noqa: S608


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(questions, min_size=1, max_size=3))
def test_explaining_and_replaying_leave_no_trace_in_the_store(
    client: FlaskClient, bodies: list[dict[str, Any]]
) -> None:
    if not everything(client)["decisions"]:
        client.put("/v1/customers/known", json={"consent": {"email": True}, "aliases": ["visitor"]})
        ask(client, customer_id="visitor", decision_id="d-0")
    before = everything(client)

    for body in bodies:
        assert client.post("/v1/explanations", json=body).status_code == 200
    assert client.get("/v1/decisions/d-0/explanation").status_code == 200
    assert client.get("/v1/decisions/d-0/replay").get_json()["identical"] is True

    assert everything(client) == before
