"""The floor and a rival of ``benchmarks/service``: a bare Flask echo, and a naive LightGBM service.

    python -m benchmarks.service.rivals echo|worker|naive PORT WORKERS REGISTRY

``echo`` and ``naive`` run under gunicorn's own threaded worker with as many threads as the service;
``worker`` is the echo under the service's worker, so that what a worker saves or costs is seen apart. The
naive service does what many first versions do: it builds a row of features for each treatment in Python, asks
both boosters for all of them (on one thread, which is kind to it), and answers with the best. It keeps no
customer, checks nothing and stores nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import flask

from nba_service.process.thread_limits import limit_library_threads
from nba_service.server.gunicorn_conf import gunicorn_options
from nba_service.settings import Settings


def echo() -> flask.Flask:
    app = flask.Flask("echo")

    @app.post("/v1/decisions")
    def answer() -> Any:
        return flask.jsonify(flask.request.get_json())

    return app


def naive(registry: Path) -> flask.Flask:
    import lightgbm
    import numpy as np

    from models.registry import Registry

    app = flask.Flask("naive")
    bundle = Registry(registry).load("benchmark")
    spec, journey = bundle.models.spec, bundle.journey
    response = lightgbm.Booster(model_str=bundle.models.response.trees_text)
    phases = lightgbm.Booster(model_str=bundle.models.transition.trees_text)
    shared = len(spec.customer_names)

    @app.post("/v1/decisions")
    def answer() -> Any:
        body = flask.request.get_json()
        rows = []
        for code, treatment in enumerate(journey.treatments):
            row = dict.fromkeys((*spec.customer_names, *spec.candidate_names), 0.0)
            row["action"], row["action_value"] = float(code), float(len(treatment.action))
            rows.append(list(row.values()))
        x = np.array(rows)
        propensity = response.predict(x, num_threads=1)
        after = phases.predict(x[:, :shared], num_threads=1)
        best = int(np.argmax(propensity + after[:, -1]))
        found = {"action": journey.treatments[best].action, "propensity": float(propensity[best])}
        return flask.jsonify({"customer_id": body["customer_id"], "actions": [found]})

    return app


def main(name: str, port: str, workers: str, registry: str) -> None:
    from gunicorn.app.base import BaseApplication

    limit_library_threads()
    options = gunicorn_options(Settings(port=int(port), workers=int(workers)))
    kept = (
        "bind",
        "workers",
        "threads",
        "worker_class",
        "keepalive",
        "control_socket_disable",
        "worker_tmp_dir",
    )

    if name != "worker":
        options["worker_class"] = "gthread"

    class Rival(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            for option in kept:
                self.cfg.set(option, options[option])

        def load(self) -> flask.Flask:
            return naive(Path(registry)) if name == "naive" else echo()

    Rival().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
