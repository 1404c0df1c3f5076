"""How well a policy's models knew what followed.

On the same decisions for every policy, so that figures may be compared. Knows predictions and what happened;
knows nothing of choices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, Ints
from training.fit.prepared import Prepared
from training.gate.champion import ROWS, Contestant, treatment_positions
from training.metrics import auc, calibration_error, class_log_loss, log_loss
from training.rows.blocks import by_customer
from training.rows.rows import UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """A policy's predictions next to what happened.

    Attributes:
        contacts: decisions with a contact whose response is known; the next three are of them.
        auc, log_loss, calibration_error: of propensities; nan where there are no contacts of both kinds.
        moves: decisions whose next phase is known.
        next_phase_log_loss: nan where the policy's journey file has other phases.
    """

    policy: str
    contacts: int
    auc: float
    log_loss: float
    calibration_error: float
    moves: int
    next_phase_log_loss: float


def foresight(player: Contestant, name: str, prepared: Prepared, use: Ints) -> Foresight:
    """Judge the propensities and next phases that a policy gave to what was really done.

    Args:
        prepared: the rows, with labels and treatments in their own journey file.
        use: shape (k,). Positions of the rows.
    """
    rows, journey = prepared.rows, player.engine.journey
    own = treatment_positions(prepared.journey, journey)[rows.treatment]
    contacts = use[(rows.response[use] != UNKNOWN) & (own[use] > 0)]
    moves = use[(rows.next_phase[use] != UNKNOWN) & (own[use] >= 0)]
    label = rows.response[contacts].astype(np.int64)
    propensity = _scored(player, contacts, own[contacts])[0]
    same = list(journey.phase_index) == list(prepared.journey.phase_index)
    leads_to = _scored(player, moves, own[moves])[1] if same else None
    following = rows.next_phase[moves].astype(np.int64)
    return Foresight(
        policy=name,
        contacts=len(contacts),
        auc=auc(label, propensity),
        log_loss=log_loss(label, propensity),
        calibration_error=calibration_error(label, propensity),
        moves=len(moves),
        next_phase_log_loss=float("nan") if leads_to is None else class_log_loss(following, leads_to),
    )


def _scored(player: Contestant, at: Ints, treatment: Ints) -> tuple[Floats, Floats]:
    """Propensity and next phases of what was done: shapes (k,) and (k, P)."""
    propensity, leads_to = np.zeros(len(at)), np.zeros((len(at), len(player.engine.phases)))
    for part in by_customer(player.prepared.rows.customer[at], ROWS):
        here = at[part]
        scores = player.engine.score(
            player.prepared.situations.take(here), np.arange(len(here)), treatment[part]
        )
        propensity[part], leads_to[part] = scores.propensity, scores.leads_to
    return propensity, leads_to
