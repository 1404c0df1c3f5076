"""The screens of the console, in the order of the menu."""

from collections.abc import Mapping
from typing import Final

from nba_service.console.desk import Change, Screen
from nba_service.console.screens import (
    account,
    actions,
    apprentice,
    content,
    coverage,
    customer,
    experiments,
    gap,
    health,
    journey,
    models,
    rehearsal,
    report,
    start,
)

SHOWN: Final[Mapping[str, Screen]] = {
    "start": start.show,
    "journey": journey.show,
    "gap": gap.show,
    "customer": customer.show,
    "account": account.show,
    "actions": actions.show,
    "apprentice": apprentice.show,
    "experiments": experiments.show,
    "models": models.show,
    "coverage": coverage.show,
    "rehearsal": rehearsal.show,
    "report": report.show,
    "content": content.show,
    "health": health.show,
}
"""What makes the page of a screen."""

GROUPED: Final = frozenset({"gap", "actions", "experiments", "apprentice", "coverage", "models", "rehearsal"})
"""Screens that can be asked about a group of customers, by a condition in CEL."""

CHANGED: Final[Mapping[str, Change]] = {"models": models.change, "rehearsal": rehearsal.change}
"""What does what a screen's form asks for."""

MENU: Final = (
    ("look", (("start", "s"), ("journey", "j"), ("gap", "g"), ("customer", "c"), ("account", "k"))),
    (
        "judge",
        (("actions", "a"), ("experiments", "e"), ("apprentice", "p"), ("models", "m"), ("coverage", "v")),
    ),
    ("change", (("rehearsal", "r"), ("content", "t"), ("health", "h"))),
)
"""Groups of screens, each with the key that goes there after ``g``."""
