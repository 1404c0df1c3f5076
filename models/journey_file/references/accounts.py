"""What accounts say of phases, and their attributes of themselves."""

from __future__ import annotations

from models.journey_file.references.events import check_typed
from models.journey_file.references.names import NameCheck, entries, section


def check_accounts(check: NameCheck) -> None:
    """Attributes fit their types, and rules lead to phases that there are."""
    accounts = section(check.values, "accounts")
    check_typed(check, section(accounts, "attributes"), ("accounts", "attributes"))
    for index, rule in enumerate(entries(accounts, "phase_rules")):
        path = ("accounts", "phase_rules", index, "to")
        check.known([rule.get("to")], "a phase", check.declared.phases, "phases", path)
