"""`make demo`: the whole product on one laptop, from a made-up history to three answered requests.

Runs the commands that a user types (`nba simulate`, `nba train`, `nba import`, `nba rollout`, `nba serve`)
and keeps what they made and printed in `var/demo`, so that the second start only serves. What it prints
itself is one screen: what was learned, what it earns, three answers, and where to look next.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
from working_days import office_hours

from models.registry import Registry

HERE: Final = Path(__file__).resolve().parent
ENOUGH_TO_LEARN: Final = 5000  # customers; with fewer, what a policy truly earns drowns in chance
STALE_AFTER: Final = timedelta(days=14)  # one horizon: later, every customer of the history has moved on
SCOPES: Final = ("decide", "track", "read", "admin")
CONSOLE_SCOPES: Final = ("console", "read", "rules", "admin")


def say(text: str = "") -> None:
    print(text, flush=True)  # noqa: T201 (this script's purpose is to print)


@dataclass(frozen=True)
class Step:
    """A command of ours, as a user types it, and what the line about it says."""

    does: str
    command: tuple[str, ...]

    def start(self, space: Workspace, env: Mapping[str, str]) -> Running:
        log = space.logs / f"{Path(self.command[1]).stem}.txt"
        program = [str(Path(sys.executable).parent / self.command[0]), *self.command[1:]]
        with log.open("w") as out:
            out.write(f"$ {shlex.join(self.command)}\n")
            out.flush()
            process = subprocess.Popen(program, env=env, stdout=out, stderr=subprocess.STDOUT)  # noqa: S603
        return Running(self, process, log, time.monotonic())


@dataclass(frozen=True)
class Running:
    """A command under way, with what it prints in a file."""

    step: Step
    process: subprocess.Popen[bytes]
    log: Path
    begun: float

    def finish(self, *, meanwhile: bool = False) -> str:
        """Wait for it, saying on a terminal how long it has taken; what it printed.

        ``meanwhile``: it ran next to another, whose line speaks of both.
        """
        try:
            while self.process.poll() is None:
                if sys.stdout.isatty() and not meanwhile:
                    print(f"\r  {self.step.does:<58} {self._seconds():>4} s", end="", flush=True)  # noqa: T201
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(1)
        except BaseException:
            self.process.terminate()
            raise
        printed = self.log.read_text()
        if self.process.returncode:
            say(f"\n{printed}\n`{shlex.join(self.step.command[:2])}` ended with exit code "
                f"{self.process.returncode}; the reason stands above.")  # fmt: skip
            raise SystemExit(self.process.returncode)
        if not meanwhile:
            say(f"{chr(13) if sys.stdout.isatty() else ''}  {self.step.does:<58} {self._seconds():>4} s")
        return printed

    def _seconds(self) -> str:
        return f"{time.monotonic() - self.begun:.0f}"


class Workspace:
    """The folder that the demo fills, and what is finished in it."""

    def __init__(self, root: Path, customers: int, seed: int) -> None:
        self.root = root
        self.customers = customers
        self.seed = seed
        self.history = root / "history"
        self.registry = root / "registry"
        self.database = root / "nba.sqlite"
        self.logs = root / "logs"
        self.stamp = root / "ready.json"

    def made(self) -> dict[str, Any] | None:
        """What the last start made, if it is of the asked size and seed, and recent enough."""
        if not self.stamp.exists():
            return None
        made: dict[str, Any] = json.loads(self.stamp.read_text())
        recent = datetime.now(UTC) - datetime.fromisoformat(made["ends_at"]) < STALE_AFTER
        return made if recent and (made["customers"], made["seed"]) == (self.customers, self.seed) else None

    def clear(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        self.logs.mkdir(parents=True)

    def finish(self, made: Mapping[str, Any]) -> None:
        self.stamp.write_text(json.dumps({"customers": self.customers, "seed": self.seed, **made}))

    def secret(self) -> str:
        """What the website signs its visitors' names with; made once."""
        path = self.root / "identity-secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text()


