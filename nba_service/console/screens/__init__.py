"""The screens of the console, in the order of the menu."""

from collections.abc import Mapping
from typing import Final

from nba_service.console.desk import Change, Screen
from nba_service.console.screens import customer

SHOWN: Final[Mapping[str, Screen]] = {"start": customer.show, "customer": customer.show}
"""What makes the page of a screen."""

CHANGED: Final[Mapping[str, Change]] = {}
"""What does what a screen's form asks for."""

MENU: Final = (("look", (("start", "s"), ("customer", "c"))),)
"""Groups of screens, each with the key that goes there after ``g``."""
