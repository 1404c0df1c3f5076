"""How old things are: the champion, the newest decision, the newest outcome.

For ``nba doctor``. Old is not wrong, so nothing here is a problem; a sentence says what to look at. Knows the
registry and the store; decides nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from models.domain.history import from_ms
from models.registry import Registry
from nba_service.settings import Settings
from nba_service.store import open_store

OLD_CHAMPION: Final = timedelta(days=90)
SILENCE: Final = timedelta(days=7)


def champion_age(settings: Settings, now: datetime) -> str:
    """Since when the champion decides, and how old its training is."""
    entry = next((entry for entry in Registry(settings.registry).bundles() if entry.champion), None)
    if entry is None or entry.manifest is None:
        return "there is no champion"
    age = now - entry.manifest.created_at
    told = f"{entry.bundle_id} was trained {_ago(age)}"
    if age > OLD_CHAMPION:
        return f"{told}; customers may have changed: retrain, the gate says whether that is better"
    return told


def silence(settings: Settings, now: datetime) -> str:
    """When the store last heard of a decision and of an outcome."""
    store = open_store(settings)
    try:
        decided, told = store.overview.newest_moment(), store.overview.newest_outcome()
    finally:
        store.close()
    if decided is None:
        return "nothing was decided yet"
    decision_age = now - from_ms(decided)
    if told is None:
        made = f"the newest decision was made {_ago(decision_age)}"
        return f"{made}; no outcome came yet: without them nothing is learned"
    outcome_age = now - from_ms(told)
    sentence = (
        f"the newest decision was made {_ago(decision_age)}, the newest outcome happened {_ago(outcome_age)}"
    )
    if outcome_age - decision_age > SILENCE:
        return f"{sentence}: do your pages and mail tools still report them?"
    return sentence


def _ago(age: timedelta) -> str:
    minutes = max(0, round(age.total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} minutes ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours ago"
    return f"{age.days} days ago"
