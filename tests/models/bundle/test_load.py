"""A bundle is refused if any byte, feature or value is not as it was published."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.bundle import (
    load_bundle,
)
from models.errors import BundleError, FeatureMismatchError, NBAError
from models.learned.files import array_bytes

Rewrite = Callable[[Path, Callable[[dict[str, Any]], object]], None]


ReplaceFile = Callable[[Path, str, bytes], None]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_is_found(good: Path, copy: Path, data: st.DataObject) -> None:
    """Also in the manifest, and wherever it is: no damaged bundle ever loads."""
    name = data.draw(st.sampled_from(sorted(path.name for path in good.iterdir())))
    original = (good / name).read_bytes()
    at, flip = data.draw(st.integers(0, len(original) - 1)), data.draw(st.integers(1, 255))
    (copy / name).write_bytes(original[:at] + bytes([original[at] ^ flip]) + original[at + 1 :])

    with pytest.raises(BundleError):
        load_bundle(copy)
    (copy / name).write_bytes(original)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_cut_file_is_found(copy: Path, keep: float) -> None:
    path = copy / "transition_trees.txt"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])

    with pytest.raises(BundleError, match=r"transition_trees\.txt.*manifest says"):
        load_bundle(copy)


def damages() -> Iterator[Any]:
    """How to break a directory, and what the error must say."""
    yield "missing file", lambda d: (d / "features.json").unlink(), r"missing \['features.json'\]"
    yield "unknown file", lambda d: (d / "x.pkl").write_bytes(b"x"), r"unknown \['x.pkl'\]"
    yield "unknown directory", lambda d: (d / "sub").mkdir(), r"unknown \['sub'\]"
    yield "no manifest", lambda d: (d / "manifest.json").unlink(), "cannot be read"
    yield "no directory", lambda d: shutil.rmtree(d), "cannot be read"
    yield "manifest is a list", lambda d: (d / "manifest.json").write_text("[]"), "expected a JSON object"
    yield "manifest is deep", lambda d: (d / "manifest.json").write_text("[" * 100_000), "expected JSON"
    yield "a link", lambda d: _as_link(d / "value.json"), "expected a plain file"


def _as_link(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


@pytest.mark.parametrize(("damage", "message"), [pytest.param(d, m, id=i) for i, d, m in damages()])
def test_a_directory_that_is_no_bundle_is_refused(
    copy: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(copy)

    with pytest.raises(BundleError, match=message):
        load_bundle(copy)


def test_features_that_this_code_does_not_build_are_refused(rewrite: Rewrite, copy: Path) -> None:
    def change(values: dict[str, Any]) -> None:
        values["customer_features"] = ["opens_30d"]

    rewrite(copy, change)

    with pytest.raises(FeatureMismatchError, match=r"'b-1'.*opens_30d.*but this code builds.*dwell_days"):
        load_bundle(copy)


def test_features_of_another_journey_file_are_refused(
    rewrite: Rewrite, replace_file: ReplaceFile, copy: Path, tiny_journey_text: str
) -> None:
    text = tiny_journey_text.replace("stranger", "unknown")
    replace_file(copy, "journey.yaml", text.encode())

    def change(values: dict[str, Any]) -> None:
        values["journey_sha256"] = values["files"]["journey.yaml"]["sha256"]

    rewrite(copy, change)

    with pytest.raises(FeatureMismatchError, match="phases"):
        load_bundle(copy)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("value.json", b"{}", "do not fit together"),
        ("response.json", b"[1]", "expected a JSON object"),
        ("response_trees.txt", b"tree\nversion=v4\n", "LightGBM model text"),
        ("response_table.npy", b"\x93NUMPY", "expected a NumPy array"),
        ("journey.yaml", b"phases: 3\n", "journey.yaml"),
        ("golden_row.npy", array_bytes(np.full(30, 999)), "do not fit together"),
        ("value_weights.npy", array_bytes(np.zeros((1, 1))), "do not fit together"),
    ],
)
def test_files_with_right_hashes_and_wrong_content_are_refused(
    replace_file: ReplaceFile, copy: Path, name: str, data: bytes, message: str
) -> None:
    replace_file(copy, name, data)

    with pytest.raises(BundleError, match=message):
        load_bundle(copy)


def test_a_pickled_array_is_never_unpickled(replace_file: ReplaceFile, copy: Path) -> None:
    np.save(copy / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    replace_file(copy, "response_knots.npy", (copy / "x.npy").read_bytes())
    (copy / "x.npy").unlink()

    with pytest.raises(BundleError, match="expected a NumPy array"):
        load_bundle(copy)


def test_loading_a_bundle_does_not_load_lightgbm(good: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from models.bundle import load_bundle\n"
        "load_bundle(Path(sys.argv[1])); sys.exit('lightgbm' in sys.modules or 'sklearn' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(good)], check=True, timeout=60)


def test_every_error_of_a_bundle_has_a_code(copy: Path) -> None:
    shutil.rmtree(copy)

    with pytest.raises(NBAError) as raised:
        load_bundle(copy)
    assert raised.value.code == "BUNDLE_INVALID"
