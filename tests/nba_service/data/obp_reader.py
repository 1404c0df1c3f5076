"""Reads a file of ``nba export --format obp`` with Open Bandit Pipeline, and prints what it makes of it.

``python obp_reader.py FOLDER FILE``: FOLDER is where Open Bandit Pipeline and pandas lie. Its evaluation and
its estimators run as they are; what else the package would load (neural policies, which need PyTorch) is left
out.
"""

from __future__ import annotations

import json
import sys
import types

import numpy as np


def main(folder: str, file: str) -> None:
    sys.path.insert(0, folder)
    for name in ("obp", "obp.ope"):  # without their __init__, which loads everything
        package = types.ModuleType(name)
        package.__path__ = [f"{folder}/{name.replace('.', '/')}"]
        sys.modules[name] = package
    torch = types.ModuleType("torch")  # only named in annotations
    vars(torch).update(Tensor=np.ndarray, tensor=np.ndarray)
    sys.modules.setdefault("torch", torch)
    from obp.ope.estimators import InverseProbabilityWeighting, SelfNormalizedInverseProbabilityWeighting
    from obp.ope.meta import OffPolicyEvaluation

    with np.load(file) as arrays:
        feedback = {name: arrays[name] for name in arrays.files}
    feedback |= {name: int(feedback[name]) for name in ("n_rounds", "n_actions")}
    evaluation = OffPolicyEvaluation(
        bandit_feedback=feedback,
        ope_estimators=[InverseProbabilityWeighting(), SelfNormalizedInverseProbabilityWeighting()],
    )
    uniform = (feedback["pi_b"] > 0) / (feedback["pi_b"] > 0).sum(axis=1, keepdims=True)
    values = evaluation.estimate_policy_values(action_dist=uniform)
    json.dump({name: float(value) for name, value in values.items()}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
