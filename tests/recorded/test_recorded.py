"""Stores, a bundle and 1,355 decisions recorded with version 0.1: later versions must agree in every bit.

The recorded stores are opened, replayed and gone on with: an answer that was given then is given now, byte
for byte. Replay is checked twice, by the product's own comparison and against figures written down from the
answers of the time, so that a replay that compares nothing would be found out.

Bits hang on the processor and on the versions of the libraries that count (``libraries`` in the recorded
manifest); where these are others, comparisons of bits skip and say so. The processor stands for the kernels
that OpenBLAS picks by it: with ``OPENBLAS_CORETYPE=Prescott`` bits differ.

What the training leaves out of its comparison: id, time and reports of the bundle, and the versions of Python
and NBA. Nothing in a bundle names a module, so that modules may move. ``record.py`` makes the files anew.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import shutil
import tarfile
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from nba_service.decisions.recorded import as_of_then
from nba_service.http.precision import shown

from .exchanges import HERE, SINCE, Exchange, digest, environment, nba, read_exchanges, read_lines, serving
from .postgres import load_dump, make_schema, schema_url

JOINED = {"transition_further.json", "transition_further.npy"}
"""Files of a bundle that no decision of then read: what the path ahead is told from."""
LATER = "2026-09-01T00:00:00+00:00"
"""When stored decisions are read again."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the recorded registry and the history it was trained with."""
    folder = tmp_path_factory.mktemp("recorded")
    for name in ("registry", "log"):
        packed = io.BytesIO(lzma.decompress((HERE / f"{name}.tar.xz").read_bytes()))
        with tarfile.open(fileobj=packed) as archive:
            archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    """The recorded bundle's manifest."""
    loaded: dict[str, Any] = json.loads((HERE / "manifest.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def trained(root: Path) -> dict[str, Any]:
    """The manifest of a bundle that this code trains from the recorded history, by the method of then."""
    with (root / "log" / "training.yaml").open("a") as file:
        file.write("effects_in_money: false\n")
    said = nba({}, "train", "--config", str(root / "log" / "training.yaml"), "--data", str(root / "log"),
               "--json", "--registry", str(root / "new" / "registry"))  # fmt: skip
    loaded: dict[str, Any] = json.loads(said)
    return loaded


@pytest.fixture(scope="module")
def same_bits(recorded: dict[str, Any], trained: dict[str, Any]) -> None:
    """Skips where other libraries or another processor count."""
    then, now = ({**each["libraries"]} for each in (recorded, trained))
    for own in ("nba", "python"):
        then.pop(own), now.pop(own)
    if then != now:
        pytest.skip(f"recorded with {then}, this is {now}: bits may differ")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def settings(
    request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """A service on a copy of a recorded store, migrated by this code."""
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(root / "registry", folder / "registry")
    if request.param == "sqlite":
        path = folder / "nba.sqlite"
        path.write_bytes(lzma.decompress((HERE / "store.sqlite.xz").read_bytes()))
        yield _migrated(environment(folder, f"sqlite:///{path}"))
        return
    server: str = request.getfixturevalue("postgres_url")
    schema = f"nba_test_{uuid.uuid4().hex[:12]}"
    load_dump(server, schema)
    try:
        yield _migrated(environment(folder, schema_url(server, schema)))
    finally:
        make_schema(server, schema, drop=True)


def _migrated(settings: dict[str, str]) -> dict[str, str]:
    nba(settings, "keys", "list")
    return settings


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.node.callspec.params["settings"]
    return name


def test_a_training_gives_the_same_bundle(
    recorded: dict[str, Any], trained: dict[str, Any], same_bits: None
) -> None:
    names = ("journey_sha256", "features_sha256", "data_sha256")

    assert {name: trained[name] for name in names} == {name: recorded[name] for name in names}
    assert trained["files"].keys() - recorded["files"].keys() == JOINED
    assert _kept(recorded["files"], trained["files"]) == recorded["files"]
    assert trained["customer_features"] == recorded["customer_features"]
    assert trained["candidate_features"] == recorded["candidate_features"]
    assert _kept(recorded["metrics"], trained["metrics"]) == recorded["metrics"]
    own = ("drift", "shadow_prices", "rows", "split", "trees")
    then = {name: recorded["extra"][name] for name in own}
    assert _kept(then, {name: trained["extra"][name] for name in own}) == then


def _kept(recorded: Any, now: Any) -> Any:
    """What was there then, as it is now: figures may join, none may move or go."""
    if isinstance(recorded, dict) and isinstance(now, dict):
        return {name: _kept(recorded[name], value) for name, value in now.items() if name in recorded}
    if isinstance(recorded, list) and isinstance(now, list):
        return [each for each in now if each in recorded]
    return now


def test_every_recorded_decision_is_kept_and_made_again(
    settings: dict[str, str], backend: str, request: pytest.FixtureRequest
) -> None:
    """Compared by the product, and with figures written down from what was answered then."""
    expected = read_lines(HERE / f"{backend}_decisions.jsonl.xz")

    with serving(settings) as service:
        replays = [
            json.loads(service.get(f"/v1/decisions/{one['id']}/replay", LATER).answer) for one in expected
        ]
        for one, again in zip(expected, replays, strict=True):
            assert digest(orjson.dumps(again["recorded"]).decode()) == one
            told = json.loads(service.get(f"/v1/decisions/{one['id']}", LATER).answer)
            assert told == shown(again["recorded"])
        request.getfixturevalue("same_bits")
        for one, again in zip(expected, replays, strict=True):
            assert again["identical"], again
            assert digest(json.dumps(again["replayed"])) | {"sha256": one["sha256"]} == one


def test_the_command_line_replays_the_log(settings: dict[str, str], same_bits: None) -> None:
    """Of the first 60 all but those of two customers who were erased since."""
    said = nba(settings, "replay", "--since", SINCE, "--limit", "60")

    counts = re.match(r"60 decisions: (\d+) identical, 0 different, (\d+) not replayable\n", said)
    assert counts, said
    assert int(counts[1]) >= 50, said


def test_the_store_goes_on_with_the_same_answers(
    settings: dict[str, str], backend: str, request: pytest.FixtureRequest
) -> None:
    """Explanations, what-ifs, customers; then decisions, interactions, outcomes, profiles and aliases."""
    expected = read_exchanges(HERE / f"{backend}_goes_on.jsonl.xz")

    with serving(settings) as service:
        asked = [service.ask(one) for one in expected]
        decided = [
            one for one in expected if (one.method, one.path, one.status) == ("POST", "/v1/decisions", 200)
        ]
        ids = [json.loads(one.answer)["decision_id"] for one in decided]
        kept = [service.get(f"/v1/decisions/{decision_id}/replay", LATER) for decision_id in ids]

    assert [one.status for one in asked] == [one.status for one in expected]
    request.getfixturevalue("same_bits")
    for now, then in zip(asked, expected, strict=True):
        recorded = _comparable(then)
        assert as_of_then(recorded, _comparable(now)) == recorded
    pairs = [
        (json.loads(then.answer), json.loads(one.answer)) for one, then in zip(kept, decided, strict=True)
    ]
    exact = [(then, one["recorded"]) for then, one in pairs if "recorded" in one]  # not those erased since
    assert len(exact) >= len(decided) // 2
    for then, now in exact:
        then.pop("explanation", None)  # made anew for who asks, not stored
        assert as_of_then(then, now) == then


def _comparable(one: Exchange) -> Any:
    """The answer without what later versions say otherwise on purpose; what they say more is left out later.

    What is held about a customer says when they were told; a profile leaves those that it does not mention.
    Drop-outs of one barrier stand in the order of the journey file, not in that of the contacts. Answers have
    six digits; those of decisions are compared in every digit by what is stored.
    """
    if not one.answer.startswith(("{", "[")):
        return one.answer
    answer = json.loads(one.answer)
    if one.path.startswith("/v1/customers/") and one.method in ("GET", "PUT"):
        answer.pop("consents", None)
    if one.path.startswith("/v1/customers/") and one.method == "PUT":
        mentioned = one.body.get("consent", {})
        answer["consent"] = {flag: given for flag, given in answer["consent"].items() if flag in mentioned}
    return _sorted(shown(answer))


def _sorted(answer: Any, name: str = "") -> Any:
    """Lists and lines of what was ruled out, in one order."""
    if isinstance(answer, dict):
        return {key: _sorted(value, key) for key, value in answer.items()}
    if isinstance(answer, list):
        each = [_sorted(value) for value in answer]
        if name == "drop_outs":  # what was not asked for is a number now
            each = [one for one in each if one.get("tier") != "asked"]
        return sorted(each, key=json.dumps) if name in ("drop_outs", "lines") else each
    return sorted(answer.splitlines()) if name == "text" and isinstance(answer, str) else answer


def test_what_is_recorded_is_of_every_kind() -> None:
    """A recording of one kind of decision would hold little."""
    found = read_lines(HERE / "sqlite_decisions.jsonl.xz")
    arms = Counter(one["arm"] for one in found)
    phases = {one["phase"] for one in found}
    chosen = {(action["action"], action["channel"]) for one in found for action in one["actions"]}
    paths = {one.path.split("/")[2] for one in read_exchanges(HERE / "sqlite_goes_on.jsonl.xz")}

    assert len({one["id"] for one in found}) == len(found) >= 1_200
    assert {"treatment", "random", "playbook", "nothing"} == arms.keys()
    assert min(arms.values()) >= 20
    assert len(phases) == 7
    assert len(chosen) >= 40
    assert sum(len(one["actions"]) > 1 for one in found) >= 200
    assert {"decisions", "explanations", "customers", "interactions", "outcomes"} <= paths
    assert not any(one["degraded"] for one in found)
