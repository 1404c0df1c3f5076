"""Journey files are kept by hash, so that a decision replays with the file of its time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from models.errors import RegistryError
from nba_service.engine.journey_archive import keep_journey, kept_journey


@pytest.fixture
def data(tiny_journey_text: str) -> bytes:
    return tiny_journey_text.encode()


def test_a_kept_journey_file_comes_back_by_its_hash(tmp_path: Path, data: bytes) -> None:
    sha256 = hashlib.sha256(data).hexdigest()

    assert keep_journey(tmp_path, data)

    found = kept_journey(tmp_path, sha256)
    assert (found.company, found.sha256) == ("Tiny", sha256)
    assert [path.name for path in (tmp_path / "journeys").iterdir()] == [f"{sha256}.yaml"], "no part is left"


def test_a_file_that_is_kept_is_not_written_again(tmp_path: Path, data: bytes) -> None:
    keep_journey(tmp_path, data)
    (path,) = (tmp_path / "journeys").iterdir()
    before = path.stat()

    assert keep_journey(tmp_path, data)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_registry_that_cannot_be_written_keeps_nothing_and_says_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "journeys").write_text("a file where the folder should be")

    assert not keep_journey(tmp_path, data)


def test_a_changed_file_is_refused(tmp_path: Path, data: bytes) -> None:
    keep_journey(tmp_path, data)
    (path,) = (tmp_path / "journeys").iterdir()
    path.write_bytes(data + b"# changed\n")

    with pytest.raises(RegistryError, match="to have the hash in its name"):
        kept_journey(tmp_path, path.stem)


def test_a_file_that_was_never_kept_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="got No such file or directory; put the file back"):
        kept_journey(tmp_path, "0" * 64)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_hash_reads_no_file(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(RegistryError, match="expected the SHA-256 of a journey file"):
        kept_journey(tmp_path, sha256)
