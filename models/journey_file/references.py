"""Names: everything that one part of the file says about another part must exist there.

Works on values whose shape was checked and of which the wrong parts were left out, so it reads every
field with care and reports each unknown name once, where it stands.
"""

from __future__ import annotations

from typing import Any

from models.journey_file.problems import Problems, unknown_name


def check_references(values: dict[str, Any], problems: Problems) -> None:
    """Add a problem for each name that is not declared."""
    actions = set(values.get("actions", {}))
    for phase, order in values.get("playbook", {}).items():
        for index, action in enumerate(order or ()):
            if action not in actions:
                problems.add(
                    ("playbook", phase, index), unknown_name("an action", action, actions, "actions")
                )
