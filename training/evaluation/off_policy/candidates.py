"""Candidates of logged decisions.

What the service would have allowed then, by its own eligibility. For logs that do not say what else could
have been done. Knows the core's eligibility and situations; knows nothing of scores or policies.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Ints, Mask
from models.domain.decision import DecisionRequest
from models.domain.history import from_ms
from models.domain.interaction import Customer
from models.domain.journey import Journey
from models.policy.eligibility.catalogue import Catalogue
from models.policy.engine import Engine
from training.fit.prepared import Prepared
from training.rows.account_phases import AccountsThen


def eligible(prepared: Prepared, engine: Engine, rows: Ints) -> Mask:
    """Shape (k, T): treatments that were candidates at each of k rows; doing nothing always is."""
    journey = prepared.journey
    if not _has_barriers(journey):
        mask: Mask = Catalogue.of(journey).phases[prepared.situations.phase[rows]].copy()
        mask[:, 0] = True
        return mask
    mask = np.zeros((len(rows), len(journey.treatments)), dtype=bool)
    everything = (1 << len(journey.treatments)) - 1
    accounts = AccountsThen(journey, prepared.log)
    for place, row in enumerate(rows.tolist()):
        request = _request(prepared, accounts, row)
        screening = engine.eligibility.screen(
            request, prepared.situations.take(slice(row, row + 1)), everything
        )
        mask[place, screening.candidates] = True
    return mask


def _has_barriers(journey: Journey) -> bool:
    """Whether anything but the phase can refuse a treatment."""
    of_actions = (
        a.repeat_after_days
        or a.stop_after_positive
        or a.stop_after_ignored
        or a.starts_at
        or a.ends_at
        or a.requires
        or a.conflicts
        or a.roles
        for a in journey.actions
    )
    of_channels = (c.consent or c.quiet_hours for c in journey.channels)
    return bool(journey.policies or journey.contact_limits or any(of_actions) or any(of_channels))


def _request(prepared: Prepared, accounts: AccountsThen, row: int) -> DecisionRequest:
    """The customer at that moment; history and phase come with the situation."""
    log, rows = prepared.log, prepared.rows
    customer = int(rows.customer[row])
    return DecisionRequest(
        decision_id=f"row-{row}",
        customer=Customer(
            customer_id=log.customer_ids[customer].as_py(),
            attributes=log.attributes_at(customer, int(rows.decided_at[row])),
            consent=log.consents[customer],
            time_zone=log.time_zones[customer],
        ),
        decided_at=from_ms(int(rows.decided_at[row])),
        account=accounts.state_of(customer, int(rows.decided_at[row])),
    )
