"""200 damaged bundles: each is refused, whatever is wrong with it, and the process that tries may die."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.bundle import manifest as manifest_module
from models.registry import Registry
from nba_service.engine import child as bundle_check

from .conftest import Victim
from .load import Load, Told, report

VARIANTS = 200
LIVE = min(VARIANTS, 4 * int(os.environ.get("NBA_TEST_FAULTS") or 0))
"""How many a running service is given."""

END_OF_TREES = b"end of trees\n"


def spell_anew(directory: Path, name: str, data: bytes) -> None:
    """Change a file together with all hashes: only the content is wrong."""
    (directory / name).write_bytes(data)
    path = directory / "manifest.json"
    values = json.loads(path.read_bytes())
    del values["manifest_sha256"]
    values["files"][name] = dataclasses.asdict(manifest_module.FileEntry.of(data))
    entries = {n: manifest_module.FileEntry(**entry) for n, entry in values["files"].items()}
    values["content_sha256"] = manifest_module.content_hash(entries)
    path.write_bytes(manifest_module.spell(values))


def said(name: str, data: bytes) -> int:
    """How many bytes of a file say something; what comes behind them may go without a difference.

    JSON: all but the white space at the end. LightGBM's trees: up to the line ``end of trees``; then comes a
    list of feature importances, for people. All others, the journey file with its comments too: all.
    """
    if name.endswith(".json"):
        return len(data.rstrip())
    return data.index(END_OF_TREES) + len(END_OF_TREES) if name.endswith("_trees.txt") else len(data)


def damage(directory: Path, rng: random.Random) -> str:
    """Break a bundle in one of many ways; the kind."""
    names = sorted(path.name for path in directory.iterdir())
    name = rng.choice(names)
    data = (directory / name).read_bytes()
    kind = rng.choice(["cut", "flip", "gone", "schema", "nan", "cut, hashes right"])
    if kind == "cut":
        (directory / name).write_bytes(data[: rng.randrange(len(data))])
    elif kind == "flip":
        at = rng.randrange(len(data))
        (directory / name).write_bytes(data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :])
    elif kind == "gone":
        (directory / name).unlink()
    elif kind == "schema":
        target = rng.choice([one for one in names if one.endswith(".json") and one != "manifest.json"])
        spell_anew(directory, target, rng.choice([b"{}", b"[]", b"null", b'{"version": 99}', b"{"]))
    elif kind == "nan":
        target = rng.choice([one for one in names if one.endswith(".npy") and "golden" not in one])
        whole = bytearray((directory / target).read_bytes())
        whole[-8:] = b"\x00\x00\x00\x00\x00\x00\xf8\x7f"
        spell_anew(directory, target, bytes(whole))
    else:
        target = rng.choice([one for one in names if one != "manifest.json"])
        whole = (directory / target).read_bytes()
        spell_anew(directory, target, whole[: rng.randrange(said(target, whole))])
    return kind


def refused(registry: Path) -> bool:
    """What the checker says, in a process of its own: forked, for two hundred starts would take minutes."""
    child = os.fork()
    if child == 0:  # pragma: no cover - the child leaves by _exit
        code = 99
        with contextlib.suppress(BaseException), Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            code = bundle_check.main([str(registry), "", "b-1"])
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def test_two_hundred_damaged_bundles_are_refused(
    tmp_path: Path, save_tiny_bundle: Callable[..., object]
) -> None:
    rng, kinds, taken = random.Random(7), Counter[str](), []  # noqa: S311 - repeatable
    good = tmp_path / "good" / "bundles" / "b-1"
    save_tiny_bundle(good)
    assert not refused(tmp_path / "good")
    for number in range(VARIANTS):
        root = tmp_path / "copy"
        shutil.copytree(good.parent.parent, root)
        kind = damage(root / "bundles" / "b-1", rng)
        kinds[kind] += 1
        if not refused(root):
            taken.append((number, kind))
        shutil.rmtree(root)
    print(f"damaged bundles: {dict(kinds)}, taken: {taken}")  # noqa: T201 - what the command is for
    assert not taken


def test_only_what_says_nothing_may_be_cut(tmp_path: Path, save_tiny_bundle: Callable[..., object]) -> None:
    """At the border of what says something, all hashes made right; golden rows are part of the check."""
    good = tmp_path / "good" / "bundles" / "b-1"
    save_tiny_bundle(good)
    for name in sorted(path.name for path in good.iterdir() if path.name != "manifest.json"):
        data = (good / name).read_bytes()
        border = said(name, data)
        for size in {border - 1, border, len(data) - 1}:
            root = tmp_path / "copy"
            shutil.copytree(good.parent.parent, root)
            spell_anew(root / "bundles" / "b-1", name, data[:size])
            assert refused(root) is (size < border), (name, size, border)
            shutil.rmtree(root)


def test_damaged_champions_cost_a_running_service_nothing(victim: Victim, tmp_path: Path) -> None:
    """Promoted behind the gate's back, one after the other: no failed request, no restart."""
    rng, told, kinds = random.Random(8), Told(), Counter[str]()  # noqa: S311 - repeatable
    before = set(victim.workers())
    registry = Registry(victim.registry)
    with Load(victim.port, told, callers=2, tag="damaged-"):
        for number in range(LIVE):
            name = f"bad-{number}"
            copy = victim.registry / "bundles" / name
            shutil.copytree(victim.registry / "bundles" / "b-2", copy)
            kinds[damage(copy, rng)] += 1
            registry.promote(name, "damaged", datetime.now(UTC), check=lambda _: None)
            told_refused(victim, name)
        registry.promote("b-1", "good again", datetime.now(UTC), check=lambda _: None)
    report("damaged champions", told, kinds=dict(kinds), restarts=len(before - set(victim.workers())))
    assert set(victim.workers()) == before
    assert set(told.statuses) <= {200, 202}, told.statuses
    assert told.broken == 0
    assert {answer["bundle"] for answer in told.decisions.values()} == {"b-1"}


def told_refused(victim: Victim, name: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found: Any = victim.ready()
        if found and any(name in one["detail"] for one in found["problems"]):
            return
        time.sleep(0.2)
    raise AssertionError(f"{name} was never looked at: {victim.ready()}")
