"""Trees grown by several machines together, the same ones whatever their number.

LightGBM's network mode adds up what each machine sees of its rows. Floating-point sums depend on the order of
their terms, and the trees would depend on it, too. Here gradients are whole multiples of 2⁻²⁴, so their sums
are exact up to 2²⁹ rows in any order: one process, several, and a cluster grow the same trees, bit for bit.
Bins are made once, beforehand.

Knows LightGBM's network and how work is handed out; knows nothing of where machines come from.

Terms: docs/glossary.md.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from models.errors import NBAError

UNIT: Final = 2.0**-24
"""Gradients and curvatures are whole multiples of it; single precision holds them as they are."""
_LEAST: Final = 2.0**-20  # of a curvature, so that no leaf is without one
_MOST_ROWS: Final = 2**29
_BIN_ROWS: Final = 200_000
_MINUTES: Final = 2  # that machines wait for each other
_OF_BINS: Final = (
    "max_bin", "deterministic", "force_row_wise", "feature_pre_filter", "num_threads", "seed", "verbosity"
)  # fmt: skip
_ROOT = re.compile(r"^internal_count=(\d+)", re.MULTILINE)


class NetworkTrainingError(NBAError):
    """Machines did not grow the same trees from all rows."""

    code = "NETWORK_TRAINING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one machine works on.

    Attributes:
        x: shape (k, F), float32.
        label: shape (k,). 0 or 1, or a class.
        start: shape (k,) or (k, K). Raw scores before the first tree.
        weight: shape (k,). How much each row counts; empty: all alike.
        bins: the rows that bins are made of, as LightGBM's file.
    """

    x: AnyFloats
    label: AnyInts
    start: Floats
    weight: Floats
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    settings: Mapping[str, Any]
    iterations: int
    bins: bytes

    def to_bytes(self) -> bytes:
        """As a file for a machine."""
        buffer = io.BytesIO()
        settings = [np.array(repr(dict(self.settings))), np.array(self.iterations)]
        np.savez(
            buffer, x=self.x, label=self.label, start=self.start, weight=self.weight,
            names=np.array(self.names),
            categorical=np.array(self.categorical, dtype=np.int64), settings=settings[0],
            iterations=settings[1], bins=np.frombuffer(self.bins, dtype=np.uint8),
        )  # fmt: skip
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Share:
        """What ``to_bytes`` gave."""
        import ast

        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return cls(
                x=file["x"],
                label=file["label"],
                start=file["start"],
                weight=file["weight"],
                names=tuple(file["names"].tolist()),
                categorical=tuple(file["categorical"].tolist()),
                settings=ast.literal_eval(str(file["settings"])),
                iterations=int(file["iterations"]),
                bins=file["bins"].tobytes(),
            )


class Network(Protocol):
    """Machines that grow trees together."""

    @property
    def machines(self) -> int: ...

    def grow(self, shares: Sequence[Share]) -> list[str]:
        """LightGBM's text, of each machine; they work at the same time, the share of each is in order."""
        ...


class InThreads:
    """Two ends of a network in this process.

    What one machine alone grows.

    LightGBM alone would take a short cut, counting leaves in another way, and grow slightly other trees.
    """

    machines = 2

    def grow(self, shares: Sequence[Share]) -> list[str]:
        machines = [f"127.0.0.1:{port}" for port in free_ports(len(shares))]
        with ThreadPoolExecutor(len(shares)) as pool:
            return [*pool.map(grow_share, shares, [machines] * len(shares), range(len(shares)))]


IN_THREADS: Final[Network] = InThreads()


def grow_together(
    network: Network,
    matrix: Callable[[AnyInts], AnyFloats],
    rows: AnyInts,
    *,
    label: AnyInts,
    start: Floats,
    weight: Floats | None = None,
    names: Sequence[str],
    categorical: Sequence[int],
    settings: Mapping[str, Any],
    iterations: int,
) -> str:
    """LightGBM's text of the trees that all machines grew.

    Args:
        rows: shape (n,). Positions that ``matrix`` takes.
        label, start, weight: of those rows.

    Raises:
        NetworkTrainingError: machines disagree, or a tree's root does not count all rows.
    """
    if len(rows) > _MOST_ROWS:
        raise NetworkTrainingError(
            f"expected at most {_MOST_ROWS:,} rows, got {len(rows):,}; lower trees.most_rows"
        )
    sample = rows[
        np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _BIN_ROWS)).round().astype(np.int64))
    ]
    bins = _bins(np.ascontiguousarray(matrix(sample), dtype=np.float32), names, categorical, settings)
    shares = [
        Share(
            x=np.ascontiguousarray(matrix(rows[part]), dtype=np.float32),
            label=label[part],
            start=start[part],
            weight=np.empty(0) if weight is None else weight[part],
            names=tuple(names),
            categorical=tuple(categorical),
            settings=settings,
            iterations=iterations,
            bins=bins,
        )
        for part in np.array_split(np.arange(len(rows)), network.machines)
    ]
    texts = network.grow(shares)
    check_agreement(texts, len(rows))
    return texts[0]


