"""People of accounts in a run: each is what `decide` says with their account, and its limits hold."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from models.domain.account import AccountContact
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.policy.batch.rows import RunContext
from models.policy.decide import decide
from models.policy.engine import Engine
from models.registry import Registry
from training import api
from training.batch.command import decide_on_tables
from training.batch.requests import Mailing, requests_of, with_past
from training.data.encode import encode
from training.rows.account_phases import AccountsThen

AT = datetime(2026, 5, 2, 9, tzinfo=UTC)
AUDIENCE = [f"p{number}" for number in range(400)]
MAILING = Mailing(run_id="mail-7", channel="email", decided_at=AT)


def run(folder: Path, out: Path, shards: int) -> dict[str, dict[str, Any]]:
    decide_on_tables(
        engine="shards", registry=folder / "registry", data=str(folder / "tables"), audience=AUDIENCE,
        channel="email", at=AT, run_id="mail-7", out=str(out), shards=shards,
    )  # fmt: skip
    found = [row for path in out.glob("decisions/*.parquet") for row in pq.read_table(path).to_pylist()]
    return {row["customer_id"]: row for row in found}


def test_an_account_hears_no_more_than_its_limit_within_a_run(account_folder: Path, tmp_path: Path) -> None:
    """Two in seven days, for three people who all may be written to."""
    rows = run(account_folder, tmp_path / "a", shards=3)

    contacts = Counter(
        int(name[1:]) % 120 for name, row in rows.items() if row["channel"] and int(name[1:]) < 360
    )
    assert len(rows) == 400
    assert max(contacts.values()) == 2
    assert run(account_folder, tmp_path / "b", shards=7) == rows


def test_each_is_what_decide_says_with_the_account_as_the_run_had_it(
    account_folder: Path, tmp_path: Path
) -> None:
    rows = run(account_folder, tmp_path, shards=2)
    shelf = Registry(account_folder / "registry")
    bundle = shelf.load(str(shelf.champion()))
    engine = Engine(bundle.journey, bundle.models, bundle.manifest.bundle_id, trained=bundle.journey)
    tables = api.load_tables(account_folder / "tables", account_folder / "training.yaml").tables
    log = encode(tables, bundle.journey)
    accounts = pq.read_table(account_folder / "tables/accounts.parquet").to_pylist()
    attributes = {each["account_id"]: json.loads(each["attributes"]) for each in accounts}
    known = AccountsThen(bundle.journey, log, attributes)

    told_of_others = 0
    for request in requests_of(log, AUDIENCE, MAILING):
        row = rows[request.customer.customer_id]
        told = RunContext.read(row["context"])
        assert told is not None
        told_of_others += len(told.colleagues)
        asked = with_account(with_past(bundle.journey, log, request), known, log, told.contacts(to_ms(AT)))
        chosen = decide(engine, asked).actions[0]
        assert (row["action"], row["action_probability"]) == (chosen.action, chosen.action_probability)
    assert told_of_others > 50


def with_account(
    request: DecisionRequest, known: AccountsThen, log: Any, contacts: tuple[AccountContact, ...]
) -> DecisionRequest:
    place = log.customer_ids.to_pylist().index(request.customer.customer_id)
    account = known.state_of(place, to_ms(AT))
    if account is None:
        return request
    return replace(request, account=replace(account, contacts=(*account.contacts, *contacts)))
