"""Four newcomers, each with the docs alone: the commands of their pages, in order, in one shell.

    make newcomers                                      all four, each on a fresh clone with an empty HOME
    python -m tests.e2e.newcomers website operator      some of them

Knows which sections each one follows and what their own first result is; the commands themselves are read
from the pages, so a page that no longer works fails here. Ports and /srv are moved to free places; nothing
else is changed. `test_newcomers.py` plays the same with this environment and a small history.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CHROMIUM: Final = Path("/usr/bin/chromium")
PERSON: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
CLEAN: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
FIRST_TERMINAL: Final = "make demo"
MARK: Final = "== step"


def sections(page: str, *headings: str, languages: str = "bash") -> list[str]:
    """The command blocks of some sections of a page; of the whole page if none are named."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if headings:
        parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
        found = dict(zip(parts[1::2], parts[2::2], strict=True))
        text = "\n".join(found[heading] for heading in headings)
    return re.findall(rf"^```(?:{languages})\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(block: str) -> int:
    """How many commands a reader types: lines that begin one, not what continues or fills it."""
    number, waits_for, quoted = 0, "", False
    for line in block.splitlines():
        if waits_for:
            waits_for = "" if line == waits_for else waits_for
            continue
        number += bool(line.strip()) and not quoted
        quoted ^= line.split(" # ")[0].count("'") % 2 == 1
        if (found := re.search(r"<<'?(\w+)'?", line)) and not quoted:
            waits_for = found[1]
    return number


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a newcomer works: a clone, the folder that is /srv, and free ports for those of the pages."""

    clone: Path
    srv: Path
    ports: Mapping[str, int]

    def here(self, text: str) -> str:
        """A command or address of a page, moved to this place."""
        text = text.replace("/srv/", f"{self.srv}/")
        return re.sub(r"\b(8000|8001|8100)\b", lambda found: str(self.ports[found[1]]), text)


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody who comes for the first time.

    ``blocks``: what they type, block by block. ``brings``: writes what they have of their own. ``clicks``: in
    a browser, while their shell waits. ``result``: what they hold in the end, in one sentence; raises where
    they do not. ``ends_demo``: they need its port.
    """

    name: str
    does: str
    blocks: Callable[[], list[str]]
    result: Callable[[Place, str], str]
    brings: Callable[[Place], None] = lambda place: None
    clicks: Callable[[Place], str] | None = None
    ends_demo: bool = False


@dataclass(kw_only=True)
class Story:
    """How it went."""

    commands: int = 0
    clicks: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    demo_seconds: float = 0.0
    said: str = ""
    result: str = ""


def tell(
    newcomer: Newcomer, place: Place, env: Mapping[str, str], change: Callable[[str], str] = str
) -> Story:
    """Play one newcomer's second terminal to the end; ``change`` adapts a block to where it is played."""
    blocks = [block for block in newcomer.blocks() if block.strip() != FIRST_TERMINAL]
    newcomer.brings(place)
    wait = place.clone / "var" / "clicked"
    script = ["set -e", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"]
    for number, block in enumerate(blocks, start=1):
        script += [f"printf '\\n{MARK} {number}\\n'", change(place.here(block))]
    if newcomer.clicks is not None:
        script.append(f"printf '\\n{MARK} 0\\n'; until [ -e {wait} ]; do sleep 0.2; done")
    begun = time.monotonic()
    story = Story(commands=sum(map(commands, blocks)))
    with tempfile.TemporaryFile("w+") as out:
        shell = subprocess.Popen(
            ["bash", "-c", "\n".join(script)], cwd=place.clone, env=dict(env), stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip

        def said() -> str:
            out.seek(0)
            return out.read()

        try:
            if newcomer.clicks is not None:
                while f"{MARK} 0" not in said():
                    assert shell.poll() is None, said()
                    time.sleep(0.2)
                story.said = newcomer.clicks(place)
                story.clicks = 3
                wait.touch()
            code = shell.wait(timeout=1800)
        finally:
            with_children(shell, signal.SIGTERM)
            wait.unlink(missing_ok=True)
        printed = said()
    assert code == 0, f"{newcomer.name}: the shell ended with {code}\n{printed[-6000:]}"
    story.said += printed
    story.seconds = time.monotonic() - begun
    story.result = newcomer.result(place, story.said)
    return story


def with_children(process: subprocess.Popen[bytes] | subprocess.Popen[str], signal_number: int) -> None:
    """Signal a process and all that it started, if they are still there."""
    try:
        os.killpg(process.pid, signal_number)
    except ProcessLookupError:
        return


# A website developer: a page of their own.


def website_blocks() -> list[str]:
    return sections("docs/quickstart/websites.md", "Before you begin", "A page of your own")


def look_at_the_page(place: Place) -> str:
    """Open the page, click as it says, reload; the headline that is there then."""
    from playwright.sync_api import sync_playwright

    page_text = (ROOT / "docs/quickstart/websites.md").read_text(encoding="utf-8")
    (address, label) = re.findall(r"Open `(http://[^`]+)`\. Click \*\*(.+?)\*\* and reload", page_text)[0]
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as browsers:
        chromium = browsers.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        for _ in range(12):  # another private window is another visitor
            page = chromium.new_context(user_agent=PERSON).new_page()
            page.goto(place.here(address))
            page.wait_for_timeout(1500)
            page.get_by_text(label).click()
            page.wait_for_timeout(500)
            page.reload()
            page.wait_for_timeout(2500)
            headline = page.locator("nba-slot h1").inner_text()
            if headline != "My own headline":
                return f"headline: {headline}\n"
        return "headline: My own headline\n"


def slot_is_shown(_: Place, said: str) -> str:
    headline = re.search(r"^headline: (.+)$", said, re.MULTILINE)
    assert headline is not None
    assert headline[1] != "My own headline"
    return f"the slot of the own page shows “{headline[1]}”"


# An e-mail marketer: a list of their own.


def email_blocks() -> list[str]:
    blocks = sections("docs/quickstart/email.md", "Before you begin", "A list of your own")
    own = next(line for line in blocks[-1].splitlines() if line.startswith("nba decide"))
    return [*blocks, own.replace("audience.csv", "own.csv").replace("newsletter-48", "spring")]


def bring_a_list(place: Place) -> None:
    rows = [f"c-{number:06};Jürgen {number};jürgen{number}@example.org" for number in range(1, 26)]
    text = "\n".join(["external_id;Vorname;Adresse", *rows]) + "\n"
    (place.clone / "var").mkdir(exist_ok=True)
    (place.clone / "var/own.csv").write_text(text, encoding="cp1252")


def list_is_written(place: Place, _: str) -> str:
    with (place.clone / "var/spring.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Vorname"] for row in rows] == [f"Jürgen {number}" for number in range(1, 26)]
    assert all(row["NBA_TITLE"] and row["NBA_DECISION_ID"] for row in rows)
    chosen = sum(row["NBA_REASON"] not in ("NOTHING", "") for row in rows)
    assert chosen > 0, rows[:3]
    return f"the own list of {len(rows)} has a text for each, {chosen} of them decided for the person"


# A data scientist: a file of their own.


def data_blocks() -> list[str]:
    page = "docs/quickstart/data-scientists.md"
    experiment = sections(page, "Before you begin", "Your own CSV: an experiment")
    return experiment + sections(page, "Your own CSV: a history of contacts", languages="sh")


def bring_a_file(place: Place) -> None:
    """A German mailing list of a year: each mail drawn with a third."""
    draws = random.Random(11)  # noqa: S311 (data of a test)
    rows = ["Kundennr;Versandt;Kampagne;Wahrscheinlichkeit;probability;Bestellt"]
    for number in range(3000):
        sent = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(hours=2 * number)
        campaign = draws.choice(["Frühjahr", "Garten", "keine"])
        share = {"Frühjahr": 0.12, "Garten": 0.2, "keine": 0.04}[campaign]
        ordered = "ja" if draws.random() < share else "nein"
        rows.append(f"K{draws.randrange(900)};{sent:%d.%m.%Y %H:%M};{campaign};hoch;0.333333;{ordered}")
    folder = place.clone / "var" / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mailings.csv").write_text("\n".join(rows) + "\n", encoding="cp1252")


def own_file_is_compared(place: Place, said: str) -> str:
    compared = said[said.rindex("decisions of ") - 200 :]
    assert re.search(r"\d decisions of \d+ customers", compared), said[-3000:]
    assert "The log cannot tell which earns more" not in compared, compared
    assert list((place.clone / "var/mine/registry/bundles").iterdir())
    arms = re.search(r"Mens E-Mail .*the control|Mens E-Mail +[\d,]+ +[\d.]+ +([+-][\d.]+)", said)
    assert arms is not None
    earned = re.search(r"^(.*(?:earn|worth).*)$", compared, re.MULTILINE)
    return f"own CSV trained and compared: {earned[1].strip()[:160] if earned else 'see the table'}"


# An operator: a service of their own, backed up and restored elsewhere.


def operator_blocks() -> list[str]:
    deploy = sections("deploy/README.md", "One machine, without containers")
    return [*deploy, *sections("docs/how-to/back-up-and-restore.md", "SQLite", "Restore")]


def restored_and_replayed(place: Place, said: str) -> str:
    assert (place.srv / "restored/nba.sqlite").exists()
    replayed = re.findall(r"^.*\bidentical\b.*$", said, re.MULTILINE)
    assert '"identical":true' in said, said[-3000:]
    assert any("0 different" in line for line in replayed), replayed
    return "restored in another folder; nba replay: all identical, and the same key opens it"


NEWCOMERS: Final = {
    one.name: one
    for one in (
        Newcomer(name="website", does="a website developer", blocks=website_blocks, clicks=look_at_the_page,
                 result=slot_is_shown),
        Newcomer(name="email", does="an e-mail marketer", blocks=email_blocks, brings=bring_a_list,
                 result=list_is_written),
        Newcomer(name="data", does="a data scientist", blocks=data_blocks, brings=bring_a_file,
                 result=own_file_is_compared),
        Newcomer(name="operator", does="an operator", blocks=operator_blocks, result=restored_and_replayed,
                 ends_demo=True),
    )
}  # fmt: skip


def free_ports() -> dict[str, int]:
    """A free port for each that the pages name."""
    sockets = {name: socket.socket() for name in ("8000", "8001", "8100")}
    for one in sockets.values():
        one.bind(("127.0.0.1", 0))
    found = {name: int(one.getsockname()[1]) for name, one in sockets.items()}
    for one in sockets.values():
        one.close()
    return found


@contextmanager
def first_terminal(place: Place, env: Mapping[str, str]) -> Iterator[float]:
    """`make demo`, left running; how long it took until it was ready."""
    log = place.clone.parent / "demo.txt"
    begun = time.monotonic()
    with log.open("wb") as out:
        demo = subprocess.Popen(
            ["bash", "-c", FIRST_TERMINAL], cwd=place.clone, stdout=out, stderr=out, start_new_session=True,
            env={**env, "NBA_PORT": str(place.ports["8000"])},
        )  # fmt: skip
    try:
        while "Ready after" not in log.read_text():
            assert demo.poll() is None, log.read_text()
            time.sleep(0.5)
        yield time.monotonic() - begun
    finally:
        with_children(demo, signal.SIGINT)
        try:
            demo.wait(timeout=60)
        except subprocess.TimeoutExpired:
            with_children(demo, signal.SIGKILL)


def visit(newcomer: Newcomer, folder: Path) -> Story:
    """One newcomer in a folder of their own: fresh clone, empty HOME, nothing of this environment."""
    home = folder / "home"
    home.mkdir(parents=True)
    begun, cpu = time.monotonic(), cpu_of_children()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "nba")], check=True)
    cloned = time.monotonic() - begun
    place = Place(clone=folder / "nba", srv=folder / "srv", ports=free_ports())
    given = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "NBA_DEMO_"))}
    env = {**CLEAN, "HOME": str(home), **given}
    with first_terminal(place, env) as ready:
        if not newcomer.ends_demo:
            story = tell(newcomer, place, env)
    if newcomer.ends_demo:
        story = tell(newcomer, place, env)
    story.demo_seconds = ready
    story.cpu_seconds = cpu_of_children() - cpu
    story.commands += 2  # git clone, make demo
    story.seconds += cloned + ready
    return story


def cpu_of_children() -> float:
    """CPU seconds of everything that this process started and that has ended."""
    times = os.times()
    return times.children_user + times.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description="Play newcomers with the docs alone.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(NEWCOMERS)}; all if left out"
    )
    given = parser.parse_args()
    if unknown := set(given.names) - set(NEWCOMERS):
        parser.error(f"expected {', '.join(NEWCOMERS)}, got {', '.join(sorted(unknown))}")
    failed = False
    for name in given.names or NEWCOMERS:
        newcomer = NEWCOMERS[name]
        with tempfile.TemporaryDirectory(prefix=f"newcomer-{name}-") as folder:
            try:
                story = visit(newcomer, Path(folder))
            except AssertionError as error:
                failed = True
                print(f"{newcomer.does}: did not get there\n{error}", flush=True)  # noqa: T201
                continue
        print(  # noqa: T201
            f"{newcomer.does}: {story.commands} commands, {story.clicks} clicks, {story.seconds / 60:.1f} min"
            f" (make demo {story.demo_seconds / 60:.1f}), {story.cpu_seconds:.0f} s of CPU; {story.result}",
            flush=True,
        )
    sys.exit(failed)


if __name__ == "__main__":
    main()
