"""Makes the files of this folder anew: ``python -m tests.recorded.record`` in the root of the repository.

Only when decisions are meant to differ: what is recorded is what the code of this moment does, and the tests
hold later code to it. Needs PostgreSQL (``NBA_TEST_POSTGRES_URL``, or the one on 127.0.0.1:5432) and
``pg_dump``.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from .exchanges import (
    HERE,
    SINCE,
    Exchange,
    Service,
    digest,
    environment,
    nba,
    serving,
    write_exchanges,
    write_lines,
)
from .life import Life
from .postgres import SCHEMA, load_dump, make_schema, schema_url

ROOT: Final = HERE.parents[1]
ENDS_AT: Final = "2026-05-01"
BEGINS: Final = datetime(2026, 5, 1, 6, tzinfo=UTC)
SERVER: Final = os.environ.get("NBA_TEST_POSTGRES_URL", "postgresql://127.0.0.1:5432/postgres")
JOURNEY_CHANGES: Final = {
    "treatment: {share: 0.9, policy: default}": "treatment: {share: 0.7, policy: default}",
    "random: {share: 0.05, policy: random}": "random: {share: 0.15, policy: random}",
    "playbook: {share: 0.05, policy: playbook}": (
        "playbook: {share: 0.1, policy: playbook}\n    nothing: {share: 0.05, policy: nothing}"
    ),
    "daily_capacity: 120": "daily_capacity: 4",
}
"""More customers in other arms, and calls that run out, so that all of it is recorded."""

LATER_CHANGES: Final = {"arm_salt: sonnenhof-1": "arm_salt: sonnenhof-2"}
"""The journey file that is served from the middle of the recording on."""

TRAINING: Final = """\
journey: journey.yaml
seed: 5
sources:
  customers: {file: customers.parquet}
  interactions: {file: interactions.parquet}
  decisions: {file: decisions.parquet}
  outcomes: {file: outcomes.parquet}
tables:
  customers: SELECT * FROM customers ORDER BY customer_id
  interactions: SELECT * FROM interactions ORDER BY customer_id, occurred_at, interaction_id
  decisions: SELECT * FROM decisions ORDER BY customer_id, decided_at, decision_id
  outcomes: SELECT * FROM outcomes ORDER BY occurred_at, outcome_id
split: {calibrate_from: 0.6, test_from: 0.8}
trees: {response_iterations: 20, baseline_iterations: 8, early_stopping_rounds: 0, num_threads: 1}
evaluation: {bootstrap: 20}
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _train(root)
        _record_sqlite(root)
        _record_postgres(root)
        _pack(root / "registry", HERE / "registry.tar.xz")


def _train(root: Path) -> None:
    """A small simulated history, a bundle of it, and a part of it to be imported."""
    log, world = root / "log", ROOT / "examples" / "solar" / "simulator.yaml"
    nba({}, "simulate", "--world", str(world), "--customers", "600", "--days", "182",
        "--ends-at", ENDS_AT, "--seed", "5", "--out", str(log))  # fmt: skip
    (log / "truth.json").unlink()
    journey = _changed((ROOT / "examples" / "solar" / "journey.yaml").read_text(), JOURNEY_CHANGES)
    (log / "journey.yaml").write_text(journey)
    (root / "later.yaml").write_text(_changed(journey, LATER_CHANGES))
    (log / "training.yaml").write_text(TRAINING)
    said = nba({}, "train", "--config", str(log / "training.yaml"), "--data", str(log), "--json",
               "--registry", str(root / "registry"), "--reports", str(root / "reports"),
               "--cache", str(root / "cache"))  # fmt: skip
    manifest = json.loads(said)
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    _pack(log, HERE / "log.tar.xz")


def _record_sqlite(root: Path) -> None:
    import pyarrow.parquet as pq

    part = root / "part"
    part.mkdir()
    customers = sorted(pq.read_table(root / "log" / "customers.parquet")["customer_id"].to_pylist())[:60]
    for name in ("customers", "interactions", "decisions"):
        table = pq.read_table(
            root / "log" / f"{name}.parquet", filters=[("customer_id", "in", set(customers))]
        )
        pq.write_table(table, part / f"{name}.parquet")
    database = root / "nba.sqlite"
    settings = environment(root, f"sqlite:///{database}")
    nba(settings, "import", str(part))
    life = Life(seed=2026, begins=BEGINS, known=customers, prefix="s")
    for number, more in enumerate(({}, {}, *[{"NBA_JOURNEY": str(root / "later.yaml")}] * 2)):
        with serving({**settings, **more}, f"run{number}") as service:
            live(service, life, 320)
            if number == 3:
                for who in ("s-c7", customers[3]):
                    service.ask(_exchange(life, "DELETE", f"/v1/customers/{who}"))
    _write_digest(settings, "sqlite", life)
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    (HERE / "store.sqlite.xz").write_bytes(lzma.compress(database.read_bytes(), preset=9))
    # The service that goes on has the bundle's own journey file again.
    with serving(settings) as service:
        ids = [f"s-d{number}" for number in range(11, 1_250, 120)]
        asked = [service.ask(one) for one in _questions(life, ids)]
        asked += live(service, life, 80)
    write_exchanges(HERE / "sqlite_goes_on.jsonl.xz", asked)


