"""The champion's effects, carried over into a new training.

They were learned from rows that are older than those of today, and count as a prior: effects start from
there. Knows names, units and centres of both; knows nothing of how much a prior is worth (the regression
learns that) or of whether it is kept (later decisions say).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Floats, Ints
from models.bundle import Models
from models.domain.journey import Journey
from models.learned.advantage.attributes import AttributeColumns
from models.learned.advantage.model import Effects, Situation
from models.learned.features.spec import FeatureSpec
from training.fit.advantage.learner import Frame, Prior


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Champion:
    """An earlier bundle.

    ``until``: the last decision that it was learned from, in milliseconds.
    """

    bundle_id: str
    until: int
    models: Models


def carried(
    champion: Champion, journey: Journey, spec: FeatureSpec, columns: AttributeColumns, frame: Frame
) -> Prior | None:
    """The champion's effects at once in the terms of a new training; None where it has none.

    Phases, channels, treatments and attributes are found by name; what is new has no effect yet. What comes
    later is learned anew.
    """
    served = champion.models.advantage
    if served is None:
        return None
    own, then, now, problem = served.attributes, served.centres, frame.centres, frame.problem
    phases = _found([phase.name for phase in journey.phases], champion.models.spec.phases)
    treatments = _found([(t.action, t.channel) for t in journey.treatments], served.treatments)
    channels = _found([*journey.channel_index], served.channels)
    attributes = _found(_names(spec, columns), _names(champion.models.spec, own))
    spread = np.where(attributes < 0, 1.0, _taken(own.spread, attributes))
    between = Situation(
        scale=np.ones(1),
        belief=np.zeros((1, problem.phases)),
        attributes=np.where(attributes < 0, 0.0, columns.mean - _taken(own.mean, attributes))[None] / spread,
        taste=np.where(channels < 0, 0.0, now.taste - _taken(then.taste, channels))[None],
        contact=(now.contact - then.felt)[None],
        recent=np.where(treatments < 0, 0.0, now.recent - _taken(then.recent, treatments))[None],
        stake=np.ones(1),
    )

    def put(effects: Effects, unit: Floats) -> Effects:
        """``unit``: (P,) that of then in that of now."""
        named = replace(
            effects,
            channel=problem.channel,
            tires=problem.tires,
            by_phase=effects.phase_share * _taken(_taken(effects.by_phase, phases).T, treatments).T,
            by_attribute=_taken(_taken(effects.by_attribute.T, attributes).T, treatments),
            by_recent=_taken(effects.by_recent, treatments),
        ).supported(1.0, effects.personal_share)
        usual = float(unit.mean())
        return Effects(
            channel=problem.channel,
            tires=problem.tires,
            by_phase=unit[:, None] * (named.by_phase + named.personal_share * named.personal_part(between)),
            by_attribute=usual * named.personal_share * named.by_attribute * columns.spread / spread,
            by_contact=usual * named.personal_share * named.by_contact,
            by_recent=usual * named.personal_share * named.by_recent,
        )

    was = np.where(phases < 0, frame.scale.variance, _taken(served.stakes.variance, phases))
    money = put(served.advantage.money, np.sqrt(was / frame.scale.variance))
    if served.advantage.moves is None:
        return Prior(money.supported(0.0, 0.0), money)
    return Prior(put(served.advantage.moves, np.ones(problem.phases)), money)


def _names(spec: FeatureSpec, columns: AttributeColumns) -> list[tuple[str, str | None]]:
    """Feature and word of each column."""
    words = {f"attribute.{each.name}": each.values for each in spec.attributes}
    names = [spec.customer_names[at] for at in columns.position]
    return [
        (name, None if code < 0 else words[name][code])
        for name, code in zip(names, columns.code.tolist(), strict=True)
    ]


def _found(wanted: Sequence[object], known: Sequence[object]) -> Ints:
    """Positions of names among the known ones; -1: not there."""
    at = {name: k for k, name in enumerate(known)}
    return np.array([at.get(name, -1) for name in wanted], dtype=np.int64)


def _taken(values: Floats, at: Ints) -> Floats:
    """Rows at these positions, zeros for -1."""
    zeros = np.zeros((1, *values.shape[1:]))
    result: Floats = np.concatenate([values, zeros])[at]
    return result
