"""One HTTP decision beside a bare Flask echo and a naive LightGBM service: wrk on loopback, all in one run.

    python -m benchmarks.service [--rounds 5] [--seconds 5] [--workers 2] [--only echo,flush] [--json FILE]

Needs wrk (apt-get install wrk). Servers take turns, round after round. Per server: requests a second, p50 and
p99 at full load, p99 at half of it, CPU of the workers per request (user and system, so that what else the
machine does matters less), memory per worker (PSS), start-up to the first answer. Then the profile of one
request in process. The gate is the echo's CPU divided by ours: 0.50, beyond 0.75.

Every request is about another customer (5,000 with a profile and twenty events each) and has an id of its
own; twenty treatments, both models, the decision logged. Keys are off and limits of rate far away: what they
cost is not the question here.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from benchmarks.service_world import CUSTOMERS, NOON, fill, publish

CONNECTIONS: Final = 8
TICK: Final = os.sysconf("SC_CLK_TCK")
SCRIPT: Final = """
local threads = 0
function setup(thread) thread:set("id", threads) threads = threads + 1 end
function init(args)
  sent = 0
  wrk.headers["Content-Type"] = "application/json"
end
function request()
  sent = sent + 1
  local key = id .. "-" .. sent
  local body = '{"customer_id":"c-' .. (sent * 7 + id * 131) %% %(customers)d ..
    '","decision_id":"%(run)s-' .. key ..
    '","context":{"locale":"de-AT","device":"mobile","time":"%(time)s"}}'
  return wrk.format("POST", "/v1/decisions", nil, body)