def _record_postgres(root: Path) -> None:
    make_schema(SERVER, SCHEMA)
    settings = environment(root, schema_url(SERVER, SCHEMA))
    nba(settings, "keys", "list")
    life = Life(seed=7, begins=BEGINS, known=[], prefix="p")
    try:
        for number in range(2):
            with serving(settings, f"run{number}") as service:
                live(service, life, 45)
        _write_digest(settings, "postgresql", life)
        dump = subprocess.run(
            ["pg_dump", "--no-owner", "--no-privileges", "--inserts", f"--schema={SCHEMA}", SERVER],
            capture_output=True, check=True, text=True,
        ).stdout  # fmt: skip
        # psql's own commands and what only some releases know are not part of the data.
        kept = [line for line in dump.splitlines() if not line.startswith(("\\", "SET ", "--"))]
        (HERE / "store.postgresql.sql.xz").write_bytes(lzma.compress("\n".join(kept).encode(), preset=9))
    finally:
        make_schema(SERVER, SCHEMA, drop=True)
    load_dump(SERVER, SCHEMA)
    try:
        with serving(settings) as service:
            asked = [service.ask(one) for one in _questions(life, ["p-d5", "p-d44"])]
            asked += live(service, life, 30)
    finally:
        make_schema(SERVER, SCHEMA, drop=True)
    write_exchanges(HERE / "postgresql_goes_on.jsonl.xz", asked)


def live(service: Service, life: Life, decisions: int) -> list[Exchange]:
    """So many more decisions, and what happens between them."""
    done = []
    for asked in life.requests(decisions):
        told = service.ask(asked)
        expected = (200, 201, 202, 409) if asked.path.endswith("aliases") else (200, 201, 202)
        assert told.status in expected, told
        life.tell(told, json.loads(told.answer))
        done.append(told)
    return done


def _questions(life: Life, decisions: list[str]) -> list[Exchange]:
    """What is read, explained and tried out without changing anything."""
    found = []
    for number, decision in enumerate(decisions):
        language = ("", "?text=en", "?text=de")[number % 3]
        found.append(_exchange(life, "GET", f"/v1/decisions/{decision}/explanation{language}"))
        changes: dict[str, Any] = {"phase": "active_evaluation", "weights": {"savings_teaser": 3}}
        body = {"of": decision, "text": "en", "contributions": "best", "changes": changes}
        found.append(_exchange(life, "POST", "/v1/explanations", body))
    found += [_exchange(life, "GET", f"/v1/customers/{life.prefix}-c{number}") for number in range(4)]
    question = {"customer_id": f"{life.prefix}-c5", "limit": 3, "text": "de", "contributions": "all"}
    return [*found, _exchange(life, "POST", "/v1/explanations", question)]


def _exchange(life: Life, method: str, path: str, body: Any = None) -> Exchange:
    return Exchange(at=life.now.isoformat(), method=method, path=path, body=body)


def _write_digest(settings: dict[str, str], name: str, life: Life) -> None:
    """What every decision that can be replayed says, as it is answered now."""
    found = []
    at = datetime(2026, 9, 1, tzinfo=UTC).isoformat()
    with serving(settings) as service:
        for number in range(1, life.number + 1):
            path = f"/v1/decisions/{life.prefix}-d{number}"
            if service.get(f"{path}/replay", at).status == 200:
                found.append(digest(service.get(path, at).answer))
    write_lines(HERE / f"{name}_decisions.jsonl.xz", found)
    print(name, len(found), "decisions", nba(settings, "replay", "--since", SINCE))  # noqa: T201


def _changed(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _pack(folder: Path, target: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != ".lock":
                archive.add(path, path.relative_to(folder.parent), filter=_anonymous)
    target.write_bytes(lzma.compress(data.getvalue(), preset=9))


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main()
