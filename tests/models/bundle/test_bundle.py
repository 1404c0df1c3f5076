"""A bundle is written whole, comes back with the same bits, and is refused if any byte is another."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.bundle import (
    Bundle,
    GoldenRows,
    Manifest,
    Models,
    Provenance,
    check_in_child,
    load_bundle,
)
from models.bundle import golden as golden_module
from models.bundle import manifest as manifest_module
from models.bundle.golden import golden_scores, library_versions
from models.errors import BundleError, FeatureMismatchError, NBAError
from models.learned.files import array_bytes, read_array

CREATED = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PROVENANCE = Provenance(
    training_from=datetime(2025, 1, 1, tzinfo=UTC),
    training_until=CREATED,
    data_sha256="ab" * 32,
    metrics={"response": {"auc": 0.8125}},
    extra={"notes": "größer, schöner"},
)
Save = Callable[..., Manifest]


@pytest.fixture(scope="module")
def save(save_tiny_bundle: Save) -> Save:
    """``save_bundle`` with all arguments given; each can be replaced."""
    return lambda directory, **changed: save_tiny_bundle(
        directory, **({"created_at": CREATED, "provenance": PROVENANCE} | changed)
    )


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, save: Save) -> Path:
    """A bundle that must not be changed; take a copy."""
    directory = tmp_path_factory.mktemp("good") / "b-1"
    save(directory)
    return directory


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Path:
    """A bundle to break."""
    return Path(shutil.copytree(good, tmp_path / "copy"))


def rewrite(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a manifest as one who knows how it is hashed: only the meaning is wrong."""
    path = directory / "manifest.json"
    values = json.loads(path.read_bytes())
    del values["manifest_sha256"]
    change(values)
    path.write_bytes(manifest_module.spell(values))


def replace_file(directory: Path, name: str, data: bytes) -> None:
    """Change a file together with all hashes: only the content is wrong."""
    (directory / name).write_bytes(data)

    def change(values: dict[str, Any]) -> None:
        values["files"][name] = dataclasses.asdict(manifest_module.FileEntry.of(data))
        entries = {n: manifest_module.FileEntry(**e) for n, e in values["files"].items()}
        values["content_sha256"] = manifest_module.content_hash(entries)

    rewrite(directory, change)


def test_a_bundle_comes_back_with_the_same_bits(
    good: Path, tiny_models: Models, tiny_golden: GoldenRows
) -> None:
    loaded = load_bundle(good)

    before, after = golden_scores(tiny_models, tiny_golden), golden_scores(loaded.models, tiny_golden)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert loaded.models.to_files() == tiny_models.to_files()


def test_the_manifest_tells_what_it_was_told(good: Path, tiny_models: Models, tiny_journey_text: str) -> None:
    bundle: Bundle = load_bundle(good)

    assert bundle.manifest.provenance == PROVENANCE
    assert bundle.manifest.created_at == CREATED
    assert bundle.manifest.customer_features == tiny_models.spec.customer_names
    assert bundle.manifest.libraries["numpy"] == np.__version__
    assert bundle.journey.sha256 == bundle.manifest.journey_sha256
    assert (good / "journey.yaml").read_text() == tiny_journey_text


def test_the_same_models_give_the_same_bundle_but_for_id_and_time(
    tmp_path: Path, good: Path, save: Save
) -> None:
    other = save(tmp_path / "b-2", bundle_id="b-2", created_at=datetime(2027, 1, 1, tzinfo=UTC))

    assert other.content_sha256 == load_bundle(good).manifest.content_sha256
    different = {p.name for p in good.iterdir() if p.read_bytes() != (tmp_path / "b-2" / p.name).read_bytes()}
    assert different == {"manifest.json"}


def test_other_models_give_another_content_hash(
    tmp_path: Path, good: Path, save: Save, tiny_models: Models
) -> None:
    response = dataclasses.replace(tiny_models.response, shift=tiny_models.response.shift + 1e-12)
    other = save(tmp_path / "b", models=dataclasses.replace(tiny_models, response=response))

    assert other.content_sha256 != load_bundle(good).manifest.content_sha256


