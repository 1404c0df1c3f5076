"""Load on one server: wrk asks for decisions, each about another customer and with an id of its own."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.service.world import CUSTOMERS, NOON

CONNECTIONS: Final = 8
SCRIPT: Final = """
local threads = 0
local all = {}
function setup(thread) thread:set("id", threads) threads = threads + 1 table.insert(all, thread) end
function init(args)
  sent = 0
  degraded = 0
  wrk.headers["Content-Type"] = "application/json"
  if "%(key)s" ~= "" then wrk.headers["Authorization"] = "Bearer %(key)s" end
end
function request()
  sent = sent + 1
  local key = id .. "-" .. sent
  local body = '{"customer_id":"c-' .. (sent * 7 + id * 131) %% %(customers)d ..
    '","decision_id":"%(run)s-' .. key ..
    '","context":{"locale":"de-AT","device":"mobile","time":"%(time)s"}}'
  return wrk.format("POST", "/v1/decisions", nil, body)
end
function response(status, headers, body)
  if string.find(body, '"degraded":true', 1, true) or string.find(body, '"degraded_by":["', 1, true) then
    degraded = degraded + 1
  end
end
%(delay)s
function done(summary, latency, requests)
  local spoiled = 0
  for _, thread in ipairs(all) do spoiled = spoiled + thread:get("degraded") end
  io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout, spoiled))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one stretch of load.

    ``failed``: answers but 2xx and broken connections; ``degraded``: answers that lack something.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int
    degraded: int


def load(root: Path, port: int, run: str, seconds: int, *, pause_ms: int = 0, key: str | None = None) -> Load:
    """Ask for ``seconds``; ``pause_ms``: after each answer, on each connection."""
    delay = f"function delay() return {pause_ms} end" if pause_ms else ""
    script = root / "load.lua"
    moment = NOON.isoformat().replace("+00:00", "Z")
    values = {"customers": CUSTOMERS, "run": run, "time": moment, "delay": delay, "key": key or ""}
    script.write_text(SCRIPT % values)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    said = subprocess.run(
        [*command, "-s", str(script), f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if found is None:
        raise RuntimeError(said)
    requests, micros, p50, p99, failed, degraded = map(int, found.groups())
    return Load(requests, micros / 1e6, p50 / 1000, p99 / 1000, failed, degraded)
