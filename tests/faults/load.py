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
    persons: dict[str, str] = field(default_factory=dict)  # decision or event → whose it is after merges
    parted: set[str] = field(default_factory=set)  # joined by mistake, and parted again
    erased: set[str] = field(default_factory=set)  # no trace of these ids may be left
    people_statuses: dict[int, int] = field(default_factory=dict)  # of merges, partings and erasures
    lock: threading.Lock = field(default_factory=threading.Lock)


class Load:
    """``callers`` threads against one service, and one that merges, parts and erases people."""

    def __init__(self, port: int, told: Told, *, callers: int = 4, keep: bool = True, tag: str = "") -> None:
        self._port, self._told, self._keep, self._tag = port, told, keep, tag
        self._stop = threading.Event()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._call, args=(n,)) for n in range(callers)]
        self._threads.append(threading.Thread(target=self._join_and_erase))
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

    def _join_and_erase(self) -> None:
        """Apart from the others: a merge is refused, and repeated, while the store is away."""
        rng = random.Random("people")  # noqa: S311 - a repeatable load
        for number in itertools.count():
            if self._stop.is_set():
                return
            self._merge(f"{self._tag}v-{number}", f"{self._tag}m-{rng.randrange(20)}")
            if number % 2:
                self._erase(f"{self._tag}e-{number}")
            else:
                self._part(f"{self._tag}u-{number}", f"{self._tag}m-{rng.randrange(20)}")
            time.sleep(0.005)

    def _merge(self, visitor: str, person: str) -> None:
        """A visitor becomes a known customer, as several others do, and comes again under the old id."""
        before = self._visit(visitor, f"{visitor}-before")
        body = {"aliases": [visitor]}
        if self._until_told(f"/v1/customers/{person}/aliases", body) is not None:
            told = [*before, *self._visit(visitor, f"{visitor}-after")]
            self._told.persons.update(dict.fromkeys(told, person))

    def _part(self, visitor: str, person: str) -> None:
        """Two people are joined by mistake and parted: each has what came under their id."""
        if self._until_told(f"/v1/customers/{person}/aliases", {"aliases": [visitor]}) is None:
            return
        theirs = dict.fromkeys(self._visit(visitor, f"{visitor}-joined"), visitor)
        theirs |= dict.fromkeys(self._visit(person, f"{visitor}-other"), person)
        path = f"/v1/customers/{person}/aliases/{visitor}"
        if self._until_told(path, None, "DELETE", (404,)) is not None:  # 404: the first answer got lost
            theirs |= dict.fromkeys(self._visit(visitor, f"{visitor}-parted"), visitor)
            self._told.persons.update(theirs)
            self._told.parted.add(visitor)

    def _erase(self, person: str) -> None:
        """Somebody is known under two ids, and wants to be forgotten."""
        told = self._visit(person, f"{person}-first")
        if self._until_told(f"/v1/customers/{person}", {"aliases": [f"{person}-also"]}, "PUT") is None:
            return
        told += self._visit(f"{person}-also", f"{person}-second")
        if len(told) == 4 and self._until_told(f"/v1/customers/{person}", None, "DELETE") is not None:
            for one in told:
                self._told.decisions.pop(one, None)
                self._told.interactions.discard(one)
            self._told.erased.add(person)

    def _visit(self, customer: str, name: str) -> list[str]:
        """A decision and an event; the ids of what was acknowledged."""
        told = []
        answer = self._until_told("/v1/decisions", {"customer_id": customer, "decision_id": f"{name}-d"})
        self._note(f"{name}-d", answer)
        if answer is not None:
            told.append(f"{name}-d")
        event = {"interaction_id": f"{name}-i", "customer_id": customer, "touchpoint": "visit"}
        if self._until_told("/v1/interactions", event) is not None:
            self._told.interactions.add(f"{name}-i")
            told.append(f"{name}-i")
        return told

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

    def _until_told(
        self, path: str, body: dict[str, Any] | None, method: str = "POST", done: tuple[int, ...] = ()
    ) -> Any:
        """The answer, once there is one; None: the load ended first."""
        data = None if body is None else json.dumps(body)
        statuses = self._told.people_statuses if "/customers/" in path else self._told.statuses
        while True:
            begun = time.monotonic()
            try:
                status, text = self._send(method, path, data)
            except (OSError, http.client.HTTPException):
                self._drop()
                with self._told.lock:
                    self._told.broken += 1
                    self._told.repeated.add((body or {}).get("decision_id", ""))
                if self._stop.is_set():
                    return None
                time.sleep(0.05)
                continue
            with self._told.lock:
                statuses[status] = statuses.get(status, 0) + 1
                if path == "/v1/decisions":
                    self._told.slowest = max(self._told.slowest, time.monotonic() - begun)
            if 200 <= status < 300 or status in done:
                return json.loads(text or b"{}")
            if self._stop.is_set():
                return None
            time.sleep(0.05)

    def _send(self, method: str, path: str, data: str | None) -> tuple[int, bytes]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            self._local.connection = connection
        headers = {"Content-Type": "application/json"} | ({} if self._keep else {"Connection": "close"})
        connection.request(method, path, data, headers)
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
        "merged": len(told.persons),
        "parted": len(told.parted),
        "erased": len(told.erased),
        "statuses of merges, partings and erasures": dict(sorted(told.people_statuses.items())),
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