def test_no_pickle_is_in_a_bundle(good: Path) -> None:
    for path in good.glob("*.npy"):
        np.load(path, allow_pickle=False)
    assert {path.suffix for path in good.iterdir()} == {".npy", ".json", ".txt", ".yaml"}


def test_a_bundle_that_exists_is_never_written_over(good: Path, save: Save) -> None:
    with pytest.raises(BundleError, match="exists; a bundle never changes"):
        save(good)


def test_a_failed_save_leaves_nothing_behind(tmp_path: Path, save: Save, tiny_models: Models) -> None:
    shift = np.full_like(tiny_models.response.shift, np.nan)
    broken = dataclasses.replace(tiny_models, response=dataclasses.replace(tiny_models.response, shift=shift))

    with pytest.raises(BundleError, match="not-a-number"):
        save(tmp_path / "b", models=broken)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bundle_id", ["", "..", ".b", "a/b", "a\\b", "a\nb", "b\n", "ä", "x" * 101])
def test_an_id_is_a_plain_directory_name(tmp_path: Path, save: Save, bundle_id: str) -> None:
    with pytest.raises(BundleError, match="Bundle id"):
        save(tmp_path / "b", bundle_id=bundle_id)


def test_metrics_must_be_json(tmp_path: Path, save: Save) -> None:
    with pytest.raises(BundleError, match="no JSON values"):
        save(tmp_path / "b", provenance=Provenance(metrics={"auc": float("nan")}))


def test_a_time_needs_a_zone(tmp_path: Path, save: Save) -> None:
    with pytest.raises(BundleError, match="time zone"):
        save(tmp_path / "b", created_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


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


MANIFEST_CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "newer format": (lambda m: m.update(format_version=2), "format_version is 2, but this code reads 1"),
    "no format": (lambda m: m.pop("format_version"), "format_version is None"),
    "missing field": (lambda m: m.pop("created_at"), "created_at: Missing data"),
    "unknown field": (lambda m: m.update(color="red"), "color: Unknown field"),
    "a path as a file name": (
        lambda m: m["files"].update({"../x": {"sha256": "0" * 64, "size": 1}}),
        "plain file",
    ),
    "an absolute path": (
        lambda m: m["files"].update({"/etc/x": {"sha256": "0" * 64, "size": 1}}),
        "plain file",
    ),
    "an id that is a path": (lambda m: m.update(bundle_id="../b"), "bundle_id"),
    "no hash": (lambda m: m["files"]["value.json"].update(sha256="zz"), "64 hexadecimal"),
    "negative size": (lambda m: m["files"]["value.json"].update(size=-1), "size"),
    "local time": (lambda m: m.update(created_at="2026-01-01T00:00:00"), "created_at"),
    "another content hash": (lambda m: m.update(content_sha256="0" * 64), "content_sha256"),
    "another journey file": (lambda m: m.update(journey_sha256="0" * 64), "journey.yaml"),
    "another feature file": (lambda m: m.update(features_sha256="0" * 64), "features.json"),
}


@pytest.mark.parametrize("what", MANIFEST_CHANGES)
def test_a_wrong_manifest_is_refused(copy: Path, what: str) -> None:
    change, message = MANIFEST_CHANGES[what]
    rewrite(copy, lambda values: change(values) and None)

    with pytest.raises(BundleError, match=message):
        load_bundle(copy)


def test_features_that_this_code_does_not_build_are_refused(copy: Path) -> None:
    def change(values: dict[str, Any]) -> None:
        values["customer_features"] = ["opens_30d"]

    rewrite(copy, change)

    with pytest.raises(FeatureMismatchError, match=r"'b-1'.*opens_30d.*but this code builds.*dwell_days"):
        load_bundle(copy)