def prepare(space: Workspace, env: Mapping[str, str]) -> dict[str, Any]:
    """History, bundle and store, made where they are not here already; what there is to say of them."""
    made = space.made()
    if made is not None:
        say(f"The solar company of the last start, in {relative(space.root)} (`make clean` starts over).")
        return made
    say("A solar company's year, made up and learned from: about four minutes on two cores, then seconds.")
    space.clear()
    world, history = relative(HERE / "simulator.yaml"), relative(space.history)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    seed = ("--seed", str(space.seed))
    size = ("--customers", str(space.customers))
    ends_at = ("--ends-at", today.strftime("%Y-%m-%d"))
    simulate = ("nba", "simulate", "--world", world, *size, *ends_at, "--out", history, *seed)
    config = relative(HERE / "training.yaml")
    train = ("nba", "train", "--config", config, "--data", history, *seed)
    Step(f"a history of {space.customers:,} customers", simulate).start(space, env).finish()
    # Both only read the history, so they share the cores.
    with_journey = {**env, "NBA_JOURNEY": relative(HERE / "journey.yaml")}
    stored = Step("the history into the store", ("nba", "import", history)).start(space, with_journey)
    try:
        learned = Step("what moves customers learned, the history stored", train).start(space, env).finish()
        stored.finish(meanwhile=True)
    finally:
        stored.process.terminate()
    _experiment(space, world, ends_at, env)
    measured = Step("what happened, measured for the console", ("nba", "rollup")).start(space, env)
    try:
        made = {"ends_at": today.isoformat(), "gate": _gate(learned), "earns": _earns(space, world, env)}
        measured.finish(meanwhile=bool(made["earns"]))
    finally:
        measured.process.terminate()
    space.finish(made)
    return made


