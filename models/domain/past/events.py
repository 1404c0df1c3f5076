"""Interactions as events of a past."""

from __future__ import annotations

from models.domain.history import to_cents, to_ms
from models.domain.interaction import Interaction
from models.domain.past.details import detail_of
from models.domain.past.past import PastEvent, key_of
from models.domain.past.vocabulary import Sort


def event_of(interaction: Interaction, row_id: str) -> PastEvent:
    """An interaction as an event; ``row_id``: which it is, so that it counts once.

    Raises:
        HistoryError: it has a time without zone, or a value that is no sensible amount.
    """
    kind, at = int(interaction.kind), to_ms(interaction.occurred_at)
    sort = Sort(kind, interaction.touchpoint, interaction.channel, interaction.action, interaction.phase)
    whose = f"interaction {interaction.touchpoint!r} at {interaction.occurred_at.isoformat()}"
    cents = to_cents(interaction.value, whose) if interaction.value else 0
    return PastEvent(at, sort, cents, key_of(kind, row_id), detail_of(interaction.properties))
