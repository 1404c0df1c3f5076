"""Rate limits with a real Redis that is stopped in between, and through real requests."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import flask
import pytest

from nba_service.access.rates import Rates
from nba_service.errors import SettingsError
from nba_service.keys.scopes import Scope
from nba_service.settings import Settings
from tests.nba_service.access.conftest import MakeKey

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
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("Redis did not start")

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


@pytest.mark.parametrize("end", [PrivateRedis.stop, PrivateRedis.hang])
def test_decisions_do_not_care_whether_redis_is_there(
    make_app: Callable[..., flask.Flask],
    app: flask.Flask,
    redis: PrivateRedis,
    make_key: MakeKey,
    end: Callable[[PrivateRedis], None],
) -> None:
    settings: Settings = app.extensions["nba"].settings
    shared = make_app(replace(settings, redis_url=redis.url))
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