def check_agreement(texts: Sequence[str], rows: int) -> None:
    """
    Raises:
        NetworkTrainingError: machines disagree, or a tree's root does not count all rows.
    """
    hashes = {hashlib.sha256(text.encode()).hexdigest()[:12] for text in texts}
    if len(hashes) != 1:
        raise NetworkTrainingError(
            f"machines grew different trees ({', '.join(sorted(hashes))}); train again"
        )
    counted = {int(count) for count in _ROOT.findall(texts[0])}
    if counted - {rows}:
        raise NetworkTrainingError(
            f"expected every tree's root to count all {rows:,} rows, got {sorted(counted)}: a machine was "
            "left out. Check that all machines reach each other, and train again."
        )


def grow_share(share: Share, machines: Sequence[str], rank: int) -> str:
    """One machine's work; all of ``machines`` (``host:port``) must do theirs at the same time."""
    lightgbm = _lightgbm()
    settings = dict(share.settings)
    settings |= {
        "objective": _rounded(share.label, share.start.shape, share.weight),
        "machines": ",".join(machines),
        "num_machines": len(machines),
        "local_listen_port": int(machines[rank].rpartition(":")[2]),
        "tree_learner": "data",
        "pre_partition": True,
        "time_out": _MINUTES,
    }
    settings.pop("metric", None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bins"
        path.write_bytes(share.bins)
        data = lightgbm.Dataset(
            share.x,
            label=share.label,
            feature_name=[*share.names],
            categorical_feature=[*share.categorical],
            reference=lightgbm.Dataset(str(path), params=_of_bins(share.settings)),
            params=_of_bins(share.settings),
        )
        data.construct().set_init_score(share.start)
    booster = lightgbm.train(settings, data, num_boost_round=share.iterations)
    booster.free_network()
    text: str = booster.model_to_string(num_iteration=-1)
    return text.split("\nparameters:\n")[0] + "\n"


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, all different."""
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind(("", 0))
    ports = [int(each.getsockname()[1]) for each in held]
    for each in held:
        each.close()
    return ports


def _bins(
    x: AnyFloats, names: Sequence[str], categorical: Sequence[int], settings: Mapping[str, Any]
) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bins"
        data = _lightgbm().Dataset(
            x, feature_name=[*names], categorical_feature=[*categorical], params=_of_bins(settings)
        )
        data.save_binary(str(path))
        return path.read_bytes()


def _of_bins(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those that bins depend on; others would be a contradiction to the file's."""
    return {"pre_partition": True, **{name: settings[name] for name in _OF_BINS}}


def _rounded(
    label: AnyInts, shape: tuple[int, ...], weight: Floats
) -> Callable[[Floats, Any], tuple[Floats, Floats]]:
    """Gradient and curvature of the log-loss on raw scores, as LightGBM computes them, in whole units."""

    each = weight if len(weight) else np.ones(1)

    def binary(score: Floats, _: Any) -> tuple[Floats, Floats]:
        chance = 1.0 / (1.0 + np.exp(-score))
        curvature = np.maximum(each * chance * (1.0 - chance), _LEAST)
        return _whole(each * (chance - label)), _whole(curvature)

    def several(score: Floats, _: Any) -> tuple[Floats, Floats]:
        raised = np.exp(score - score.max(axis=1, keepdims=True))
        chance = raised / raised.sum(axis=1, keepdims=True)
        gradient = chance.copy()
        gradient[np.arange(len(label)), label] -= 1.0
        factor = shape[1] / (shape[1] - 1.0)
        curvature = np.maximum(each[:, None] * factor * chance * (1.0 - chance), _LEAST)
        return _whole(each[:, None] * gradient), _whole(curvature)

    return several if len(shape) == 2 else binary


def _whole(values: Floats) -> Floats:
    return np.asarray(np.round(values / UNIT) * UNIT)


def _lightgbm() -> Any:
    """LightGBM's threads must not spin between calls: on a shared machine that doubles the CPU."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import lightgbm

    return lightgbm
