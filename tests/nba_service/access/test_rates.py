"""Rate limits with a real Redis that is stopped in between, and through real requests."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import flask
import pytest

from nba_service.access.rates import MinuteCounter, Rates
from nba_service.errors import SettingsError
from nba_service.keys.scopes import Scope
from nba_service.keys.visitor_ids import make_visitor
from nba_service.settings import Settings
from tests.nba_service.access.conftest import MakeKey
from tests.waiting import wait_until

REDIS = shutil.which("redis-server")
ASK = {"customer_id": "c-1", "placements": ["banner"]}


class PrivateRedis:
    """A Redis of this test's own, on a free port."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert REDIS is not None
        self._process = subprocess.Popen(
            [
                REDIS,
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                str(self._folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._listens, 10.0, failure=lambda: "Redis did not listen")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def hang(self) -> None:
        """Connections stay open and nothing answers, until it is stopped."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    if REDIS is None:
        pytest.skip("redis-server is not installed")
    pytest.importorskip("redis", reason="the extra redis is not installed")
    made = PrivateRedis(tmp_path)
    made.start()
    yield made
    made.stop()


def test_threads_count_exactly_while_minutes_end() -> None:
    """2,000 calls of eight threads in each of five minutes: the limit and not one more, nothing raised."""
    moment = [0.0]
    counter = MinuteCounter(lambda: moment[0])
    for minute in range(5):
        moment[0] = 60.0 * minute + 59
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda _: counter.hit("address", "a", 700, 1), range(2_000)))
        assert told.count(None) == 700
        assert set(told) == {None, 2}


def test_a_batch_counts_as_what_is_in_it_and_others_are_not_counted() -> None:
    counter = MinuteCounter(lambda: 30.5)
    assert counter.hit("address", "a", 10, 9) is None
    assert counter.hit("address", "a", 10, 2) == 30
    assert counter.hit("address", "b", 10, 10) is None
    assert counter.hit("key", "a", 10, 10) is None


def test_what_is_counted_is_forgotten_with_its_minute() -> None:
    moment = [0.0]
    counter = MinuteCounter(lambda: moment[0])
    for number in range(1_000):
        counter.hit("address", f"a-{number}", 1, 1)
    moment[0] = 60.0
    counter.hit("address", "b", 1, 1)
    assert len(counter._counts) == 1


def test_replicas_count_together(redis: PrivateRedis) -> None:
    one, other = Rates(redis.url), Rates(redis.url)

    allowed = [rates.exceeded("key", "a", 4) is None for rates in (one, other) * 4]

    assert sum(allowed) in (4, 8)  # 8: a minute ended in between
    assert one.exceeded("key", "b", 4) is None


def test_without_redis_each_process_counts_and_nothing_fails(redis: PrivateRedis) -> None:
    now = [0.0]
    rates = Rates(redis.url, monotonic=lambda: now[0])
    for _ in range(3):
        rates.exceeded("key", "a", 3)
    redis.stop()

    gone = [rates.exceeded("key", "a", 3) for _ in range(5)]
    assert gone[:3] == [None] * 3
    assert gone[-1] is None or 1 <= gone[-1] <= 61

    redis.start()
    now[0] += 6
    assert rates.exceeded("key", "a", 3) is None  # a new Redis knows nothing
    assert rates._again_at < now[0], "Redis is used again"


def test_a_caller_is_told_when_to_come_back() -> None:
    rates = Rates(None)

    waits = [rates.exceeded("address", "1.2.3.4", 2) for _ in range(6)]

    told = [wait for wait in waits if wait is not None]
    assert len(told) in (2, 3, 4)
    assert all(1 <= wait <= 61 for wait in told)
    assert [rates.exceeded("address", "1.2.3.4", 0) for _ in range(9)] == [None] * 9


def test_an_address_of_redis_that_cannot_be_is_said_at_once() -> None:
    with pytest.raises(SettingsError, match="NBA_REDIS_URL"):
        Rates("nonsense://x")


@pytest.fixture
def limited(make_app: Callable[..., flask.Flask], app: flask.Flask) -> flask.Flask:
    settings: Settings = app.extensions["nba"].settings
    return make_app(replace(settings, rate_key_per_minute=3, rate_address_per_minute=2))


def statuses(app: flask.Flask, headers: dict[str, str], number: int, address: str = "192.0.2.1") -> list[int]:
    client = app.test_client()
    place = {"REMOTE_ADDR": address}
    return [
        client.post("/v1/decisions", json=ASK, headers=headers, environ_overrides=place).status_code
        for _ in range(number)
    ]


def test_what_a_page_sends_in_one_request_counts_each(
    make_app: Callable[..., flask.Flask], app: flask.Flask, page_key: dict[str, str], make_key: MakeKey
) -> None:
    settings: Settings = app.extensions["nba"].settings
    service = make_app(replace(settings, rate_address_per_minute=20))
    client = service.test_client()
    visitor = make_visitor()
    outcomes = [{"decision_id": uuid4().hex, "outcome": "clicked"} for _ in range(21)]
    events = [{"id": uuid4().hex, "type": "track", "touchpoint": "visit"} for _ in range(21)]
    browser = {**page_key, "User-Agent": "Mozilla/5.0 Chrome/140"}
    slots = {"visitor": visitor, "visit": "visit-0001", "placements": ["banner"], "events": events}

    def code(path: str, body: object, headers: dict[str, str], address: str) -> object:
        place = {"REMOTE_ADDR": address}
        return client.post(path, json=body, headers=headers, environ_overrides=place).get_json().get("code")

    assert code("/v1/outcomes", {"outcomes": outcomes}, browser, "192.0.2.1") == "RATE_LIMITED"
    assert code("/v1/beacon", {"visitor": visitor, "events": events}, browser, "192.0.2.2") == "RATE_LIMITED"
    assert code("/v1/slots", slots, browser, "192.0.2.3") == "RATE_LIMITED"
    _, server = make_key("server", scopes=[Scope.TRACK])
    assert code("/v1/outcomes", {"outcomes": outcomes}, server, "192.0.2.1") is None
    assert service.extensions["nba"].store.records_of(visitor, 10)["interactions"] == []


@pytest.mark.parametrize("end", [PrivateRedis.stop, PrivateRedis.hang])
def test_decisions_do_not_care_whether_redis_is_there(
    make_app: Callable[..., flask.Flask],
    app: flask.Flask,
    redis: PrivateRedis,
    make_key: MakeKey,
    end: Callable[[PrivateRedis], None],
) -> None:
    settings: Settings = app.extensions["nba"].settings
    patient = replace(settings, web_deadline_ms=20_000)  # a busy machine is not what is tested
    shared = make_app(replace(patient, redis_url=redis.url))
    rates = shared.extensions["nba"].rates
    _, key = make_key("shop", scopes=[Scope.DECIDE])

    def answers(number: int) -> list[tuple[int, object]]:
        found = [shared.test_client().post("/v1/decisions", json=ASK, headers=key) for _ in range(number)]
        return [(one.status_code, one.get_json()["degraded_by"]) for one in found]

    (before,) = answers(1)
    assert before[0] == 200
    assert rates._again_at < 0, "Redis is used"
    end(redis)
    assert answers(8) == [before] * 8
    assert rates._again_at > 0, "Redis is left alone"


def test_each_key_has_its_own_limit(limited: flask.Flask, make_key: MakeKey) -> None:
    _, first = make_key("first", scopes=[Scope.DECIDE])
    _, second = make_key("second", scopes=[Scope.DECIDE])

    assert 429 in statuses(limited, first, 8)
    assert statuses(limited, second, 1) == [200]
    answer = limited.test_client().post("/v1/decisions", json=ASK, headers=first)
    if answer.status_code == 429:  # unless the minute has just ended
        assert answer.content_type == "application/problem+json"
        assert answer.get_json()["code"] == "RATE_LIMITED"
        assert 1 <= int(answer.headers["Retry-After"]) <= 61


def test_strangers_and_pages_are_limited_by_address(limited: flask.Flask, page_key: dict[str, str]) -> None:
    assert set(statuses(limited, {}, 8)) == {401, 429}
    assert statuses(limited, {}, 1, "192.0.2.2") == [401]
    assert set(statuses(limited, page_key, 8, "192.0.2.3")) == {403, 429}
    networks = [f"2001:db8::{number}" for number in range(1, 9)]
    assert 429 in [statuses(limited, {}, 1, address)[0] for address in networks]


def test_health_always_answers(limited: flask.Flask) -> None:
    client = limited.test_client()

    assert {client.get("/healthz").status_code for _ in range(10)} == {200}


@pytest.mark.parametrize(("hops", "counted_apart"), [(0, False), (1, True)])
def test_only_stated_proxies_are_believed(
    make_app: Callable[..., flask.Flask], app: flask.Flask, hops: int, counted_apart: bool
) -> None:
    settings: Settings = app.extensions["nba"].settings
    client = make_app(replace(settings, rate_address_per_minute=2, proxy_hops=hops)).test_client()

    codes = {
        client.post("/v1/decisions", json=ASK, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
        for n in range(8)
    }

    assert codes == ({401} if counted_apart else {401, 429})
