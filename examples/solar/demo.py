"""`make demo`: the whole product on one laptop, from a generated history to three answered requests.

Runs the same commands that a user types (`nba simulate`, `nba train`, `nba import`, `nba serve`), shows each
before it runs, and keeps what it made in `var/demo`, so that the second start only serves. Every
step that is finished leaves a stamp; a step that was broken off is done again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from models.registry import Registry

HERE = Path(__file__).resolve().parent
ENOUGH_TO_LEARN = 5000  # customers; with fewer, what a policy truly earns drowns in chance
STALE_AFTER = timedelta(days=14)  # one horizon: later, every customer of the history has moved on


def say(text: str = "") -> None:
    print(text, flush=True)  # noqa: T201 (this script's purpose is to print)


def run(command: Sequence[str], env: dict[str, str]) -> None:
    """Show the command as a user would type it, then run it; stop with its exit code if it fails."""
    say(f"\n$ {shlex.join(command)}")
    program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
    finished = subprocess.run(program, env=env, check=False)  # noqa: S603 (our own commands)
    if finished.returncode:
        say(
            f"\n`{command[0]} {command[1]}` ended with exit code {finished.returncode}; "
            "the reason stands above."
        )
        raise SystemExit(finished.returncode)


class Workspace:
    """The folder that the demo fills, and which steps are finished in it."""

    def __init__(self, root: Path, customers: int, seed: int) -> None:
        self.root = root
        self.customers = customers
        self.seed = seed
        self.history = root / "history"
        self.registry = root / "registry"
        self.database = root / "nba.sqlite"
        self.stamps = root / "stamps"

    def fresh(self) -> bool:
        """Is everything here, of the asked size and seed, and recent enough to be decided on?"""
        stamp = self.stamps / "ready.json"
        if not stamp.exists():
            return False
        made = json.loads(stamp.read_text())
        recent = datetime.now(UTC) - datetime.fromisoformat(made["ends_at"]) < STALE_AFTER
        return recent and made["customers"] == self.customers and made["seed"] == self.seed

    def clear(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        self.stamps.mkdir(parents=True)

    def finish(self, ends_at: datetime) -> None:
        made = {"customers": self.customers, "seed": self.seed, "ends_at": ends_at.isoformat()}
        (self.stamps / "ready.json").write_text(json.dumps(made))


def prepare(space: Workspace, env: dict[str, str]) -> None:
    """History, bundle and store; nothing where all three are here already."""
    if space.fresh():
        say(f"Reusing the history, the bundle and the store in {space.root} (`make clean` starts over).")
        return
    space.clear()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    common = ["--seed", str(space.seed)]
    run(
        ["nba", "simulate", "--world", relative(HERE / "simulator.yaml"), "--customers", str(space.customers),
         "--ends-at", today.strftime("%Y-%m-%d"), "--out", relative(space.history), *common],
        env,
    )  # fmt: skip
    run(
        [
            "nba",
            "train",
            "--config",
            relative(HERE / "training.yaml"),
            "--data",
            relative(space.history),
            *common,
        ],
        env,
    )
    registry = Registry(space.registry)
    champion = registry.champion()
    if champion is not None and space.customers >= ENOUGH_TO_LEARN:
        run(
            ["nba", "rollout", "--world", relative(HERE / "simulator.yaml"), "--customers", "1500",
             "--bundle", relative(registry.path(champion))],
            env,
        )  # fmt: skip
    run(["nba", "import", relative(space.history)], env)
    space.finish(today)


def relative(path: Path) -> str:
    """The path as seen from here, if it is below here: what is printed can be copied."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


