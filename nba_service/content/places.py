"""Where in a journey file a text stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from models.domain.actions import Action
from models.journey_file.build import DEFAULT_CHANNEL
from models.journey_file.problems import Path


def written_at(
    action: Action, key: str, locale: str, field: str, slots: Mapping[str, str], written: Collection[Path]
) -> Path:
    """Where a text stands: under ``key`` (a placement or channel), that channel, or ``default``."""
    content: Path = ("actions", action.name, "content")
    own = (key,) if key in action.channels else (key, slots.get(key, key))
    paths = [(*content, name, locale, field) for name in (*own, DEFAULT_CHANNEL)]
    return next((path for path in paths if path in written), paths[-1])
