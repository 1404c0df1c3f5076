"""What happened with one customer, kept in columns."""

from models.domain.past.events import event_of
from models.domain.past.packing import pack, unpack
from models.domain.past.past import NO_PAST, Checkpoint, Past, PastEvent, Totals, build_past, key_of
from models.domain.past.vocabulary import Sort

__all__ = [
    "NO_PAST",
    "Checkpoint",
    "Past",
    "PastEvent",
    "Sort",
    "Totals",
    "build_past",
    "event_of",
    "key_of",
    "pack",
    "unpack",
]
