"""Callers that never give up: each repeats a request with the same id until it is acknowledged."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPORT = os.environ.get("NBA_TEST_FAULTS_REPORT")
SURE = frozenset({"nothing", "status", "care"})
"""What may be chosen while the store cannot be asked."""


@dataclass
class Told:
    """What was acknowledged, and how."""

    decisions: dict[str, Any] = field(default_factory=dict)
    interactions: set[str] = field(default_factory=set)
    outcomes: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    repeated: set[str] = field(default_factory=set)  # decisions whose first answer may have got lost
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0  # connections that ended without an answer
    degraded: dict[str, int] = field(default_factory=dict)
    not_allowed: list[Any] = field(default_factory=list)
    whole_at: float = 0.0  # when the newest decision came that was made with the store (monotonic seconds)
    slowest: float = 0.0  # seconds, of a decision that was answered
    refused_events: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Load:
    """``callers`` threads against one service, until ``end``."""

    def __init__(self, port: int, told: Told, *, callers: int = 4, keep: bool = True, tag: str = "") -> None:
        self._port, self._told, self._keep, self._tag = port, told, keep, tag
        self._stop = threading.Event()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(callers)]
        self._local = threading.local()

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _call(self, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 - a repeatable load
        while not self._stop.is_set():
            number = next(self._numbers)
            customer = f"c-{rng.randrange(300)}"
            decision = f"{self._tag}d-{number}"
            body: dict[str, Any] = {"customer_id": customer, "decision_id": decision}
            if rng.random() < 0.3:
                body["phase"] = rng.choice(["interested", "customer"])
            answer = self._until_told("/v1/decisions", body)
            self._note(decision, answer)
            event = {
                "interaction_id": f"{self._tag}i-{number}",
                "customer_id": customer,
                "touchpoint": "visit",
            }
            if self._until_told("/v1/interactions", event) is not None:
                self._told.interactions.add(event["interaction_id"])
            if number % 3 == 0:
                outcome = {
                    "outcome_id": f"{self._tag}o-{number}",
                    "decision_id": decision,
                    "outcome": "clicked",
                }
                if self._until_told("/v1/outcomes", outcome) is not None:
                    self._told.outcomes.add(outcome["outcome_id"])
            time.sleep(0.005)

    def _note(self, decision: str, answer: Any) -> None:
        told = self._told
        if answer is None:
            return
        told.decisions[decision] = answer
        with told.lock:
            for reason in answer["degraded_by"]:
                told.degraded[reason] = told.degraded.get(reason, 0) + 1
        alone = any(reason.startswith("STORE_") for reason in answer["degraded_by"])
        if not alone:
            told.whole_at = time.monotonic()
        if alone and not {one["action"] for one in answer["actions"]} <= SURE:
            told.not_allowed.append(answer)

    def _until_told(self, path: str, body: dict[str, Any]) -> Any:
        """The answer, once there is one; None: the load ended first."""
        data = json.dumps(body)
        while True:
            begun = time.monotonic()
            try:
                status, text = self._post(path, data)
            except (OSError, http.client.HTTPException):
                self._drop()
                with self._told.lock:
                    self._told.broken += 1
                    self._told.repeated.add(body.get("decision_id", ""))
                if self._stop.is_set():
                    return None
                time.sleep(0.05)
                continue
            with self._told.lock:
                self._told.statuses[status] = self._told.statuses.get(status, 0) + 1
                if path == "/v1/decisions":
                    self._told.slowest = max(self._told.slowest, time.monotonic() - begun)
            if 200 <= status < 300:
                return json.loads(text)
            if self._stop.is_set():
                return None
            time.sleep(0.05)

    def _post(self, path: str, data: str) -> tuple[int, bytes]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            self._local.connection = connection
        headers = {"Content-Type": "application/json"} | ({} if self._keep else {"Connection": "close"})
        connection.request("POST", path, data, headers)
        answer = connection.getresponse()
        text = answer.read()
        if not self._keep:
            self._drop()
        return answer.status, text

    def _drop(self) -> None:
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
        self._local.connection = None


def report(name: str, told: Told, **more: Any) -> None:
    """Print what happened under a load, and add it to the file ``NBA_TEST_FAULTS_REPORT``."""
    counts = {
        "decisions": len(told.decisions),
        "interactions": len(told.interactions),
        "outcomes": len(told.outcomes),
        "statuses": dict(sorted(told.statuses.items())),
        "connections broken": told.broken,
        "degraded": told.degraded,
        "slowest decision, ms": round(told.slowest * 1000),
        **more,
    }
    line = f"{name}: {json.dumps(counts)}"
    print(line)  # noqa: T201 - what the command is for
    if REPORT:
        with Path(REPORT).open("a") as file:
            file.write(line + "\n")
