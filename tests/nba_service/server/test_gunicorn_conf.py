"""gunicorn as this service needs it: options from the settings, one champion for all workers."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import flask
import pytest

from nba_service.server.gunicorn_conf import Service, _bury_worker, gunicorn_options
from nba_service.settings import Settings
from nba_service.telemetry.shared_files import VARIABLE


def test_options_come_from_the_settings() -> None:
    settings = Settings(
        host="0.0.0.0",  # noqa: S104
        port=9_000,
        workers=3,
        threads=5,
        request_timeout_seconds=40,
        graceful_seconds=7,
        log_level="warning",
    )

    found = gunicorn_options(settings)

    expected = {
        "bind": "0.0.0.0:9000",
        "workers": 3,
        "threads": 5,
        "timeout": 40,
        "graceful_timeout": 7,
        "loglevel": "warning",
    }
    assert {name: found[name] for name in expected} == expected


def test_gunicorn_knows_every_option_and_forks_before_it_loads(playbook_settings: Settings) -> None:
    cfg = Service(playbook_settings).cfg

    assert (cfg.preload_app, cfg.control_socket_disable) == (False, True)
    assert (cfg.limit_request_line, cfg.limit_request_fields) == (4_094, 50)


def test_all_workers_have_one_salt(playbook_settings: Settings) -> None:
    made, other = Service(playbook_settings), Service(playbook_settings)
    own = Service(replace(playbook_settings, log_salt="s" * 32))

    assert len(made.settings.log_salt or "") == 64
    assert made.settings.log_salt != other.settings.log_salt
    assert own.settings.log_salt == "s" * 32


@pytest.fixture
def shared() -> Iterator[None]:
    """What ``share`` froze is garbage again."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("shared")
def test_workers_fork_from_one_application_with_what_an_example_adds(playbook_settings: Settings) -> None:
    seen: list[flask.Flask] = []
    service = Service(playbook_settings, seen.append)
    before = set(threading.enumerate())  # other tests may have left some

    service.share()

    assert seen == [service.wsgi()]
    assert set(threading.enumerate()) <= before, "threads do not survive a fork"


@pytest.mark.usefixtures("shared")
def test_a_reload_reads_facts_anew_and_stays_where_they_cannot_be_read(
    playbook_settings: Settings, tmp_path: Path
) -> None:
    facts = tmp_path / "facts.py"
    facts.write_text("FACTS = []\n")
    service = Service(replace(playbook_settings, facts=(str(facts),)))
    service.share()
    first = service.wsgi()

    service.reload()
    second = service.wsgi()
    facts.write_text("1 / 0\n")
    service.reload()

    assert second is not first
    assert service.wsgi() is second


def test_the_counts_of_a_dead_worker_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gauge_livesum_11.db").touch()
    server = SimpleNamespace(log=logging.getLogger("test"))

    monkeypatch.delenv(VARIABLE, raising=False)
    _bury_worker(server, SimpleNamespace(pid=11))
    assert (tmp_path / "gauge_livesum_11.db").exists()

    monkeypatch.setenv(VARIABLE, str(tmp_path))
    _bury_worker(server, SimpleNamespace(pid=11))
    assert not (tmp_path / "gauge_livesum_11.db").exists()


def test_counts_that_cannot_be_kept_do_not_end_the_master(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone"))

    with caplog.at_level("WARNING"):
        _bury_worker(SimpleNamespace(log=logging.getLogger("test")), SimpleNamespace(pid=11))

    assert "counts of worker 11 are lost: FileNotFoundError" in caplog.text