end
%(delay)s
function done(summary, latency, requests)
  io.write(string.format("RESULT %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(slots=True)
class Figures:
    """One server's, per round."""

    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    half_p99_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    pss_mb: list[float] = field(default_factory=list)
    start_s: list[float] = field(default_factory=list)
    failed: int = 0


def main() -> None:
    arguments = _arguments()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    servers = ("echo", "naive", "async", "flush", "commit")
    if arguments.only:
        servers = tuple(name for name in servers if name in arguments.only.split(","))
    figures = {name: Figures() for name in servers}
    with tempfile.TemporaryDirectory() as folder:
        root = arguments.folder or Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        publish(root / "registry")
        for number in range(arguments.rounds):
            for name in servers:
                one_round(root, name, number, arguments, figures[name])
        show(figures)
        profile = profiled(root)
    show_profile(profile)
    if arguments.json:
        found = {
            name: {k: getattr(f, k) for k in Figures.__dataclass_fields__} for name, f in figures.items()
        }
        arguments.json.write_text(json.dumps({"servers": found, "profile": profile}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="of load, at full and at half speed each")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="of echo, naive, async, flush, commit")
    parser.add_argument("--folder", type=Path, help="keep bundle and databases there for the next run")
    parser.add_argument("--json", type=Path, help="where to put every figure")
    return parser.parse_args()


def one_round(root: Path, name: str, number: int, arguments: argparse.Namespace, into: Figures) -> None:
    """Start the server, load it fully, then half, and end it."""
    with started(root, name, arguments.workers) as (port, master, start_s):
        load(root, port, f"warm-{name}-{number}", 2)
        before = cpu_s(master)
        requests, seconds, p50, p99, failed = load(root, port, f"full-{name}-{number}", arguments.seconds)
        into.cpu_ms.append((cpu_s(master) - before) / max(requests, 1) * 1000)
        into.per_second.append(requests / seconds)
        into.p50_ms.append(p50)
        into.p99_ms.append(p99)
        pause = CONNECTIONS / (0.5 * requests / seconds) * 1000 - p50
        half = load(root, port, f"half-{name}-{number}", arguments.seconds, max(1, round(pause)))
        into.half_p99_ms.append(half[3])
        into.pss_mb.append(statistics.mean(pss_mb(pid) for pid in children(master)))
        into.start_s.append(start_s)
        into.failed += failed + half[4]


@contextmanager
def started(root: Path, name: str, workers: int) -> Iterator[tuple[int, int, float]]:
    """Port, process id of the gunicorn master, and seconds to the first answer."""
    port, environment = free_port(), dict(os.environ)
    command = [sys.executable, "-m", "benchmarks.service_rivals", name, str(port), str(workers)]
    command.append(str(root / "registry"))
    if name in ("async", "flush", "commit"):
        settings = service_settings(root, name)
        fill(settings)
        command = [sys.executable, "-c", "from nba_service.cli import main; main()", "serve"]
        environment |= {
            "NBA_DATABASE_URL": settings.database_url, "NBA_REGISTRY": str(settings.registry),
            "NBA_PORT": str(port), "NBA_WORKERS": str(workers), "NBA_DURABILITY": name,
            "NBA_AUTHENTICATION": "off", "NBA_RATE_ADDRESS_PER_MINUTE": "10000000",
            "NBA_WEB_DEADLINE_MS": "5000",
        }  # fmt: skip
    begun = time.monotonic()
    with (root / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        start_s = first_answer(port, process, root / f"{name}.log") - begun
        yield port, process.pid, start_s
    finally:
        process.terminate()
        process.wait(30)


def service_settings(root: Path, durability: str) -> Any:
    from nba_service.settings import Authentication, Durability, Settings

    return Settings(
        database_url=f"sqlite:///{root}/{durability}.sqlite",
        registry=root / "registry",
        durability=Durability(durability),
        authentication=Authentication.OFF,
        log_level="error",
    )


def first_answer(port: int, process: subprocess.Popen[bytes], log: Path) -> float:
    """When the server first answered a decision; monotonic seconds."""
    body = json.dumps({"customer_id": "c-1"})
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", "/v1/decisions", body, {"Content-Type": "application/json"})
            if connection.getresponse().status == 200:
                return time.monotonic()
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise RuntimeError(f"the server ended with {process.returncode}:\n{log.read_text()[-2000:]}")


def load(
    root: Path, port: int, run: str, seconds: int, pause_ms: int = 0
) -> tuple[int, float, float, float, int]:
    """Requests, seconds, p50 and p99 in ms, failures; ``pause_ms``: after each answer, on each connection."""
    delay = f"function delay() return {pause_ms} end" if pause_ms else ""
    script = root / "load.lua"
    moment = NOON.isoformat().replace("+00:00", "Z")
    script.write_text(SCRIPT % {"customers": CUSTOMERS, "run": run, "time": moment, "delay": delay})
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    said = subprocess.run(
        [*command, "-s", str(script), f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if found is None:
        raise RuntimeError(said)
    requests, micros, p50, p99, failed = map(int, found.groups())
    return requests, micros / 1e6, p50 / 1000, p99 / 1000, failed


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_s(master: int) -> float:
    """User and system seconds of the workers so far."""
    spent = 0
    for pid in children(master):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return spent / TICK


def pss_mb(pid: int) -> float:
    """Memory of a process, what it shares divided by those who share it."""
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return 0.0 if found is None else int(found[1]) / 1024


def profiled(root: Path, repeat: int = 200) -> dict[str, float]:
    """CPU ms of one request in process, and of its parts; medians, parts and whole taking turns."""
    from benchmarks.decide import _steps
    from models.domain.history import to_ms
    from models.policy.decide import decide
    from nba_service.api.decisions.fast_path import accept_decision
    from nba_service.app import create_app
    from nba_service.decisions import decide as module
    from nba_service.http.json_body import dump_json, parse_json

    settings = service_settings(root, "flush")
    fill(settings)
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
        timed("whole request", lambda: _call(app, body))
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
        row = timed("log row", lambda: (module._row(made), dump_json(made.answer)))[0]
        row = replace(row, decision_id=f"stored-{number}")
        timed("store", lambda: store.add_decisions([row], {row.decision_id: module._claim(made)}))

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


def show(figures: dict[str, Figures]) -> None:
    """Medians, with the range of CPU per request."""
    heads = ("requests/s", "p50 ms", "p99 ms", "half p99", "CPU ms", "lowest", "highest", "PSS MB", "start s")
    print(f"\n{'':<8}" + "".join(f"{head:>11}" for head in heads) + f"{'failed':>8}{'echo ÷':>8}")
    echo = statistics.median(figures["echo"].cpu_ms) if "echo" in figures else float("nan")
    for name, found in figures.items():
        columns = [found.per_second, found.p50_ms, found.p99_ms, found.half_p99_ms, found.cpu_ms]
        values = [statistics.median(column) for column in columns]
        values += [min(found.cpu_ms), max(found.cpu_ms), statistics.median(found.pss_mb)]
        values.append(statistics.median(found.start_s))
        numbers = "".join(f"{value:>11.2f}" for value in values)
        print(f"{name:<8}{numbers}{found.failed:>8}{echo / values[4]:>8.3f}")


def show_profile(profile: dict[str, float]) -> None:
    """Medians of the parts, and their shares."""
    print("\none request in process, CPU ms, share of the whole")
    for name, value in profile.items():
        print(f"  {name:<30}{value:>8.3f}{value / profile['whole request']:>8.0%}")


if __name__ == "__main__":
    main()
