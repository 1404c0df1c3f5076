"""A person is erased under load over two hosts, one of which has them in its journal: nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from tests.conftest import postgres_schema
from tests.e2e.two_hosts import Host, Line, Load, in_files, in_tables, through
from tests.waiting import wait_until

ADA, VISITOR, NAME, NOTE = "ada-lovelace-1815", "v-77-of-ada", "Augusta-Byron-King", "analytical-engine"
SECRETS = (ADA, VISITOR, NAME, NOTE)
OTHERS = [f"c-{number}" for number in range(8)]


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    with postgres_schema(postgres_url) as made:
        yield made


@pytest.fixture
def line(url: str) -> Iterator[Line]:
    from sqlalchemy.engine import make_url

    made = Line(make_url(url))
    yield made
    made.close()


@pytest.fixture
def hosts(tmp_path: Path, url: str, line: Line, tiny_journey_text: str) -> Iterator[tuple[Host, Host]]:
    journey = tmp_path / "journey.yaml"
    journey.write_text(tiny_journey_text)
    one = Host(tmp_path / "one", url, journey)
    other = Host(tmp_path / "other", through(line, url), journey)
    try:
        for host in (one, other):
            host.wait_ready()
        yield one, other
    finally:
        for host in (one, other):
            host.end()


def test_nothing_of_an_erased_person_is_left_in_any_table_journal_or_log(
    tmp_path: Path, url: str, line: Line, hosts: tuple[Host, Host]
) -> None:
    one, other = hosts
    profile = {"attributes": {"first_name": NAME}, "consent": {"email": True}}
    assert requests.put(f"{one.url}/v1/customers/{ADA}", json=profile, timeout=30).status_code == 200
    one.post(f"customers/{ADA}/aliases", {"aliases": [VISITOR]})
    with Load(hosts, OTHERS, "of others"):
        with Load(hosts, [ADA, VISITOR], NOTE):
            wait_until(lambda: ("decisions", "customer_id", ADA) in in_tables(url, SECRETS) or None)
            line.cut()
            wait_until(lambda: other.post("decisions", {"customer_id": OTHERS[0]})["degraded"] or None)
            put = requests.put(f"{other.url}/v1/customers/{ADA}", json=profile, timeout=30)
            assert put.status_code == 200
            wait_until(lambda: all(other.waits(secret) for secret in SECRETS) or None, failure=other.log)
        refused = next(other.root.glob("journal/*/journal")).with_name("refused")
        refused.write_text('{"kind":"of a later version","customer":"' + ADA + '","name":"' + NAME + '"}\n')
        assert {secret for *_, secret in in_tables(url, SECRETS)} == set(SECRETS)

        erased = requests.delete(f"{one.url}/v1/customers/{VISITOR}", timeout=30)

        assert erased.status_code == 204
        assert in_tables(url, SECRETS) == set(), "the host that was reached has forgotten"
        line.mend()
        wait_until(lambda: not other.waits(ADA) or None, failure=other.log)
    wait_until(lambda: not list(other.root.glob("journal/*/journal")) or None, failure=other.log)
    wait_until(lambda: not refused.exists() or None, failure=other.log)

    assert in_tables(url, SECRETS) == set()
    assert in_files(tmp_path, SECRETS) == set()
    with psycopg.connect(url) as connection:
        buried, entries, of_others = (
            connection.execute(statement).fetchall()
            for statement in (
                "SELECT id_hash FROM tombstones",
                "SELECT detail FROM audit_log WHERE kind = 'customer.erased'",
                "SELECT interaction_id FROM interactions",
            )
        )
    assert (len(buried) > 2, len(entries), len(of_others) > 8) == (True, 1, True)
    assert (
        'nba_journal_dropped_total{reason="erased"}' in requests.get(f"{other.url}/metrics", timeout=5).text
    )
    other.post("interactions", {"customer_id": ADA, "touchpoint": "visit"})
    held = requests.get(f"{one.url}/v1/customers/{ADA}", timeout=30).json()
    assert (len(held["interactions"]), held["attributes"], held["aliases"]) == (1, {}, []), "a new beginning"
