"""The e-mail endpoint under load: p99 at half of the maximum, and a burst without any status but 200.

    python -m benchmarks.service.email [--seconds 5] [--burst 10] [--workers 2] [--json FILE]

Needs wrk (apt-get install wrk). Every mail is fetched three times, as tools do, for customers with a past
(``world.py``); HTML is rendered each time. The maximum is measured with 8 connections, then half of it
with pauses, then the burst: ten times as many connections as before and no pauses. Asked for: p99 below
50 ms at half load, no status other than 200 in the burst.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.service.load import CONNECTIONS
from benchmarks.service.servers import started
from benchmarks.service.world import CUSTOMERS, publish

P99_MS: Final = 50.0
FETCHES: Final = 3
SCRIPT: Final = """
local all = {}
function setup(thread) table.insert(all, thread) end
function init(args)
  sent = 0; other = 0; defaults = 0
  wrk.headers["Authorization"] = "Bearer %(key)s"
end
function request()
  local mail = math.floor(sent / %(fetches)d)
  sent = sent + 1
  return wrk.format("GET", "/v1/email/email?locale=de-AT&message_id=%(run)s-" .. mail ..
    "&recipient=c-" .. (mail * 7) %% %(customers)d)
end
function response(status, headers, body)
  if status ~= 200 then other = other + 1 end
  if not string.find(body, '"reason":"DECIDED"', 1, true) then defaults = defaults + 1 end
end
%(delay)s
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), all[1]:get("other"), all[1]:get("defaults"),
    e.connect + e.read + e.write + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """One stretch of load. ``other``: answers that were not 200; ``broken``: connections and time-outs."""

    per_second: float
    p50_ms: float
    p99_ms: float
    other: int
    defaults: int
    broken: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--burst", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        publish(root / "registry")
        with started(root, "commit", arguments.workers) as server:
            port, key = server.port, server.key
            load(root, port, "warm", 3, key=key)
            full = load(root, port, "full", arguments.seconds, key=key)
            pause = round(CONNECTIONS / (0.5 * full.per_second) * 1000 - full.p50_ms)
            half = load(root, port, "half", arguments.seconds, pause_ms=max(1, pause), key=key)
            burst = load(root, port, "burst", arguments.burst, connections=10 * CONNECTIONS, key=key)
    found = {"maximum": full, "half": half, "burst": burst}
    for name, one in found.items():
        print(
            f"{name:8} {one.per_second:7.0f}/s  p50 {one.p50_ms:6.1f} ms  p99 {one.p99_ms:6.1f} ms"
            f"  not 200: {one.other}  defaults: {one.defaults}  broken: {one.broken}"
        )
    print(f"p99 at half load: {half.p99_ms:.1f} ms (asked for: below {P99_MS:g})")
    print(f"burst: {burst.other + burst.broken} answers were not 200 (asked for: none)")
    if arguments.json:
        arguments.json.write_text(json.dumps({name: asdict(one) for name, one in found.items()}) + "\n")


def load(
    root: Path,
    port: int,
    run: str,
    seconds: int,
    *,
    pause_ms: int = 0,
    connections: int = CONNECTIONS,
    key: str | None = None,
) -> Load:
    delay = f"function delay() return {pause_ms} end" if pause_ms else ""
    script = root / "mail.lua"
    values = {"fetches": FETCHES, "run": run, "customers": CUSTOMERS, "delay": delay, "key": key or ""}
    script.write_text(SCRIPT % values)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script)]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", said)
    if found is None:
        raise RuntimeError(said)
    requests, micros, p50, p99, other, defaults, broken = map(int, found.groups())
    return Load(requests / (micros / 1e6), p50 / 1000, p99 / 1000, other, defaults, broken)


if __name__ == "__main__":
    main()
