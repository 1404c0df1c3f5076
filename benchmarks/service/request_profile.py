"""One request in process by its parts: where the CPU goes."""

from __future__ import annotations

import io
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.decide import _steps
from benchmarks.service.servers import fresh_store, service_settings
from benchmarks.service.world import NOON
from models.domain.history import to_ms
from models.policy.decide import decide
from nba_service.api.decisions.fast_path import accept_decision
from nba_service.app import create_app
from nba_service.decisions.made import claim, decision_row
from nba_service.http.json_body import dump_json, parse_json
from nba_service.settings import Authentication, Settings


def profiled(root: Path, repeat: int = 200) -> dict[str, float]:
    """CPU ms of one request in process, and of its parts; medians, parts and whole taking turns."""
    with fresh_store(root, "flush", None) as url:
        settings = replace(
            service_settings(root, "flush", url),
            authentication=Authentication.OFF,
            web_deadline_ms=60_000,  # a first request takes longer than the usual one
            request_timeout_seconds=240,
        )
        return _profiled(settings, repeat)


def _profiled(settings: Settings, repeat: int) -> dict[str, float]:
    app = create_app(settings, poll=False)
    parts = app.extensions["nba"]
    times: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        before = time.process_time_ns()
        result = call()
        times.setdefault(name, []).append((time.process_time_ns() - before) / 1e6)
        return result

    def one(number: int) -> None:
        body = _body(number)
        answer = timed("whole request", lambda: _call(app, body))
        if json.loads(answer)["degraded_by"]:
            raise RuntimeError(f"a degraded decision costs less than a whole one: {answer[:500]!r}")
        call = timed("parse and validate", lambda: accept_decision(parse_json(body)))
        asked, at = f"none-{number}", to_ms(NOON)
        store, name = parts.store, call.customer_id
        timed("read id and state", lambda: store.decision_or_state(asked, name, at, 2_000))
        timed("read state", lambda: store.state(name, at, 2_000))
        made = timed("content and answer", lambda: parts.decisions.hypothetical(call))
        engine, request = made.serving.engine, made.request
        timed("decide", lambda: decide(engine, request))
        for step, value in _steps(engine, request).items():
            times.setdefault(f"  of it:{step}", []).append(value)
        row = timed("log row", lambda: (decision_row(made), dump_json(made.answer)))[0]
        row = replace(row, decision_id=f"stored-{number}")
        timed("store", lambda: store.add_decisions([row], {row.decision_id: claim(made)}))

    for number in range(repeat):
        one(number)
    parts.store.close()
    medians = {name: statistics.median(values) for name, values in times.items()}
    medians["content and answer"] -= medians.pop("read state") + medians["decide"]
    own = ("parse and validate", "read id and state", "decide", "content and answer", "log row", "store")
    rest = medians["whole request"] - sum(medians[name] for name in own)
    medians["Flask, keys, counts, log line"] = rest
    return medians


def _body(number: int) -> bytes:
    context = {"locale": "de-AT", "device": "mobile", "time": NOON.isoformat()}
    told = {"customer_id": f"c-{number}", "decision_id": f"profile-{number}", "context": context}
    return json.dumps(told).encode()


def _call(app: Any, body: bytes) -> bytes:
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/v1/decisions", "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    status: list[str] = []
    answer = b"".join(app(environ, lambda code, headers, error=None: status.append(code)))
    if not status[0].startswith("200"):
        raise RuntimeError(f"{status[0]}: {answer[:500]!r}")
    return answer


def show_profile(profile: dict[str, float]) -> None:
    """Medians of the parts, and their shares."""
    print("\none request in process, CPU ms, share of the whole")
    for name, value in profile.items():
        print(f"  {name:<30}{value:>8.3f}{value / profile['whole request']:>8.0%}")
