"""A disk that is really full, under the store, under the journal, under both."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import flask
import pytest

from nba_service.resilience.journal import Journal
from nba_service.settings import Settings

VISIT = {"customer_id": "c", "touchpoint": "visit"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs leave to mount a file system in memory")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is left, until this ends."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


def on(playbook: Settings, store: Path, journal: Path) -> Settings:
    return replace(playbook, database_url=f"sqlite:///{store}/nba.sqlite", journal=journal)


def test_a_full_disk_under_the_store(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, small_disk: Path, tmp_path: Path
) -> None:
    app = make_app(on(playbook_settings, small_disk, tmp_path / "journal"))
    client, parts = app.test_client(), app.extensions["nba"]
    assert client.post("/v1/interactions", json=VISIT | {"interaction_id": "i-0"}).status_code == 200
    with full(small_disk):
        told = []
        for number in range(1, 60):  # pages of SQLite's own that are free take a few
            event = VISIT | {"interaction_id": f"i-{number}"}
            assert client.post("/v1/interactions", json=event).status_code == 200
            answer = client.post("/v1/decisions", json={"customer_id": "c", "decision_id": f"d-{number}"})
            assert answer.status_code == 200
            told.append(answer.get_json())
        assert not parts.store.journal.empty
        assert told[-1]["degraded_by"][-1] in ("STORE_UNAVAILABLE", "STORE_CATCHING_UP")
        assert client.get("/readyz").status_code == 200
    parts.recovery.look()
    parts.recovery.look()

    assert parts.store.journal.empty
    assert [client.get(f"/v1/decisions/{one['decision_id']}").get_json() for one in told] == told
    held = client.get("/v1/customers/c").get_json()["interactions"]
    assert sorted(one["interaction_id"] for one in held) == sorted(f"i-{n}" for n in range(60))


def test_a_full_disk_under_store_and_journal(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, small_disk: Path
) -> None:
    """Decisions are answered and say that nobody wrote them down; events are told to come again."""
    app = make_app(on(playbook_settings, small_disk, small_disk / "journal"))
    client, parts = app.test_client(), app.extensions["nba"]
    assert client.post("/v1/interactions", json=VISIT).status_code == 200
    taken: list[str] = []
    with full(small_disk):
        for number in range(60):
            sent = client.post("/v1/interactions", json=VISIT | {"interaction_id": f"i-{number}"})
            answer = client.post("/v1/decisions", json={"customer_id": "c"})
            assert answer.status_code == 200
            taken += [f"i-{number}"] if sent.status_code == 200 else []
        assert (sent.status_code, sent.get_json()["code"]) == (503, "JOURNAL_UNAVAILABLE")
        assert int(sent.headers["Retry-After"]) > 0
        assert answer.get_json()["degraded_by"][-1] == "NOT_RECORDED"
    parts.recovery.look()
    parts.recovery.look()

    assert client.post("/v1/interactions", json=VISIT | {"interaction_id": "after"}).status_code == 200
    held = client.get("/v1/customers/c").get_json()["interactions"]
    assert {*taken, "after"} <= {one["interaction_id"] for one in held}


def test_a_full_disk_under_the_journal_of_a_store_that_is_back(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings, small_disk: Path, tmp_path: Path
) -> None:
    """What waits can be replayed without a byte to write how far it got, and then answers are whole again."""
    app = make_app(on(playbook_settings, tmp_path, small_disk / "journal"))
    client, parts = app.test_client(), app.extensions["nba"]
    parts.store.breaker.trip()
    for number in range(20):  # kinds take turns, so that each is replayed, and noted, by itself
        event = VISIT | {"interaction_id": f"i-{number}"}
        assert client.post("/v1/interactions", json=event).status_code == 200
        answer = client.post("/v1/decisions", json={"customer_id": "c", "decision_id": f"d-{number}"})
        assert "STORE_UNAVAILABLE" in answer.get_json()["degraded_by"]
    with full(small_disk):
        parts.recovery.look()

        assert parts.store.journal.empty
        answer = client.post("/v1/decisions", json={"customer_id": "c"})
        assert answer.get_json()["degraded_by"] == ["MODEL_UNAVAILABLE"]
    held = client.get("/v1/customers/c").get_json()
    assert {one["interaction_id"] for one in held["interactions"]} == {f"i-{n}" for n in range(20)}
    assert {f"d-{n}" for n in range(20)} <= {one["decision_id"] for one in held["decisions"]}


def test_how_far_a_replay_got_is_known_without_a_byte_to_write_it(small_disk: Path) -> None:
    """To the process that replays; another one begins anew, and every write is idempotent."""
    journal = Journal(small_disk / "journal", 10_000_000)
    for number in range(10):
        journal.append(b"%d" % number)
    with full(small_disk):
        journal.replayed(journal.entries()[4].end)

        assert [entry.payload for entry in journal.entries()] == [b"5", b"6", b"7", b"8", b"9"]
        assert journal.depth().records == 5
        assert Journal(small_disk / "journal", 10_000_000).depth().records == 10
    journal.replayed(journal.entries()[1].end)
    assert Journal(small_disk / "journal", 10_000_000).depth().records == 3


def test_a_rewrite_that_does_not_fit_changes_nothing(small_disk: Path) -> None:
    """An erasure writes the journal anew; half of a new one must not take the old one's place."""
    journal = Journal(small_disk / "journal", 10_000_000)
    records = [b"%d " % number + b"x" * 50_000 for number in range(100)]
    for record in records:
        journal.append(record)

    with pytest.raises(OSError, match="No space left"):
        journal.rewrite(lambda waiting: waiting[1:])

    assert journal.depth().records == len(records)
