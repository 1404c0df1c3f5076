"""One step of simulated customers.

The chance in it, and what it brought.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.arrays import Floats, Ints, Mask
from training.simulator.world.events import Events


@dataclass(frozen=True, kw_only=True, eq=False)
class Noise:
    """The chance of one step, drawn before anybody decides.

    Policies can then be compared on the same chance. ``respond``, ``refuse``: (n,) uniform. ``move``: (n, A)
    Gumbel: the alternative with the largest logit + noise happens, which is a draw from the softmax.
    ``delay``: (n,) days until an outcome.
    """

    respond: Floats
    refuse: Floats
    move: Floats
    delay: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class StepResult:
    """What one step brought.

    ``outcome``: position in ``journey.outcomes``, -1 when nothing came back. ``reward``: (n,) EUR.
    ``target``: the alternative that happened. ``events``: contacts and outcomes included, as a history holds
    them.
    """

    reward: Floats
    responded: Mask
    target: Ints
    outcome: Ints
    outcome_at: Ints
    events: Events
