"""Load on one server: wrk asks for decisions, each about another customer and with an id of its own."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.service.world import CUSTOMERS, NOON

CONNECTIONS: Final = 8
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