def _experiment(space: Workspace, world: str, ends_at: Sequence[str], env: Mapping[str, str]) -> None:
    """Control arms, a challenger and a shadow for the console to read, decided by the service itself."""
    customers = str(max(space.customers * 6 // 100, 60))
    script = ("python", str(HERE / "experiment.py"), "--world", world, "--customers", customers)
    command = (*script, *ends_at, "--seed", str(space.seed))
    quiet = {**env, "NBA_LOG_LEVEL": "error", "NBA_JOURNAL": str(space.root / "journal")}
    Step("six weeks that the service decided, with a challenger", command).start(space, quiet).finish()


def _gate(printed: str) -> str:
    """How many checks the bundle passed."""
    gate = printed.partition("\nGate, compared with")[2]
    results = re.findall(r"^  [a-z_]+ +(passed|REFUSED) ", gate, re.MULTILINE)
    return f"{results.count('passed')} of {len(results)} checks passed"


def _earns(space: Workspace, world: str, env: Mapping[str, str]) -> str:
    """What the bundle earns in the company that made the history, next to playbook and planner."""
    registry = Registry(space.registry)
    champion = registry.champion()
    if champion is None or space.customers < ENOUGH_TO_LEARN:
        return ""
    bundle = relative(registry.path(champion))
    command = ("nba", "rollout", "--world", world, "--customers", "1500", "--bundle", bundle)
    table = Step("its decisions tried in that company, figures summed up", command).start(space, env).finish()
    found = {
        name: re.search(rf"^{re.escape(name)} +([\d.]+) ± *[\d.]+ +(-?[\d.]+) ±", table, re.MULTILINE)
        for name in ("playbook", "ours: journey value", "planner (sees the truth)")
    }
    playbook, ours, planner = found.values()
    if not (playbook and ours and planner):
        return ""
    return (
        f"It earns {float(ours[1]):.0f} EUR per customer and year; the company's own playbook earns "
        f"{float(playbook[1]):.0f}, and a planner\nwho knows the truth {float(planner[1]):.0f}. "
        f"That is {float(ours[2]):.0%} of the way from chance to the planner."
    )


def relative(path: Path) -> str:
    """The path as seen from here, if it is below here: what is printed can be copied."""
    with contextlib.suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)


@contextlib.contextmanager
def service(space: Workspace, port: int, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`nba serve`, with the website in front of it, as a child; ended gracefully however we leave."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            say(f"Something listens on port {port} already. End it, or use another: NBA_PORT=8001 make demo")
            raise SystemExit(1)
    space.logs.mkdir(exist_ok=True)
    log = space.logs / "serve.txt"
    with log.open("w") as out:
        shop = [sys.executable, str(HERE / "shop.py")]
        child = subprocess.Popen(shop, env=env, start_new_session=True, stdout=out, stderr=out)  # noqa: S603
    try:
        wait_until_ready(child, log, port)
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=20)
        if child.poll() is None:
            child.kill()


def wait_until_ready(child: subprocess.Popen[bytes], log: Path, port: int, seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if child.poll() is not None:
            say(f"{log.read_text()}\nThe service ended with exit code {child.returncode}: see above.")
            raise SystemExit(child.returncode or 1)
        with (
            contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    say(f"The service was not ready after {seconds:.0f} s; {relative(log)} and `nba doctor` say why.")
    raise SystemExit(1)


def someone_in(space: Workspace, since: str, gone: Sequence[str], consent: str) -> list[str]:
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


def make_key(name: str, options: Sequence[str], env: Mapping[str, str]) -> str:
    """A key of that name; the one of the last start is revoked."""
    program = [str(Path(sys.executable).parent / "nba"), "keys", "create", name, *options, "--rotate"]
    made = subprocess.run(program, env=env, check=False, capture_output=True, text=True)  # noqa: S603
    if made.returncode:
        say(made.stderr)
        raise SystemExit(made.returncode)
    return made.stdout.split()[-1]


def site_options(port: int) -> list[str]:
    """Of the key that stands in the pages of the website: for its slots and its address only."""
    origins = [f"--origin=http://{host}:{port}" for host in ("127.0.0.1", "localhost")]
    return ["--publishable", *origins, *(f"--placement={name}" for name in ("hero", "sidebar", "advice"))]


@dataclass(frozen=True)
class Api:
    """Where the service listens, and the key that opens it."""

    port: int
    key: str
    answers: Path  # the file that keeps requests and whole answers

    def ask(self, body: Mapping[str, Any], path: str = "decisions") -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own service)
                result: dict[str, Any] = json.load(answer)
                return result
        except urllib.error.HTTPError as error:
            say(f"The service answered {error.code}: {error.read().decode()}")
            raise SystemExit(1) from error

    def show(self, title: str, body: Mapping[str, Any]) -> None:
        """One line for each action of the answer; request and whole answer go to the file."""
        answer = self._undegraded(body)
        url = f"http://127.0.0.1:{self.port}/v1/decisions"
        headers = "-H \"Authorization: Bearer $NBA_API_KEY\" -H 'Content-Type: application/json'"
        curl = f"curl -s {url} {headers} \\\n  -d {shlex.quote(json.dumps(body))}"
        with self.answers.open("a") as out:
            out.write(f"# {title}\n{curl}\n{json.dumps(answer, indent=2, ensure_ascii=False)}\n\n")
        say(f"  {title}")
        for action in answer["actions"]:
            say(f"    {sentence(action)}")

    def _undegraded(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer; on a busy machine a worker's very first one may be made without the store."""
        answer = self.ask(body)
        for _ in range(5):
            if not answer["degraded"]:
                break
            time.sleep(0.5)
            answer = self.ask(body)
        return answer


def sentence(action: Mapping[str, Any]) -> str:
    """An action of an answer as a person reads it."""
    if action["action"] == "nothing":
        ruled_out = "NOTHING_ELIGIBLE" in action["reasons"]
        return "nothing: the rules leave no other choice" if ruled_out else "nothing: that is worth most here"
    value, place = action["value"], action["placement"] or action["channel"]
    title = (action.get("content") or {}).get("title", "")
    gain = f"{value['over_nothing']:+.2f} EUR compared with doing nothing"
    if "EXPLORATION" in action["reasons"]:
        gain += f"; drawn to learn from, one time in {1 / action['action_probability']:.0f}"
    return f"{place}: “{title}” ({action['action']}), {gain}"


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
    api.show("visitor-1 has just used the savings calculator; nothing else is known:", body)


def show_known(space: Workspace, api: Api) -> str:
    """Somebody who compares offers and somebody who owns panels; the id of the first, or of nobody."""
    at = office_hours(datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    bought = ["contract_opened", "contract_signed"]
    cases = [
        (
            "compares offers, by e-mail",
            "active_evaluation",
            "quote_requested",
            bought,
            "email",
            "email",
        ),
        ("owns panels, in the app", "loyalty", "first_year_review", [], "app", "personalization"),
    ]
    shown = []
    for title, phase, since, gone, channel, consent in cases:
        bodies = [
            {"customer_id": customer, "channels": [channel], "context": {"locale": "en", "time": at}}
            for customer in someone_in(space, since, gone, consent)
        ]
        chosen = next((body for body in bodies if is_telling(api, body, phase)), None)
        if chosen is None:
            say(f"  Nobody in this history is in {phase} today; ask for more: NBA_DEMO_CUSTOMERS=20000")
        else:
            shown.append(str(chosen["customer_id"]))
            api.show(f"{chosen['customer_id']} {title}:", chosen)
    return shown[0] if shown else "visitor-1"


def is_telling(api: Api, body: Mapping[str, Any], phase: str) -> bool:
    """Is the customer in that phase, and is more to be seen than that nothing may be sent today?

    Asked of the explanations, which count and store nothing.
    """
    answer = api.ask(body, "explanations")
    return bool(answer["phase"]["name"] == phase and answer["actions"][0]["action"] != "nothing")


def settings(space: Workspace, port: int) -> dict[str, str]:
    return {
        "NBA_HOST": os.environ.get("NBA_DEMO_HOST", "127.0.0.1"),
        "NBA_PORT": str(port),
        "NBA_REGISTRY": relative(space.registry),
        "NBA_FACTS": relative(HERE / "facts.py"),
        "NBA_DATABASE_URL": f"sqlite:///{relative(space.database)}",
    }


def write_settings(space: Workspace, own: Mapping[str, str], key: str) -> Path:
    """The shell's settings and key, in a file to be sourced; from any folder, with ``nba`` on the path."""
    shell = space.root / "env.sh"
    anywhere = {
        **own,
        "NBA_REGISTRY": str(space.registry.resolve()),
        "NBA_FACTS": str(HERE / "facts.py"),
        "NBA_DATABASE_URL": f"sqlite:///{space.database.resolve()}",
        "NBA_API_KEY": key,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in anywhere.items()]
    day = office_hours(datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines.append(f"export OFFICE_HOURS={day}    # now or, at night and at weekends, the last moment of work")
    lines.append(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')
    shell.touch(mode=0o600)
    shell.write_text("\n".join(lines) + "\n")
    return shell


def what_next(space: Workspace, api: Api, own: Mapping[str, str], someone: str) -> None:
    """Addresses, and what to try first."""
    shell = write_settings(space, own, api.key)
    home = f"http://127.0.0.1:{api.port}"
    say(f"\nStart page  {home}/   website  {home}/site/   API  {home}/docs")
    say(f"A guided journey, from a mail to a dashboard of your own: {home}/guided/mail")
    say(f"Whole answers: {relative(api.answers)}   logs: {relative(space.logs)}   report: "
        f"{relative(space.root / 'reports')}")  # fmt: skip
    say("Now try, in a second terminal:")
    say(f"  . {relative(shell)}    # settings, key, and nba on your path")
    say(f"  nba explain --customer {someone} --text en    # why, in words for the customer")
    say("  ${EDITOR:-vi} examples/solar/journey.yaml    # change a rule, a limit or a price ...")
    say("  nba rehearse --journey examples/solar/journey.yaml    # ... and see what it would change")
    say(f"  nba train --config examples/solar/training.yaml --data {relative(space.history)}")


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
    own = settings(space, given.port)
    env = {**os.environ, **own}
    try:
        made = prepare(space, env)
        say(f"Before a new model decides, it is checked: {made['gate']}.")
        if made["earns"]:
            say(made["earns"])
        key = make_key("demo", [f"--scope={scope}" for scope in SCOPES], env)
        api = Api(given.port, key, space.root / "answers.txt")
        api.answers.write_text("")
        looks = make_key("console", [f"--scope={scope}" for scope in CONSOLE_SCOPES], env)
        env["NBA_DEMO_SITE_KEY"] = make_key("site", site_options(given.port), env)
        env["NBA_DEMO_SERVER_KEY"] = make_key("guided", [f"--scope={scope}" for scope in SCOPES], env)
        env["NBA_DEMO_PEOPLE"] = str(space.root / "guided.sqlite")
        env["NBA_IDENTITY_SECRET"] = space.secret()
        with service(space, given.port, env) as child:
            say("Three answers:")
            show_stranger(api)
            what_next(space, api, own, show_known(space, api))
            say(f"Console: http://127.0.0.1:{given.port}/console    sign in with {looks}")
            say(f"Ready after {time.monotonic() - started:.0f} s. Ctrl-C ends it.")
            if not given.once:
                child.wait()
    except KeyboardInterrupt:
        say("\nEnded.")


if __name__ == "__main__":
    main()
