"""A worker is forked; LightGBM's threads are not. A process that forks after using it must go on."""

from __future__ import annotations

import subprocess
import sys

import pytest
from gunicorn.workers.gthread import ThreadWorker

from nba_service.server.gunicorn_conf import gunicorn_options
from nba_service.settings import Settings

_SCRIPT = """
import os, sys
from nba_service.process.thread_limits import limit_library_threads
limit_library_threads()
import lightgbm, numpy as np
from models.learned.trees.trees import _BoosterScorer
rng = np.random.default_rng(1)
X, y = rng.random((400, 5)), rng.integers(0, 2, 400)
parameters = {"objective": "binary", "num_threads": 1, "verbosity": -1}
booster = lightgbm.train(parameters, lightgbm.Dataset(X, y), 5)
scorer = _BoosterScorer(booster.model_to_string())
before = scorer.raw_scores(X)
child = os.fork()
if child == 0:
    os._exit(0 if np.array_equal(scorer.raw_scores(X), before) else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_lightgbm_scores_after_a_fork_and_does_not_hang() -> None:
    pytest.importorskip("lightgbm")
    done = subprocess.run([sys.executable, "-c", _SCRIPT], timeout=120, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_gunicorn_as_this_service_needs_it() -> None:
    options = gunicorn_options(Settings())
    assert issubclass(options["worker_class"], ThreadWorker)
    assert options["control_socket_disable"] is True
    assert options["worker_tmp_dir"] in (None, "/dev/shm")  # noqa: S108 - in memory
