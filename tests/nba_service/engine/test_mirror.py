"""A registry goes to a URL and comes back whole; what is damaged there decides nothing here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import BundleError, RegistryError
from models.registry import Registry
from nba_service.engine.mirror import pull, push

fsspec = pytest.importorskip("fsspec", reason="no fsspec; make test-tools brings it")

S3 = Path(sys.prefix) / "s3"
"""s3fs and moto, as ``make test-tools`` brings them: apart from the versions of the lock files."""


def digest(root: Path) -> dict[str, bytes]:
    """Every file but locks."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"memory://{tmp_path.name}" if request.param == "memory" else f"file://{tmp_path}/bucket"


def test_a_registry_comes_back_as_it_went(registry: Path, url: str, tmp_path: Path) -> None:
    sent = push(registry, url)
    came = pull(url, tmp_path / "copy")

    assert sent.bundles == came.bundles
    assert sent.champion
    assert came.champion
    assert digest(tmp_path / "copy") == digest(registry)
    assert Registry(tmp_path / "copy").load(str(Registry(tmp_path / "copy").champion()))


def test_a_second_time_brings_nothing(registry: Path, url: str, tmp_path: Path) -> None:
    push(registry, url)
    pull(url, tmp_path / "copy")

    assert push(registry, url).bundles == ()
    again = pull(url, tmp_path / "copy")
    assert (again.bundles, again.journeys, again.champion) == ((), 0, False)


def test_a_damaged_bundle_is_refused_and_who_decides_stays(registry: Path, url: str, tmp_path: Path) -> None:
    push(registry, url)
    bundle = Registry(registry).champion()
    system, base = fsspec.core.url_to_fs(url)
    system.pipe_file(f"{base}/bundles/{bundle}/journey.yaml", b"company: Another")

    with pytest.raises(BundleError, match=r"journey\.yaml"):
        pull(url, tmp_path / "copy")
    assert Registry(tmp_path / "copy").champion() is None
    assert [path.name for path in (tmp_path / "copy/bundles").iterdir()] == []


def test_a_file_system_that_is_not_installed_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"nowhere://x.*\[cloud\]"):
        pull("nowhere://x", tmp_path)


def test_s3_works_like_a_folder(registry: Path, tmp_path: Path) -> None:
    """An S3 in another process of this machine, by the real client."""
    if not S3.is_dir():
        pytest.skip(f"no s3fs and moto in {S3}; make test-tools brings them")
    script = tmp_path / "both_ways.py"
    script.write_text(BOTH_WAYS)

    done = subprocess.run(
        [sys.executable, script, S3, registry, tmp_path / "copy"], capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "copy") == digest(registry)


BOTH_WAYS = """
import os, sys
sys.path.insert(0, sys.argv[1])
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
from pathlib import Path
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
host, port = server.get_host_and_port()
os.environ["FSSPEC_S3_ENDPOINT_URL"] = f"http://{host}:{port}"
import fsspec
fsspec.config.conf["s3"] = {"endpoint_url": f"http://{host}:{port}"}
fsspec.filesystem("s3").mkdir("company")
from nba_service.engine.mirror import pull, push

sent = push(Path(sys.argv[2]), "s3://company/nba")
came = pull("s3://company/nba", Path(sys.argv[3]))
server.stop()
sys.exit(0 if sent.bundles == came.bundles and came.champion else 1)
"""
