"""The truth of a simulated world.

Names and numbers of its world file. Knows nothing of files or of simulating. The file's fields, with an
example: docs/how-to/add-a-world.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.domain.journey import Journey

QUIET = "quiet"
"""The alternative of showing no sign of life, next to the phases in ``moves``."""


@dataclass(frozen=True, kw_only=True)
class Warmth:
    """What one unit of hidden warmth changes.

    ``explained``: its correlation with the attributes' score.
    """

    explained: float = 0.0
    response: float = 0.5
    forward: float = 0.5
    backward: float = -0.3
    quiet: float = -0.4
    browsing: float = 0.4


@dataclass(frozen=True, kw_only=True)
class Fatigue:
    """What one unit of fatigue changes.

    ``retained``: the share that stays over one step.
    """

    retained: float = 0.5
    response: float = -0.3
    forward: float = -0.3
    backward: float = 0.2
    quiet: float = 0.3
    browsing: float = -0.1
    unsubscribe: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Taste:
    """The hidden taste of customers for channels.

    Its spread for each channel, and how strongly it scales effects on movement.
    """

    spread: float = 0.0
    effect: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ChannelTruth:
    """What is true of a channel.

    ``reach`` scales effects, ``response`` shifts the logit, ``load`` scales fatigue; ``available``: share of
    customers who can be reached; ``touchpoint``: what a response leaves behind.
    """

    reach: float = 1.0
    response: float = 0.0
    load: float = 1.0
    available: float = 1.0
    touchpoint: str | None = None


@dataclass(frozen=True, kw_only=True)
class Browsing:
    """Touchpoints of an active customer.

    ``1 + Poisson(rate ...)`` a step, kinds by weight.
    """

    rate: float = 0.5
    touchpoints: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PhaseTruth:
    """What is true of a phase.

    ``share`` of customers who start here, ``entry`` touchpoints that brought them, base ``moves``.
    """

    moves: Mapping[str, float]
    browsing: Browsing
    share: float = 0.0
    entry: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ActionTruth:
    """What is true of an action.

    ``response``: base probability by phase; ``moves``: from → to → log-odds; ``slope``: for the warm;
    ``outcome``: the positive outcome it brings, if not the journey's first.
    """

    response: Mapping[str, float] = field(default_factory=dict)
    moves: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    slope: float = 0.0
    load: float = 1.0
    touchpoint: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class LoggingTruth:
    """How the log was made: see ``policies.LoggingPolicy``."""

    exploration: float = 0.2
    pause: float = 0.4
    sharpness: float = 0.6
    mix_channels: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How active customers say no.

    The chances that one who was contacted and did not respond does so.
    """

    rejected: float = 0.0
    unsubscribed: float = 0.0


@dataclass(frozen=True, kw_only=True)
class WorldFile:
    """A world file, validated, with the journey it belongs to.

    ``tells``: touchpoint → property → word → weight: what some touchpoints tell, drawn once a customer.
    """

    name: str
    kind: str
    journey: Journey
    journey_bytes: bytes
    start: datetime
    step_days: float
    warmth: Warmth
    fatigue: Fatigue
    taste: Taste
    channels: Mapping[str, ChannelTruth]
    touchpoints: Mapping[str, str]
    phases: Mapping[str, PhaseTruth]
    signals: Mapping[str, tuple[str, ...]]
    actions: Mapping[str, ActionTruth]
    answers: Answers
    logging: LoggingTruth
    extra: Mapping[str, Any]
    tells: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)

    def signal(self, source: str, target: str) -> tuple[str, ...]:
        """Touchpoints that tell of a move; ``source>target`` wins over ``target``."""
        return self.signals.get(f"{source}>{target}", self.signals.get(target, ()))
