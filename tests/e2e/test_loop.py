"""The loop closes: train → serve → decide → outcome → export → retrain → promote → decide anew."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

SOLAR = Path(__file__).parents[2] / "examples" / "solar"


def test_the_loop_closes(product: Any) -> None:
    first = product.first_bundle  # type: ignore[attr-defined]
    decided = [
        product.decide(customer_id=f"loop-{i}", channels=["website", "email"], profile={
            "attributes": {"home_owner": True, "roof_area_m2": 60},
            "consent": {"personalization": True, "email": True},
        })
        for i in range(40)
    ]  # fmt: skip
    assert {d["bundle"] for d in decided} == {first}

    now = datetime.now(UTC).isoformat()
    outcomes = [
        {"outcome_id": f"o-{i}", "decision_id": d["decision_id"], "outcome": "responded", "occurred_at": now}
        for i, d in enumerate(decided[:15])
    ]
    answer = product.post("outcomes", {"outcomes": outcomes})
    assert answer.status_code in (200, 202), answer.text

    export = product.root / "export"
    product.nba("export", "--out", str(export))
    second = json.loads(
        product.nba("train", "--config", str(SOLAR / "training.yaml"), "--data", str(export), "--json")
    )["bundle_id"]
    assert second != first

    failures: list[str] = []
    seen: list[str] = []
    with asking(product, seen, failures):
        product.nba("promote", second, "--force", "--reason", "the loop closes")
        wait_for(lambda: bool(seen) and seen[-1] == second)
        product.nba("rollback", "--reason", "and back again")
        wait_for(lambda: seen[-1] == first)

    assert failures == []
    assert set(seen) == {first, second}


@contextmanager
def asking(product: Any, seen: list[str], failures: list[str]) -> Iterator[None]:
    """Somebody who never stops asking, while the bundles change."""
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                seen.append(product.decide(customer_id=f"during-{len(seen)}")["bundle"])
            except (AssertionError, requests.RequestException) as error:
                failures.append(str(error))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def wait_for(condition: Callable[[], bool]) -> None:
    """Every worker follows within ten seconds; a machine that is busy with other tests gets thirty."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("the service did not follow the registry within 30 s")


def test_command_and_http_give_the_same_answer(product: Any) -> None:
    at = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    customer = product.nba("export", "--list-customers", "1").split()[0]
    body = {"customer_id": customer, "decision_id": "same/1", "context": {"time": at}, "channels": ["email"]}

    def by_command() -> Any:
        arguments = ("--customer", customer, "--at", at, "--channel", "email", "--decision-id", "same/1")
        return json.loads(product.nba("decide", *arguments, "--json"))

    before = by_command()
    by_http = product.decide(**body)

    assert by_http == before
    assert by_command() == by_http, "a decision that was made does not count against itself"