def test_features_of_another_journey_file_are_refused(copy: Path, tiny_journey_text: str) -> None:
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
    copy: Path, name: str, data: bytes, message: str
) -> None:
    replace_file(copy, name, data)

    with pytest.raises(BundleError, match=message):
        load_bundle(copy)


def test_a_pickled_array_is_never_unpickled(copy: Path) -> None:
    np.save(copy / "x.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    replace_file(copy, "response_knots.npy", (copy / "x.npy").read_bytes())
    (copy / "x.npy").unlink()

    with pytest.raises(BundleError, match="expected a NumPy array"):
        load_bundle(copy)


def test_a_model_that_scores_differently_by_one_bit_is_refused(copy: Path) -> None:
    """The trainer's machine is this one, so not one bit may differ."""
    files = {"golden_baseline.npy": (copy / "golden_baseline.npy").read_bytes()}
    baseline = read_array(files, "golden_baseline.npy").copy()
    baseline[0, 0] = np.nextafter(baseline[0, 0], np.inf)
    replace_file(copy, "golden_baseline.npy", array_bytes(baseline))

    with pytest.raises(BundleError, match="Golden baseline differ"):
        load_bundle(copy)


@pytest.mark.parametrize(("error", "loads"), [(1e-12, True), (1e-6, False)])
def test_elsewhere_the_last_bits_may_differ(copy: Path, error: float, loads: bool) -> None:
    """Trained with another NumPy: exponentials may differ in their last bits, and in no more."""
    name = "golden_propensity.npy"
    scores = read_array({name: (copy / name).read_bytes()}, name)
    replace_file(copy, name, array_bytes(scores * (1 + error)))
    rewrite(copy, lambda values: values["libraries"].update(numpy="1.0"))

    if loads:
        load_bundle(copy)
    else:
        with pytest.raises(BundleError, match=r"Golden propensity differ.*numpy 1\.0"):
            load_bundle(copy)


def test_scores_that_are_not_lightgbms_are_not_published(
    tmp_path: Path, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(golden_module.Trees):
        def raw_scores(self, X: Any) -> Any:
            return np.nextafter(super().raw_scores(X), np.inf)

    monkeypatch.setattr(golden_module, "Trees", Wrong)

    with pytest.raises(BundleError, match="not LightGBM's"):
        save(tmp_path / "b")


def test_library_versions_name_what_the_bits_depend_on() -> None:
    versions = library_versions()

    assert {"python", "numpy", "lightgbm", "nba", "processor"} == versions.keys()
    assert all(versions.values())


def test_a_good_bundle_loads_in_a_child(good: Path) -> None:
    assert check_in_child(good) is None


def test_a_child_tells_what_is_wrong(copy: Path) -> None:
    (copy / "value.json").write_bytes(b"{}")

    problem = check_in_child(copy)

    assert problem is not None
    assert problem.startswith("BUNDLE_INVALID: ")
    assert "value.json: 2 bytes" in problem


def test_a_child_that_crashes_or_hangs_is_told_apart(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = f"import os; os.kill(os.getpid(), 11)  # {good}"
    monkeypatch.setattr("models.bundle.child.PYTHON", (sys.executable, "-c", killed))
    assert "signal 11" in str(check_in_child(good))

    monkeypatch.setattr("models.bundle.child.PYTHON", (sys.executable, "-c", "import time; time.sleep(60)"))
    assert "did not load within 0.2 s" in str(check_in_child(good, timeout_seconds=0.2))


def test_a_damaged_text_that_lightgbm_would_read_cannot_end_the_service(copy: Path) -> None:
    """More than 64 leaves go to LightGBM's own reader, whose crash stays in the child."""
    text = (copy / "response_trees.txt").read_text()
    broken = text.replace("version=v4", "version=v3", 1).replace(
        "split_feature=", "split_feature=9999999 ", 1
    )
    replace_file(copy, "response_trees.txt", broken.encode())

    assert str(check_in_child(copy)).startswith("BUNDLE_INVALID")


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