@contextlib.contextmanager
def service(port: int, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`nba serve`, with the website in front of it, as a child; ended gracefully however we leave."""
    shop = relative(HERE / "shop.py")
    say(f"\n$ python {shop}    # `nba serve`, and the website")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            say(f"Something listens on port {port} already. End it, or choose another with --port.")
            raise SystemExit(1)
    child = subprocess.Popen([sys.executable, shop], env=env, start_new_session=True)  # noqa: S603
    try:
        wait_until_ready(child, port)
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=20)
        if child.poll() is None:
            child.kill()


def wait_until_ready(child: subprocess.Popen[bytes], port: int, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if child.poll() is not None:
            say(f"The service ended with exit code {child.returncode}; the reason stands above.")
            raise SystemExit(child.returncode or 1)
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    say(f"The service was not ready after {seconds:.0f} s; `nba doctor` says what is missing.")
    raise SystemExit(1)


def someone_in(space: Workspace, phase: str, since: str, gone: Sequence[str], consent: str) -> list[str]:
    """Customers of the history whose latest move is `since` and who agreed to `consent`, latest first."""
    query = """
        SELECT c.customer_id, max(i.occurred_at) FILTER (i.touchpoint = $since) AS entered
        FROM read_parquet($interactions) i JOIN read_parquet($customers) c USING (customer_id)
        WHERE json_extract_string(c.consent, '$.' || $consent) = 'true'
        GROUP BY 1
        HAVING entered IS NOT NULL
           AND count(*) FILTER (list_contains($gone, i.touchpoint)) = 0
        ORDER BY entered DESC, 1 LIMIT 20
    """
    rows = duckdb.execute(
        query,
        {
            "since": since,
            "gone": list(gone),
            "consent": consent,
            "interactions": str(space.history / "interactions.parquet"),
            "customers": str(space.history / "customers.parquet"),
        },
    ).fetchall()
    return [row[0] for row in rows]


def make_key(env: dict[str, str]) -> str:
    """A key that may do everything in this demo; the one of the last start is revoked."""
    scopes = ["--scope", "decide", "--scope", "track", "--scope", "read", "--scope", "admin"]
    command = ["nba", "keys", "create", "demo", *scopes, "--rotate"]
    say(f"\n$ {shlex.join(command)}")
    program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
    made = subprocess.run(program, env=env, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603
    if made.returncode:
        raise SystemExit(made.returncode)
    key = made.stdout.split()[-1]
    say(f"# The demo's key, for your own shell:\nexport NBA_API_KEY={key}")
    return key


def make_site_key(port: int, env: dict[str, str]) -> str:
    """The key that stands in the pages of the website, for its slots and its address only."""
    origins = [f"--origin=http://{host}:{port}" for host in ("127.0.0.1", "localhost")]
    slots = [f"--placement={name}" for name in ("hero", "sidebar", "advice")]
    command = ["nba", "keys", "create", "site", "--publishable", *origins, *slots, "--rotate"]
    say(f"\n$ {shlex.join(command)}")
    program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
    made = subprocess.run(program, env=env, check=False, stdout=subprocess.PIPE, text=True)  # noqa: S603
    if made.returncode:
        raise SystemExit(made.returncode)
    return made.stdout.split()[-1]


@dataclass(frozen=True)
class Api:
    """Where the service listens, and the key that opens it."""

    port: int
    key: str


def ask(api: Api, body: dict[str, Any], path: str = "decisions") -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{api.port}/v1/{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {api.key}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own service)
            result: dict[str, Any] = json.load(answer)
            return result
    except urllib.error.HTTPError as error:
        say(f"The service answered {error.code}: {error.read().decode()}")
        raise SystemExit(1) from error


def show(api: Api, title: str, body: dict[str, Any]) -> dict[str, Any]:
    """Print the request as a `curl` line that can be pasted, and what it answers."""
    say(f"\n── {title}")
    url = f"http://127.0.0.1:{api.port}/v1/decisions"
    say(f"curl -s {url} -H \"Authorization: Bearer $NBA_API_KEY\" -H 'Content-Type: application/json' \\")
    say(f"  -d {shlex.quote(json.dumps(body))}")
    answer = ask(api, body)
    say(json.dumps(answer, indent=2, ensure_ascii=False))
    return answer


def office_hours(now: datetime) -> datetime:
    """The last moment, at or before now, when nobody is asleep: a mail asked for at night gets nothing."""
    today = now.replace(hour=9, minute=0, second=0, microsecond=0)
    return now if 9 <= now.hour < 17 else today if now.hour >= 17 else today - timedelta(days=1)


def show_stranger(api: Api) -> None:
    """Nothing is known but what this visit shows: the savings calculator, a minute ago."""
    a_minute_ago = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {
        "customer_id": "visitor-1",
        "placements": ["hero", "sidebar"],
        "profile": {"attributes": {"home_owner": True}, "consent": {"personalization": True}},
        "interactions": [
            {"occurred_at": a_minute_ago, "channel": "website", "touchpoint": "savings_calculator"}
        ],
        "context": {"locale": "en"},
    }
    show(api, "A stranger on the website", body)


def show_known(space: Workspace, api: Api) -> None:
    """Somebody who compares offers and somebody who owns panels, each from the history."""
    at = office_hours(datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    bought = ["contract_opened", "contract_signed"]
    evaluating = "A customer in active evaluation, by e-mail"
    owner = "An owner in the loyalty phase, in the app"
    cases = [
        (evaluating, "active_evaluation", "quote_requested", bought, "email", "email", "de-AT"),
        (owner, "loyalty", "first_year_review", [], "app", "personalization", "en"),
    ]
    for title, phase, since, gone, channel, consent, locale in cases:
        bodies = [
            {"customer_id": customer, "channels": [channel], "context": {"locale": locale, "time": at}}
            for customer in someone_in(space, phase, since, gone, consent)
        ]
        chosen = next((body for body in bodies if is_telling(api, body, phase)), None)
        if chosen is None:
            say(f"\n── {title}: nobody in this history is in {phase} today; ask for more with --customers.")
        else:
            show(api, title, chosen)


def is_telling(api: Api, body: dict[str, Any], phase: str) -> bool:
    """Is the customer in that phase, and is more to be seen than that nothing may be sent today?

    Asked of the explanations, which count and store nothing.
    """
    answer = ask(api, body, "explanations")
    return bool(answer["phase"]["name"] == phase and answer["actions"][0]["action"] != "nothing")


def environment(space: Workspace, port: int) -> dict[str, str]:
    own = {
        "NBA_HOST": "127.0.0.1",
        "NBA_PORT": str(port),
        "NBA_REGISTRY": relative(space.registry),
        "NBA_FACTS": relative(HERE / "facts.py"),
        "NBA_DATABASE_URL": f"sqlite:///{relative(space.database)}",
    }
    say("# The demo's settings, for your own shell:")
    say("export " + " ".join(f"{name}={value}" for name, value in own.items()))
    return {**os.environ, **own}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=int(os.environ.get("NBA_PORT", "8000")))
    parser.add_argument("--customers", type=int, default=int(os.environ.get("NBA_DEMO_CUSTOMERS", "20000")))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--root", type=Path, default=Path(os.environ.get("NBA_DEMO_ROOT", "var/demo")))
    parser.add_argument(
        "--once", action="store_true", help="end after the three answers instead of serving on"
    )
    given = parser.parse_args()

    started = time.monotonic()
    space = Workspace(given.root, given.customers, given.seed)
    env = environment(space, given.port)
    try:
        prepare(space, env)
        api = Api(given.port, make_key(env))
        env["NBA_DEMO_SITE_KEY"] = make_site_key(given.port, env)
        with service(given.port, env) as child:
            show_stranger(api)
            show_known(space, api)
            say(f"\nReady after {time.monotonic() - started:.0f} s. API: http://127.0.0.1:{given.port}/docs")
            say(f"The solar company's website: http://127.0.0.1:{given.port}/site/")
            say("Ctrl-C ends it.")
            if not given.once:
                child.wait()
    except KeyboardInterrupt:
        say("\nEnded.")


if __name__ == "__main__":
    main()
