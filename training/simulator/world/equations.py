"""The equations of a world.

What a customer does when we do something, or nothing. Knows probabilities, not customers: every function
takes plain arrays of any shapes that broadcast, so the simulation (one customer a row) and the planner (one
grid point a row) use the same truth.

A customer at a decision has a phase ``s``, a hidden warmth ``w`` (standard normal, constant), a hidden
fatigue ``f >= 0``, and a hidden taste ``u_c`` for each channel ``c`` (normal, constant). We take
treatment ``a`` on channel ``c``; treatment 0 is doing nothing. Then, until the next decision:

* **response**   ``P(respond) = sigmoid( R[s, a] + r_w[a] w + r_f f + u_c )``; 0 for doing nothing.
* **movement**   ``P(j) = softmax_j( B[s, j] + m_w[s, j] w + m_f[s, j] f
  + E[s, a, j] exp(g u_c) + D[s, j] k[a] w )`` over the alternatives ``j``: each phase that can be reached
  from ``s``, ``s`` itself (active, but staying) and *quiet* (no sign of life).
  ``B`` is the chain when nothing is done, ``E`` what the treatment adds (its channel's reach included),
  ``D`` is 1 for phases further on, ``k[a]`` says how much better (or worse) a treatment moves the warm.
  Warmth helps forward and against quiet; fatigue does the opposite: contact pressure drives churn.
* **fatigue**    ``f' = q f + load[a]`` with ``q`` the share that stays over one step.
* **lapse**      who is quiet longer than the journey file's ``lapse`` moves as it says.
* **reward**     ``value(a) responded - cost(c) + entry value(s')`` for every phase entered, in EUR.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import AnyInts, Floats, Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Equations:
    """The coefficients of a world.

    ``P`` phases, ``T`` treatments, ``A = P + 1`` alternatives (the last: quiet).

    Attributes:
        base: (P, A) logits when nothing is done at warmth and fatigue 0; -inf: cannot be reached.
        move_warmth, move_fatigue: (P, A) change of the logits per unit of warmth, of fatigue.
        effect: (P, T, A) what a treatment adds; row 0 (nothing) is zero.
        forward: (P, A) 1.0 where the alternative is a phase further on.
        slope: (T,) extra effect on moving forward per unit of warmth.
        response: (P, T) logits; -inf for doing nothing.
        response_warmth: (T,). response_fatigue: scalar.
        taste_effect: how strongly taste scales the effects (``g``).
        load: (T,) fatigue added. retained: share of fatigue that stays over a step.
        value, cost: (T,) EUR of a positive response, EUR of the contact. entry_value: (P,) EUR.
        channel: (T,) position of the treatment's channel; -1 for doing nothing.
    """

    base: Floats
    move_warmth: Floats
    move_fatigue: Floats
    effect: Floats
    forward: Floats
    slope: Floats
    response: Floats
    response_warmth: Floats
    response_fatigue: float
    taste_effect: float
    load: Floats
    retained: float
    value: Floats
    cost: Floats
    entry_value: Floats
    channel: Ints

    @property
    def quiet(self) -> int:
        """The alternative of showing no sign of life."""
        return int(self.base.shape[1]) - 1

    def respond(
        self, phase: AnyInts, treatment: AnyInts, warmth: Floats, fatigue: Floats, taste: Floats
    ) -> Floats:
        """P(positive response). ``taste`` is that for the treatment's channel (0 for nothing)."""
        logit = self.response[phase, treatment] + self.response_warmth[treatment] * warmth
        return sigmoid(logit + self.response_fatigue * fatigue + taste)

    def move_logits(
        self, phase: AnyInts, treatment: AnyInts, warmth: Floats, fatigue: Floats, taste: Floats
    ) -> Floats:
        """Logits of the alternatives, shape (..., A), not normalised."""
        w, f = warmth[..., None], fatigue[..., None]
        state = self.base[phase] + self.move_warmth[phase] * w + self.move_fatigue[phase] * f
        pushed = self.effect[phase, treatment] * np.exp(self.taste_effect * taste)[..., None]
        personal: Floats = self.forward[phase] * (self.slope[treatment] * warmth)[..., None]
        return state + pushed + personal

    def move(
        self, phase: AnyInts, treatment: AnyInts, warmth: Floats, fatigue: Floats, taste: Floats
    ) -> Floats:
        """P(alternative), shape (..., A); sums to one."""
        return softmax(self.move_logits(phase, treatment, warmth, fatigue, taste))

    def tire(self, fatigue: Floats, treatment: AnyInts) -> Floats:
        """Fatigue at the next decision."""
        return self.retained * fatigue + self.load[treatment]

    def taste_for(self, taste: Floats) -> Floats:
        """Taste for the channel of every treatment: (n, C) → (n, T); 0 for doing nothing."""
        padded = np.concatenate([taste, np.zeros((len(taste), 1))], axis=1)  # channel -1 finds the zero
        return padded[:, self.channel]


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow; exactly 0 at -inf."""
    result: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return result


def softmax(logits: Floats) -> Floats:
    """Along the last axis; exactly 0 at -inf."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return result
