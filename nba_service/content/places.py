"""Where in a journey file a text stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from models.domain.actions import Action
from models.journey_file.build import DEFAULT_CHANNEL
from models.journey_file.problems import Path


def written_at(
    action: Action,
    key: str,
    locale: str,
    field: str,
    slots: Mapping[str, str],
    written: Collection[Path],
    variant: str = "",
) -> Path:
    """Where a text stands: under ``key`` (a placement or channel), that channel, or ``default``.

    In each of them a variant's own comes before that of ``content``.
    """
    roots: list[Path] = [("actions", action.name, "content")]
    if variant:
        roots.insert(0, ("actions", action.name, "variants", variant))
    own = (key,) if key in action.channels else (key, slots.get(key, key))
    paths = [(*root, name, locale, field) for name in (*own, DEFAULT_CHANNEL) for root in roots]
    return next((path for path in paths if path in written), paths[-1])
