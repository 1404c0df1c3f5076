"""Build an image where no engine runs: each stage of a Dockerfile in a Debian root of its own.

    python -m tests.deploy.image_root deploy/demo.Dockerfile              build
    python -m tests.deploy.image_root Dockerfile --serve 18100            ... and start what it starts

`make try-images` does both for both Dockerfiles. It has to be root, on Linux, with `debootstrap` (Debian:
apt-get install debootstrap). Instead of the base image it takes the smallest Debian of that release, with
Debian's own Python of the same version under the name that the image gives it. Every instruction after FROM
is the file's own, in order, by /bin/sh in a chroot: RUN as root until USER, COPY of what .dockerignore lets
in, ENV, WORKDIR, and the command at the end as the file's user. Not tried: an engine's layers and networks.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
MIRROR: Final = "http://deb.debian.org/debian"
BASE: Final = re.compile(r"python:3\.11-slim-(\w+)(@.*)?")
PACKAGES: Final = "ca-certificates,python3,python3-dev,python3-venv"
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Instruction:
    """One line of a Dockerfile, continuation lines joined."""

    word: str
    rest: str


@dataclass(kw_only=True)
class Stage:
    """What a stage has come to: its root and what its instructions have set."""

    root: Path
    env: dict[str, str] = field(default_factory=lambda: {"PATH": PATH, "HOME": "/root"})
    folder: str = "/"
    user: str = "0"
    entry: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)


def instructions(text: str) -> list[Instruction]:
    """A Dockerfile's instructions, comments left out."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n", "\n\x00", lines)
    whole: list[str] = []
    for line in joined.splitlines():
        if line.startswith("\x00"):
            whole[-1] += " " + line[1:].strip()
        elif line.strip():
            whole.append(line.strip())
    return [Instruction(*line.split(None, 1)) for line in whole]


def in_context(path: str) -> bool:
    """Whether .dockerignore lets a path of the build context in; the last line that fits decides."""
    allowed = True
    for line in (ROOT / ".dockerignore").read_text().split("\n"):
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        fits = pattern.lstrip("!").rstrip("/")
        parents = [path, *map(str, Path(path).parents)]
        if any(
            fnmatch.fnmatch(one, fits.removeprefix("**/")) or fnmatch.fnmatch(one, fits) for one in parents
        ):
            allowed = pattern.startswith("!")
    return allowed


def copied(sources: list[str]) -> Iterator[tuple[Path, Path]]:
    """Files of the context that a COPY takes, with their place below the destination."""
    tracked = subprocess.run(
        ["git", "ls-files", "--", *sources],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    for source in sources:
        for name in tracked:
            if name == source.removeprefix("./"):
                yield ROOT / name, Path(Path(name).name)
            elif name.startswith(f"{source.removeprefix('./').rstrip('/')}/") and in_context(name):
                yield ROOT / name, Path(name).relative_to(source.removeprefix("./"))


class Builder:
    """Builds the stages of one Dockerfile below a folder."""

    def __init__(self, folder: Path, base: Path | None = None) -> None:
        self._folder = folder
        self._base = base
        self._stages: dict[str, Stage] = {}

    def build(self, file: Path) -> Stage:
        """Every instruction, in order; the last stage."""
        stage: Stage | None = None
        for one in instructions(file.read_text()):
            begun = time.monotonic()
            if one.word == "FROM":
                stage = self._begin(one.rest)
            elif stage is None:
                raise SystemExit(f"{file}: expected FROM first, got {one.word}")
            else:
                self._follow(stage, one)
            print(f"{time.monotonic() - begun:6.1f} s  {one.word} {one.rest[:90]}", flush=True)  # noqa: T201
        if stage is None:
            raise SystemExit(f"{file}: expected a FROM, got none")
        return stage

    def _begin(self, rest: str) -> Stage:
        image, _, name = rest.partition(" AS ")
        known = BASE.fullmatch(image)
        if known is None:
            raise SystemExit(f"expected a base image python:3.11-slim-…, got {image}")
        root = self._folder / (name or "last")
        subprocess.run(["cp", "-a", self._debian(known[1]), root], check=True)  # with its device files
        stage = self._stages[name] = Stage(root=root)
        return stage

    def _debian(self, release: str) -> Path:
        """The smallest Debian with Python, where the base image would be; made once."""
        if self._base is None:
            self._base = self._folder / "base"
            make = [
                "debootstrap",
                "--variant=minbase",
                f"--include={PACKAGES}",
                release,
                str(self._base),
                MIRROR,
            ]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
        python = self._base / "usr/local/bin/python"
        if not python.is_symlink():
            python.symlink_to("/usr/bin/python3")
        for lent in ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf"):
            if Path(lent).exists():
                shutil.copyfile(lent, self._base / lent.lstrip("/"))
        return self._base

    def _follow(self, stage: Stage, one: Instruction) -> None:
        match one.word:
            case "RUN":
                self._run(stage, one.rest)
            case "COPY":
                self._copy(stage, one.rest)
            case "ENV":
                for pair in shlex.split(one.rest):
                    name, _, value = pair.partition("=")
                    stage.env[name] = value.replace("$PATH", stage.env["PATH"])
            case "WORKDIR":
                stage.folder = one.rest
                self._inside(stage, one.rest).mkdir(parents=True, exist_ok=True)
            case "USER":
                stage.user = one.rest
            case "ENTRYPOINT":
                stage.entry = json.loads(one.rest)
            case "CMD":
                stage.command = json.loads(one.rest)
            case "VOLUME" | "EXPOSE" | "HEALTHCHECK":
                pass  # the engine's business
            case word:
                raise SystemExit(f"expected an instruction that this knows, got {word}: add it")

    def _run(self, stage: Stage, command: str) -> None:
        done = subprocess.run(
            in_root(stage, ["/bin/sh", "-c", f"cd {stage.folder} && {command}"]),
            env=stage.env, check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"RUN {command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")

    def _copy(self, stage: Stage, rest: str) -> None:
        *sources, to = rest.split()
        target = self._inside(stage, to if to.startswith("/") else f"{stage.folder}/{to}")
        if sources[0].startswith("--from="):
            other = self._stages[sources[0].removeprefix("--from=")]
            shutil.copytree(self._inside(other, sources[1]), target, symlinks=True, dirs_exist_ok=True)
            return
        found = list(copied(sources))
        missing = [source for source in sources if not (ROOT / source).exists()]
        if missing or not found:
            raise SystemExit(
                f"COPY {rest}: expected files of the build context, got none for {missing or sources}"
            )
        for source, place in found:
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / place)

    def _inside(self, stage: Stage, path: str) -> Path:
        return stage.root / path.lstrip("/")


