"""Checks what parts of the file say of each other.

What one part says about another must exist there, and sums must add up. Each problem is reported once, where
it stands. Rules are checked by ``rules``.
"""

from __future__ import annotations

from models.journey_file.problems import Problems
from models.journey_file.references.accounts import check_accounts
from models.journey_file.references.actions import (
    check_actions,
    check_playbook,
    check_policies,
    check_requirements,
)
from models.journey_file.references.channels import check_channels, check_limits, check_mail
from models.journey_file.references.configurations import check_configurations, check_configured_actions
from models.journey_file.references.events import (
    check_attributes,
    check_consents,
    check_outcomes,
    check_phases,
    check_places,
    check_properties,
    check_touchpoints,
    check_withdrawals,
)
from models.journey_file.references.names import NameCheck, Values, declared_names
from models.journey_file.references.objective import check_golden_decisions, check_objective


def check_references(values: Values, problems: Problems) -> None:
    """Add a problem for each unknown or reserved name, and for numbers that do not fit together."""
    check = NameCheck(values, declared_names(values), problems)
    for part in (
        check_attributes,
        check_properties,
        check_accounts,
        check_touchpoints,
        check_places,
        check_phases,
        check_consents,
        check_channels,
        check_limits,
        check_outcomes,
        check_actions,
        check_requirements,
        check_configurations,
        check_configured_actions,
        check_policies,
        check_playbook,
        check_objective,
        check_golden_decisions,
        check_withdrawals,
        check_mail,
    ):
        part(check)
