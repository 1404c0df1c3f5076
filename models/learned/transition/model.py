"""Where a customer will be, and what a treatment changes there.

At the horizon.

Three stages added up on the log-odds of the next phase:

1. baseline: the course of this customer when nothing is done; the smoothed phase chain, what features do
   in every phase alike (``course.py``), and trees started from both; scored once a customer, not once a
   candidate;
2. effects: an offset per (phase, treatment, next phase), see ``models/learned/transition/effects.py``;
3. calibration on later rows, kept only where it lowers the log-loss there.

``fit.py`` learns it. Terms: docs/glossary.md. Method: DESIGN, section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.arrays import AnyFloats, AnyInts, Floats
from models.learned.files import array_bytes, json_bytes, read_array, read_json
from models.learned.transition.calibration import PhaseCalibration
from models.learned.transition.course import Course
from models.learned.transition.effects import softmax
from models.learned.transition.further_steps import FurtherSteps
from models.learned.trees.trees import Trees


@dataclass(frozen=True, eq=False, kw_only=True)
class TransitionModel:
    """Log-odds of the next phase, fitted by ``fit_transition``.

    Attributes:
        chain: shape (P, P). Log of the smoothed P(next phase | phase) when nothing is done.
        effects: shape (P, T, P). Log-odds offsets of treatments, relative to doing nothing.
        standard_errors: shape (P, T, P). Of the effects.
        classes: shape (K,). Next phases that the trees score; the others stay with the chain.
        calibration: what later rows corrected.
        course: what features do in every phase alike; None with too few rows.
        trees_text: LightGBM's text; None: the chain speaks alone.
        trees_alone: whether the trees say all of ``classes`` and are not added to chain and course.
        further: the steps after the next one; None: nothing but the chain is known of them.
    """

    chain: Floats
    effects: Floats
    standard_errors: Floats
    classes: AnyInts
    calibration: PhaseCalibration
    trees_text: str | None
    course: Course | None = None
    trees_alone: bool = False
    further: FurtherSteps | None = None

    def further_baseline(self, customer_x: AnyFloats) -> Floats:
        """Log-odds of the phase after a later step from every phase, shape (P, P), of one customer.

        When nothing is done. ``customer_x``: shape (1, F).
        """
        if self.further is None:
            return np.asarray(self.chain + self.calibration.shift)
        return self.further.baseline(customer_x)

    def baseline(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """Log-odds of the next phase when nothing is done: shape (n, P), once a customer."""
        logits = self.start(customer_x, phase)
        if self.trees is not None:
            logits[:, self.classes] += self.calibration.scale * self.trees.raw_scores(customer_x)
        return np.asarray(logits)

    def start(self, customer_x: AnyFloats, phase: AnyInts) -> Floats:
        """The baseline without its trees: shape (n, P)."""
        logits = self.before_trees(phase)
        return np.asarray(logits if self.course is None else logits + self.course.scores(customer_x, phase))

    def before_trees(self, phase: AnyInts) -> Floats:
        """Chain and calibration, which course and trees are added to: shape (n, P)."""
        if not self.trees_alone:
            return np.asarray(self.chain[phase] + self.calibration.shift[phase])
        chain = self.chain.copy()
        chain[:, self.classes] = 0.0
        return np.asarray(chain[phase] + self.calibration.shift[phase])

    def probabilities(self, baseline: Floats, row: AnyInts, phase: AnyInts, treatment: AnyInts) -> Floats:
        """P(phase at the horizon) of m candidates: shape (m, P), rows sum to one.

        Args:
            baseline: shape (n, P). From ``baseline``.
            row: shape (m,). Situation of each candidate.
            phase: shape (n,). Phase of each situation.
            treatment: shape (m,).
        """
        return softmax(baseline[row] + self.effects[phase[row], treatment])

    @cached_property
    def trees(self) -> Trees | None:
        return None if self.trees_text is None else Trees.from_model_string(self.trees_text)

    def to_files(self) -> dict[str, bytes]:
        """The model as files; the same model gives the same bytes."""
        settings: dict[str, Any] = {
            "classes": [int(c) for c in self.classes],
            "scale": self.calibration.scale,
            "course": None if self.course is None else self.course.to_json(),
        }
        files = {
            "transition.json": json_bytes(settings | ({"trees_alone": True} if self.trees_alone else {})),
            "transition_chain.npy": array_bytes(np.stack((self.chain, self.calibration.shift))),
            "transition_effects.npy": array_bytes(np.stack((self.effects, self.standard_errors))),
        }
        if self.further is not None:
            course = {"course": self.further.course.to_json(), "spread": self.further.spread}
            files["transition_further.json"] = json_bytes(course)
            files["transition_further.npy"] = array_bytes(self.further.chain)
        if self.trees_text is not None:
            files["transition_trees.txt"] = self.trees_text.encode()
        return files

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> TransitionModel:
        """What ``to_files`` gave; BundleError if a file is missing or of another kind."""
        settings = read_json(files, "transition.json")
        chain, effects = (
            read_array(files, "transition_chain.npy"),
            read_array(files, "transition_effects.npy"),
        )
        text, course = files.get("transition_trees.txt"), settings.get("course")
        return cls(
            chain=chain[0],
            effects=effects[0],
            standard_errors=effects[1],
            classes=np.array(settings["classes"], dtype=np.int64),
            calibration=PhaseCalibration(scale=float(settings["scale"]), shift=chain[1]),
            trees_text=None if text is None else text.decode(),
            course=None if course is None else Course.from_json(course, len(chain[0])),
            trees_alone=bool(settings.get("trees_alone", False)),
            further=_further(files),
        )


def _further(files: Mapping[str, bytes]) -> FurtherSteps | None:
    if "transition_further.json" not in files:
        return None
    chain = read_array(files, "transition_further.npy")
    said = read_json(files, "transition_further.json")
    course = Course.from_json(said["course"], len(chain))
    return FurtherSteps(chain=chain, course=course, spread=float(said["spread"]))
