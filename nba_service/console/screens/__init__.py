"""The screens of the console, in the order of the menu."""

from collections.abc import Mapping
from typing import Final

from nba_service.console.desk import Change, Screen
from nba_service.console.screens import content, customer, health, journey, models, start

SHOWN: Final[Mapping[str, Screen]] = {
    "start": start.show,
    "journey": journey.show,
    "customer": customer.show,
    "models": models.show,
    "content": content.show,
    "health": health.show,
}
"""What makes the page of a screen."""

CHANGED: Final[Mapping[str, Change]] = {"models": models.change}
"""What does what a screen's form asks for."""

MENU: Final = (
    ("look", (("start", "s"), ("journey", "j"), ("customer", "c"))),
    ("judge", (("models", "m"),)),
    ("change", (("content", "t"), ("health", "h"))),
)
"""Groups of screens, each with the key that goes there after ``g``."""