def in_root(stage: Stage, command: list[str]) -> list[str]:
    """The command in the stage's root, as its user, with /proc and /dev of its own."""
    mounts = " && ".join((
        f"mount -t proc proc {stage.root}/proc",
        f"mount --rbind /dev {stage.root}/dev",
    ))  # fmt: skip
    enter = [
        "chroot",
        *([] if stage.user == "0" else [f"--userspec={stage.user}"]),
        str(stage.root),
        *command,
    ]
    return [
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "/bin/sh",
        "-c",
        f"{mounts} && exec {shlex.join(enter)}",
    ]


def serve(stage: Stage, port: int, seconds: float) -> None:
    """Start what the image starts and wait until it answers; then end it."""
    env = {**stage.env, "NBA_PORT": str(port), "HOME": "/tmp"}  # noqa: S108 (of the root inside)
    env |= {name: value for name, value in os.environ.items() if name.startswith(("NBA_DEMO_", "OPENBLAS_"))}
    command = shlex.join([*stage.entry, *stage.command])
    log = stage.root.parent / "serve.txt"
    with log.open("wb") as out:
        process = subprocess.Popen(
            in_root(stage, ["/bin/sh", "-c", f"cd {stage.folder} && exec {command}"]),
            env=env, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    begun = time.monotonic()
    try:
        while time.monotonic() - begun < seconds:
            if process.poll() is not None:
                raise SystemExit(f"it ended with {process.returncode}:\n{log.read_text()[-3000:]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
                    print(f"{time.monotonic() - begun:6.1f} s  answers: {answer.status}", flush=True)  # noqa: T201
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(1)
        raise SystemExit(f"it did not answer within {seconds:.0f} s:\n{log.read_text()[-3000:]}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--serve", type=int, metavar="PORT", help="start it, and wait until it answers")
    parser.add_argument("--seconds", type=float, default=900, help="... for so long")
    parser.add_argument("--journey", type=Path, help="... with this journey file, where there is no registry")
    parser.add_argument("--base", type=Path, help="a Debian root that is there already")
    given = parser.parse_args()
    if os.geteuid() != 0 or shutil.which("debootstrap") is None or shutil.which("unshare") is None:
        sys.exit(
            "expected root, debootstrap and unshare. Debian: apt-get install debootstrap, and run as root."
        )
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        Path(folder).chmod(0o755)
        stage = Builder(Path(folder), given.base).build(given.file)
        size = subprocess.run(
            ["du", "-sm", str(stage.root)], check=True, capture_output=True, text=True
        ).stdout
        print(f"{given.file}: built, {size.split()[0]} MB", flush=True)  # noqa: T201
        if given.journey:
            shutil.copy(given.journey, stage.root / "var/lib/nba/journey.yaml")
            stage.env["NBA_JOURNEY"] = "/var/lib/nba/journey.yaml"
        if given.serve:
            serve(stage, given.serve, given.seconds)


if __name__ == "__main__":
    main()
