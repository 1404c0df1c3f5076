"""Scoring trees: our mask tables beside LightGBM, on the rows of one decision, in one run.

One decision scores a customer's candidates with the response model and the customer once with the phase
model's baseline. LightGBM is asked in three ways: ``Booster.predict`` and its C API on every candidate row
for both models, as a service does that does not know which features candidates share; and its C API with
our economy (the phase model once a customer). Inputs change from call to call, as in a service: asking the
same rows again flatters whoever branches. Every score is compared bit for bit first.

    python -m benchmarks.trees [--rows 20] [--trees 200] [--response-leaves 31] [--baseline-leaves 31]
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from lightgbm.basic import _LIB
from numpy.typing import NDArray

from models.arrays import Floats, Floats32
from models.learned.trees.trees import Trees

N_CUSTOMER, N_CANDIDATE, N_PHASES = 100, 14, 7
CATEGORICAL = (0, 1, 2)  # of the customer's columns, and of a candidate's
N_DECISIONS = 400
BLOCK = 20


@dataclass(frozen=True, slots=True)
class Decision:
    """The rows of one decision: split, and written out for LightGBM."""

    customer: Floats32  # (1, N_CUSTOMER)
    candidates: Floats32  # (rows, N_CANDIDATE)
    row: NDArray[np.intp]
    both: Floats32  # (rows, N_CUSTOMER + N_CANDIDATE)
    repeated: Floats32  # (rows, N_CUSTOMER)


def customers(rng: np.random.Generator, n: int) -> Floats32:
    """Phases, dwell times, counts and recencies; some missing."""
    x = rng.exponential(20.0, (n, N_CUSTOMER)).round(1)
    x[:, 10:50] = rng.poisson(rng.exponential(2.0, (n, 1)), (n, 40))
    x[:, 50:70][rng.random((n, 20)) < 0.3] = np.nan
    x[:, CATEGORICAL] = rng.integers(0, 7, (n, 3))
    return x.astype(np.float32)


def candidates(rng: np.random.Generator, n: int) -> Floats32:
    """Action, channel, group, their records with the customer, recencies."""
    x = rng.poisson(1.5, (n, N_CANDIDATE)).astype(np.float64)
    x[:, CATEGORICAL] = rng.integers(0, (22, 6, 5), (n, 3))
    x[:, -2:] = rng.exponential(30.0, (n, 2))
    x[rng.random(n) < 0.05] = np.nan  # doing nothing
    return x.astype(np.float32)


def fit(rng: np.random.Generator, options: argparse.Namespace) -> tuple[str, str]:
    """The two models, as text: 200 binary trees, 200 trees for each of seven phases."""
    n = 10_000
    x, c = customers(rng, n), candidates(rng, n)
    weight = 0.93 ** np.arange(N_CUSTOMER) * rng.choice((-1, 1), N_CUSTOMER)  # few features carry most
    liking = np.nan_to_num(x) @ weight / 20 + np.nan_to_num(c) @ rng.normal(0, 0.5, N_CANDIDATE)
    response = liking + rng.logistic(0, 1, n) > np.quantile(liking, 0.8)
    drift = np.nan_to_num(x) @ (weight[:, None] * rng.normal(0, 0.05, (N_CUSTOMER, N_PHASES)))
    phase = (drift + rng.gumbel(size=drift.shape)).argmax(axis=1)
    common = {"verbosity": -1, "num_threads": 1, "learning_rate": 0.05, "max_bin": 127, "seed": 1}
    own = tuple(N_CUSTOMER + i for i in CATEGORICAL)
    both = lightgbm.Dataset(np.hstack((x, c)), response, categorical_feature=[*CATEGORICAL, *own])
    alone = lightgbm.Dataset(x, phase, categorical_feature=list(CATEGORICAL))
    binary = {"objective": "binary", "num_leaves": options.response_leaves}
    classes = {
        "objective": "multiclass",
        "num_class": N_PHASES,
        "num_leaves": options.baseline_leaves,
    }
    return (
        lightgbm.train(common | binary, both, options.trees).model_to_string(),
        lightgbm.train(common | classes, alone, options.trees).model_to_string(),
    )


def decisions(rng: np.random.Generator, n_rows: int) -> list[Decision]:
    x, row = customers(rng, N_DECISIONS), np.zeros(n_rows, np.intp)
    made = []
    for i in range(N_DECISIONS):
        customer, candidate = x[i : i + 1], candidates(rng, n_rows)
        repeated = np.repeat(customer, n_rows, axis=0)
        made.append(Decision(customer, candidate, row, np.hstack((repeated, candidate)), repeated))
    return made


class CApi:
    """One ``LGBM_BoosterPredictForMat`` call on prepared buffers: as fast as LightGBM can be asked."""

    def __init__(self, booster: lightgbm.Booster, n_rows: int) -> None:
        self._handle = booster._handle
        self._out = np.empty(n_rows * booster.num_model_per_iteration())
        self._length = ctypes.c_int64()

    def __call__(self, x: Floats32) -> Floats:
        _LIB.LGBM_BoosterPredictForMat(
            self._handle,
            x.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int(0),  # float32
            ctypes.c_int32(x.shape[0]),
            ctypes.c_int32(x.shape[1]),
            ctypes.c_int(1),  # row major
            ctypes.c_int(1),  # raw scores
            ctypes.c_int(0),
            ctypes.c_int(-1),
            b"num_threads=1",
            ctypes.byref(self._length),
            self._out.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )
        return self._out


def measure(ways: Mapping[str, Callable[[Decision], Any]], work: Sequence[Decision]) -> dict[str, Floats]:
    """Microseconds per call: quantiles 10 %, 50 %, 90 %.

    The ways take turns in short blocks, so that a busy neighbour slows all of them alike; the first block
    of each is a warm-up.
    """
    taken: dict[str, list[int]] = {name: [] for name in ways}
    for block, (name, call) in itertools.product(range(len(work) // BLOCK), ways.items()):
        for decision in work[block * BLOCK : (block + 1) * BLOCK]:
            start = time.perf_counter_ns()
            call(decision)
            taken[name].append(time.perf_counter_ns() - start)
    return {name: np.quantile(np.array(t[BLOCK:]) / 1e3, (0.1, 0.5, 0.9)) for name, t in taken.items()}


def processor() -> str:
    cores = len(os.sched_getaffinity(0))
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {cores} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--response-leaves", type=int, default=31)
    parser.add_argument("--baseline-leaves", type=int, default=31)
    options = parser.parse_args()
    rng = np.random.default_rng(7)
    texts = fit(rng, options)
    response, baseline = (Trees.from_model_string(text) for text in texts)
    booster, phases = (lightgbm.Booster(model_str=text) for text in texts)
    work = decisions(rng, options.rows)
    for d in work[:100]:
        assert np.array_equal(
            response.raw_scores_split(d.customer, d.candidates, d.row),
            booster.predict(d.both, raw_score=True, num_threads=1),
        )
        assert np.array_equal(
            baseline.raw_scores(d.customer), phases.predict(d.customer, raw_score=True, num_threads=1)
        )
    c_response, c_phases = CApi(booster, options.rows), CApi(phases, options.rows)
    c_once = CApi(phases, 1)
    ways: dict[str, Callable[[Decision], Any]] = {
        "Booster.predict, every row": lambda d: (
            booster.predict(d.both, raw_score=True, num_threads=1),
            phases.predict(d.repeated, raw_score=True, num_threads=1),
        ),
        "C API, every row": lambda d: (c_response(d.both), c_phases(d.repeated)),
        "C API, baseline once": lambda d: (c_response(d.both), c_once(d.customer)),
        "mask tables": lambda d: (
            response.raw_scores_split(d.customer, d.candidates, d.row),
            baseline.raw_scores(d.customer),
        ),
        "  response alone": lambda d: response.raw_scores_split(d.customer, d.candidates, d.row),
        "  baseline alone": lambda d: baseline.raw_scores(d.customer),
    }
    print(f"{processor()}; numpy {np.__version__}, lightgbm {lightgbm.__version__}")
    print(
        f"{options.rows} rows; {options.trees} binary trees of {options.response_leaves} leaves, "
        f"{options.trees} x {N_PHASES} of {options.baseline_leaves}; every score equals LightGBM's\n"
    )
    results = measure(ways, work)
    ours = results["mask tables"][1]
    print(f"{'µs a decision':<28}{'median':>9}{'p10':>9}{'p90':>9}{'÷ ours':>9}")
    for name, (low, median, high) in results.items():
        print(f"{name:<28}{median:9.0f}{low:9.0f}{high:9.0f}{median / ours:9.1f}")


if __name__ == "__main__":
    main()
