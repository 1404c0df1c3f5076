"""A drawn log as the learner takes it, and what it learned as a policy in the same company."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.arrays import Floats, Ints, Mask
from models.learned.advantage.belief import UNKNOWN, WINDOW, certain
from training.fit.advantage.fit import Fitted, fit_advantage
from training.fit.advantage.learner import Frame
from training.fit.advantage.rows import Problem, Rows
from training.simulator.drawn.company import DISCOUNT, Company
from training.simulator.drawn.policies import certain as certainly
from training.simulator.drawn.records import HISTORY, View
from training.simulator.drawn.rollout import DrawnLog

CONTACT = [HISTORY.index(name) for name in ("pressure", "lasting_pressure", "response_rate", "dwell")]
OTHER = [k for k in range(len(HISTORY)) if k not in CONTACT]


def problem_of(company: Company) -> Problem:
    """What the company knows of itself."""
    return Problem(
        phases=company.phases,
        channels=company.channels,
        cost=company.cost,
        channel=company.channel,
        tires=company.tires,
        discount=DISCOUNT,
        horizon=company.horizon,
    )


def rows_of(log: DrawnLog) -> Rows:
    """The log, as the learner takes it."""
    last = log.view.step == log.company.horizon - 1
    return rows_seen(
        log.view, log.company.phases, customer=log.customer, next_phase=log.after.phase,
        probabilities=log.probabilities, treatment=log.treatment, reward=log.reward, ends=log.left | last,
        stated=_stated(log),
    )  # fmt: skip


def _stated(log: DrawnLog) -> Ints:
    """(k, W) the phases that were stated in the steps until each decision."""
    whole = np.full((int(log.customer.max()) + 1, log.company.horizon + WINDOW), UNKNOWN)
    whole[log.customer, log.view.step + WINDOW - 1] = log.view.phase
    return whole[log.customer[:, None], log.view.step[:, None] + np.arange(WINDOW)]


def rows_seen(view: View, phases: int, **logged: Floats | Ints | Mask) -> Rows:
    """Rows from what was seen; what happened then is known of logged rows alone."""
    nothing = np.zeros(view.n, dtype=np.int64)
    columns = {
        "customer": np.arange(view.n), "next_phase": nothing, "treatment": nothing, "ends": nothing == 1,
        "probabilities": np.zeros(view.eligible.shape, dtype=np.float32), "reward": np.zeros(view.n),
        "elapsed": np.ones(view.n), "weight": np.ones(view.n), "ahead": np.zeros((view.n, 0)),
        "stated": view.phase[:, None],
    }  # fmt: skip
    return Rows(
        step=view.step,
        phase=np.minimum(view.phase, phases - 1),
        attributes=view.attributes,
        eligible=view.eligible,
        contact=view.history[:, CONTACT],
        other=view.history[:, OTHER],
        recent=view.recent,
        taste=view.taste,
        **{**columns, **logged},
    )


class AdvantagePolicy:
    """The treatment that gains most over doing nothing; carries the belief from step to step."""

    def __init__(self, frame: Frame, gain: Callable[..., Floats]) -> None:
        self._frame, self._gain = frame, gain
        self._stated = np.zeros((0, 0), dtype=np.int64)

    def probabilities(self, view: View) -> Floats:
        gain = self.gain(view)
        worth = np.where(view.eligible, gain, -np.inf)
        return certainly(worth.argmax(axis=1), view)

    def gain(self, view: View) -> Floats:
        """(n, A) EUR."""
        filter_, phases = self._frame.belief, self._frame.problem.phases
        before = np.full((view.n, WINDOW - 1), UNKNOWN) if view.step[0] == 0 else self._stated[:, 1:]
        self._stated = np.column_stack([before, view.phase])
        belief = certain(view.phase, phases) if filter_ is None else filter_.now(self._stated)
        situation, _ = self._frame.situation(rows_seen(view, phases), belief)
        return self._gain(situation)


def learned_policies(log: DrawnLog) -> tuple[dict[str, AdvantagePolicy], Fitted]:
    """Ours, and the same effects before evidence was asked."""
    fitted = fit_advantage(problem_of(log.company), rows_of(log))
    served, raw = fitted.advantage, fitted.raw.advantage
    return {
        "ours": AdvantagePolicy(fitted.frame, served.gain),
        "ours, unproven": AdvantagePolicy(fitted.frame, raw.gain),
    }, fitted
