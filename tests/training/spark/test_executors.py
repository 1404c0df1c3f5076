"""A cluster of processes gives what one process gives, executors killed or not, with local files or in S3."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from models.learned.trees.network import Network, Share, free_ports
from training import api
from training.batch.command import decide_on_tables
from training.shards.engine import Buckets
from training.shards.one_machine import OneMachine

DRIVER = Path(__file__).with_name("on_a_cluster.py")


S3 = Path(sys.prefix) / "s3"
"""s3fs and moto, as ``make test-spark`` brings them: apart from the versions of the lock files."""

SERVER = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """The environment in which s3fs finds an S3, of another process of this machine."""
    if not S3.is_dir():
        pytest.skip(f"no s3fs and moto in {S3}; make test-spark brings them")
    paths = [str(S3), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=found
    ) as server:
        assert server.stdout is not None
        yield {
            **found,
            "AWS_ENDPOINT_URL": f"http://{server.stdout.readline().strip()}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@dataclass(frozen=True)
class OfACluster:
    told: dict[str, Any]
    out: Path


@pytest.fixture(scope="module")
def of_a_cluster(
    s3: dict[str, str],
    no_spark: str | None,
    network_config: Path,
    parquet_folder: Path,
    batch_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> OfACluster:
    """What a driver with two executors tells; its first training works in S3."""
    if no_spark is not None:
        pytest.skip(no_spark)
    out = tmp_path_factory.mktemp("cluster")
    folders = map(str, (parquet_folder, network_config, batch_folder, out))
    done = subprocess.run(
        [sys.executable, str(DRIVER), *folders, "s3://company/nba/work"],
        capture_output=True,
        text=True,
        timeout=3_000,
        env={**s3, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-6_000:]
    return OfACluster(json.loads(done.stdout.splitlines()[-1]), out)


@pytest.fixture(scope="module")
def alone(network_config: Path, parquet_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of the bundle that one process trains."""
    return trained(parquet_folder, network_config, tmp_path_factory.mktemp("alone"), None)


def trained(tables: Path, config: Path, folder: Path, buckets: Buckets | None) -> str:
    dataset = api.load_tables(tables, config, buckets=buckets, seed=3)
    return str(api.train(dataset, folder / "registry", seed=3).manifest.content_sha256)


def test_two_executors_that_work_in_s3_publish_the_bundle_of_one_process(
    of_a_cluster: OfACluster, alone: str
) -> None:
    assert of_a_cluster.told["executors"] == 2
    assert of_a_cluster.told["trained"] == alone


def test_executors_killed_in_features_and_while_trees_grow_change_nothing(
    of_a_cluster: OfACluster, alone: str
) -> None:
    assert {"rows-00001.arrays", "share-00001.npz"} <= {*of_a_cluster.told["killed"]}
    assert of_a_cluster.told["trained_losing"] == alone


def test_executors_killed_in_both_passes_of_a_batch_change_nothing(
    of_a_cluster: OfACluster, batch_folder: Path, tmp_path: Path
) -> None:
    stated = of_a_cluster.told["batch"]
    decide_on_tables(
        engine="shards", registry=batch_folder / "registry", data=str(batch_folder / "tables"),
        audience=stated["audience"], channel="email", at=datetime.fromisoformat(stated["at"]),
        run_id="mail-7", out=str(tmp_path / "decided"), shards=5,
    )  # fmt: skip

    assert {"first-00001.arrow", "decisions-mail-7-00002.parquet"} <= {*of_a_cluster.told["killed"]}
    here = rows(tmp_path / "decided")
    assert len(here) == len(stated["audience"])
    assert rows(of_a_cluster.out / "decided_losing") == here
    assert rows(of_a_cluster.out / "decided") == here


def rows(folder: Path) -> list[dict[str, Any]]:
    found = [row for path in folder.glob("decisions/*.parquet") for row in pq.read_table(path).to_pylist()]
    return sorted(found, key=lambda row: str(row["customer_id"]))


class Processes:
    """Machines of a network that share nothing but addresses: processes that are started for it."""

    machines = 2

    def grow(self, shares: Sequence[Share]) -> list[str]:
        addresses = [f"127.0.0.1:{port}" for port in free_ports(len(shares))]
        with ThreadPoolExecutor(len(shares)) as pool:
            return [*pool.map(self._one, shares, [addresses] * len(shares), range(len(shares)))]

    def _one(self, share: Share, addresses: list[str], rank: int) -> str:
        with tempfile.NamedTemporaryFile() as grown:
            program = (
                "import sys; from pathlib import Path; "
                "from models.learned.trees.network import Share, grow_share; "
                "share = Share.from_bytes(sys.stdin.buffer.read()); "
                f"Path({grown.name!r}).write_text(grow_share(share, {addresses!r}, {rank}))"
            )
            subprocess.run([sys.executable, "-c", program], input=share.to_bytes(), check=True)
            return Path(grown.name).read_text()


def test_two_plain_processes_publish_the_bundle_of_one(
    network_config: Path, parquet_folder: Path, alone: str, tmp_path: Path
) -> None:
    network: Network = Processes()
    buckets = Buckets(count=3, engine=OneMachine(), scratch=tmp_path, network=network)

    assert trained(parquet_folder, network_config, tmp_path, buckets) == alone
