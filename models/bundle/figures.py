"""Figures of a training that pages show.

The manifest of a bundle carries them, because the report stays where it was trained.
"""

from typing import Final

EXTRA: Final = "figures"
"""Where a manifest's ``extra`` has them: moves, effects, phases, promises."""
