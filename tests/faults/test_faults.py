"""Under load, everything is killed, stopped and broken: decisions go on, nothing is lost or there twice."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from .conftest import Victim
from .load import Load, Told, report

KILLED = ("worker", "postgres", "worker", "master")
PIECES = 5
MOMENTS = int(os.environ.get("NBA_TEST_FAULTS") or 0)


def check_store(victim: Victim, told: Told, tag: str) -> dict[str, int]:
    """Everything that was acknowledged is there, as it was answered, once, with the right person.

    Nothing is there that was not sent, and of those who were erased nothing at all.
    """
    with psycopg.connect(victim.postgres.url) as connection:
        rows = connection.execute(
            "SELECT decision_id, answer, customer_id FROM decisions WHERE decision_id LIKE %s", [f"{tag}%"]
        ).fetchall()
        events = connection.execute(
            "SELECT interaction_id, customer_id FROM interactions WHERE interaction_id LIKE %s", [f"{tag}%"]
        ).fetchall()
        outcomes = connection.execute(
            "SELECT outcome_id FROM outcomes WHERE outcome_id LIKE %s", [f"{tag}%"]
        ).fetchall()
    stored = {key: json.loads(answer) for key, answer, _ in rows}
    person = {key: customer for key, *_, customer in [*rows, *events]}
    strayed = {key: person.get(key) for key, whose in told.persons.items() if person.get(key) != whose}
    left = traces(victim, tag, told.erased)
    lost = told.decisions.keys() - stored.keys()
    changed = [key for key, answer in told.decisions.items() if key in stored and stored[key] != answer]
    lost_events = told.interactions - {key for key, _ in events}
    lost_outcomes = told.outcomes - {key for (key,) in outcomes}
    twice = [
        key
        for found in (rows, events, outcomes)
        for key, number in Counter(row[0] for row in found).items()
        if number > 1
    ]
    found = {
        "lost": len(lost) + len(lost_events) + len(lost_outcomes),
        "twice": len(twice),
        "stored otherwise than answered": len(changed),
        "with another person": len(strayed),
        "left of the erased": len(left),
    }
    assert not strayed, [(key, whose, told.persons[key]) for key, whose in strayed.items()][:5]
    assert not left, left
    assert not lost, sorted(lost)[:5]
    assert not lost_events, sorted(lost_events)[:5]
    assert not lost_outcomes, sorted(lost_outcomes)[:5]
    assert not twice, twice[:5]
    # repeated after a connection broke, while the store was away: the answer that got lost is the stored one
    firm = [key for key in changed if key not in told.repeated]
    assert not firm, [(told.decisions[key], stored[key]) for key in firm[:2]]
    return found


def traces(victim: Victim, tag: str, erased: set[str]) -> dict[str, list[str]]:
    """Of those who were erased, the tables and files (journal, log) that still name them."""
    pattern = f"{tag}e-[0-9]+"
    found: dict[str, list[str]] = {}
    with psycopg.connect(victim.postgres.url) as connection:
        tables = connection.execute(
            "SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(
                f"SELECT (regexp_match(t::text, '{pattern}'))[1], left(t::text, 300) FROM {table} t"  # noqa: S608
                f" WHERE t::text ~ '{pattern}'"
            )
            for person, row in rows:
                found.setdefault(person, []).append(f"{table}: {row}")
    for path in [*(victim.root / "journal").rglob("*"), victim.root / "serve.log"]:
        if path.is_file():
            for person in re.findall(pattern.encode(), path.read_bytes()):
                found.setdefault(person.decode(), []).append(path.name)
    return {person: places for person, places in found.items() if person in erased}


def well(told: Told) -> None:
    """Every decision request that got an answer got 2xx, with an action that is allowed.

    A merge needs the store: while it is away they are refused, and repeated.
    """
    assert set(told.statuses) <= {200, 202}, told.statuses
    assert set(told.people_statuses) <= {200, 202, 204, 404, 503}, told.people_statuses
    assert told.people_statuses.get(404, 0) <= told.broken, "parted already: a first answer got lost"
    assert not told.not_allowed, told.not_allowed[:2]


def targets(number: int, rng: random.Random) -> list[str]:
    """Whom to kill: two workers for each master and each PostgreSQL, in random order."""
    deck = [name for _, name in zip(range(number), itertools.cycle(KILLED), strict=False)]
    rng.shuffle(deck)
    return deck


@pytest.mark.parametrize("seed", range(PIECES))
def test_killed_at_random_moments(victim: Victim, seed: int) -> None:
    """``kill -9`` of a worker, the master and PostgreSQL, at random moments."""
    rng, told, tag = random.Random(seed), Told(), f"kill-{seed}-"  # noqa: S311 - repeatable
    deck = targets(-(-MOMENTS // PIECES), rng)
    with Load(victim.port, told, tag=tag):
        for target in deck:
            time.sleep(rng.uniform(0.3, 1.5))
            kill(victim, target, rng)
        time.sleep(1)
    victim.wait_stored()
    found = check_store(victim, told, tag)
    report(f"killed, seed {seed}", told, moments=dict(Counter(deck)), **found)
    well(told)


def kill(victim: Victim, target: str, rng: random.Random) -> None:
    if target == "worker":
        while not (workers := victim.workers()):  # the one killed before is being replaced
            time.sleep(0.05)
        os.kill(rng.choice(workers), signal.SIGKILL)
    elif target == "postgres":
        victim.postgres.kill()
        time.sleep(rng.uniform(0, 1.0))
        victim.postgres.start()
    else:
        assert victim.service is not None
        orphans = victim.workers()
        victim.service.kill()
        victim.service.wait()
        time.sleep(rng.uniform(0, 0.5))
        for pid in orphans:  # as systemd and containers do: they would hold the port for a while
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        victim.serve()


def test_a_stopped_database(victim: Victim) -> None:
    """SIGSTOP: connections stay open and nothing answers."""
    told = Told()
    with Load(victim.port, told, tag="stop-"):
        time.sleep(2)
        family = victim.postgres.family()
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(6)
        for pid in family:
            os.kill(pid, signal.SIGCONT)
        time.sleep(3)
    victim.wait_stored()
    report("stopped", told, **check_store(victim, told, "stop-"))
    well(told)
    assert "STORE_SLOW" in told.degraded


def test_a_database_that_is_gone(victim: Victim) -> None:
    """Once it is back, answers are whole again while the callers go on."""
    told = Told()
    with Load(victim.port, told, tag="gone-"):
        time.sleep(2)
        victim.postgres.stop()
        time.sleep(5)
        victim.postgres.start()
        back = time.monotonic()
        while told.whole_at < back and time.monotonic() < back + 60:
            time.sleep(0.01)
        whole_s = round(told.whole_at - back, 2)
        time.sleep(3)
    victim.wait_stored()
    report("gone", told, **check_store(victim, told, "gone-"), **{"s until an answer was whole": whole_s})
    assert told.whole_at > back
    well(told)
    assert "STORE_UNAVAILABLE" in told.degraded


def test_a_read_only_database(victim: Victim) -> None:
    """Reads work, writes fail: as on a standby, or a full disk."""
    told = Told()

    def read_only(on: str) -> None:
        with psycopg.connect(victim.postgres.url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {on}")  # type: ignore[call-overload]
            connection.execute("SELECT pg_reload_conf()")

    with Load(victim.port, told, tag="read-"):
        time.sleep(2)
        read_only("on")
        time.sleep(5)
        read_only("off")
        time.sleep(3)
    victim.wait_stored()
    report("read-only", told, **check_store(victim, told, "read-"))
    well(told)
    assert "STORE_UNAVAILABLE" in told.degraded


def test_a_full_disk_under_the_database(victim: Victim, small_disk: Path) -> None:
    """Tables and indexes on a disk of 64 MB that something else fills to the last byte."""
    told, filler = Told(), small_disk / "filler"
    move(victim, "small")
    try:
        with Load(victim.port, told, tag="full-"):
            time.sleep(2)
            fill(filler)
            time.sleep(8)
            filler.unlink()
            time.sleep(3)
        victim.wait_stored()
    finally:
        filler.unlink(missing_ok=True)
        move(victim, "pg_default")
    report("disk full", told, **check_store(victim, told, "full-"))
    well(told)
    assert "STORE_UNAVAILABLE" in told.degraded


@pytest.fixture
def small_disk(victim: Victim) -> Iterator[Path]:
    folder = victim.postgres.data.parent / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=777", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        pytest.skip("needs leave to mount a file system in memory")
    space = folder / "space"
    space.mkdir()
    if os.geteuid() == 0:
        shutil.chown(space, "postgres")
    with psycopg.connect(victim.postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{space}'")  # type: ignore[call-overload]
    try:
        yield folder
    finally:
        with psycopg.connect(victim.postgres.url, autocommit=True) as connection:
            connection.execute("DROP TABLESPACE small")
        subprocess.run(["umount", "-l", str(folder)], check=True)


def move(victim: Victim, space: str) -> None:
    """All tables and indexes to another disk."""
    other = "pg_default" if space == "small" else "small"
    with psycopg.connect(victim.postgres.url, autocommit=True) as connection:
        for kind in ("TABLE", "INDEX"):
            connection.execute(f"ALTER {kind} ALL IN TABLESPACE {other} SET TABLESPACE {space}")  # type: ignore[call-overload]


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1_048_576, 4_096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass


def test_a_registry_that_is_gone(victim: Victim) -> None:
    told, away = Told(), victim.registry.with_name("away")
    with Load(victim.port, told, tag="registry-"):
        time.sleep(1)
        victim.registry.rename(away)
        time.sleep(3)
        away.rename(victim.registry)
        time.sleep(1)
    victim.wait_stored()
    report("registry gone", told, **check_store(victim, told, "registry-"))
    well(told)


def test_a_service_that_starts_while_the_registry_is_gone(victim: Victim) -> None:
    """It decides with the copy on its disk, and follows the registry when that is back."""
    victim.wait_copied()
    told, away = Told(), victim.registry.with_name("away")
    with Load(victim.port, told, tag="copy-"):
        time.sleep(1)
        victim.registry.rename(away)
        kill(victim, "master", random.Random(0))  # noqa: S311 - it may be guessed
        time.sleep(3)
        away.rename(victim.registry)
        time.sleep(3)
    victim.wait_stored()
    report("started without registry", told, **check_store(victim, told, "copy-"))
    well(told)
    assert "REGISTRY_UNAVAILABLE" in told.degraded
    assert "MODEL_UNAVAILABLE" not in told.degraded


def test_twenty_hangups_lose_no_request(victim: Victim) -> None:
    assert victim.service is not None
    told = Told()
    with Load(victim.port, told, keep=False, tag="hup-"):
        for _ in range(20 if MOMENTS >= 20 else 3):
            before = set(victim.workers())
            victim.service.send_signal(signal.SIGHUP)
            until = time.monotonic() + 40
            while before & set(victim.workers()) and time.monotonic() < until:
                time.sleep(0.1)
    victim.wait_stored()
    report("20 HUPs", told, **check_store(victim, told, "hup-"))
    well(told)
    assert told.broken == 0
    assert told.persons
    assert told.parted
    assert told.erased
