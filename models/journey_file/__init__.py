"""The journey file is the whole business configuration, in YAML.

``parse_journey`` turns its bytes into a ``Journey`` or says everything that is wrong with it;
``lint_journey`` finds what is valid and most likely not meant; ``policy_rule_problems`` judges one more rule
for a journey that was read already. Pure: callers read the file.

Knows YAML and marshmallow; knows nothing of customers or learned numbers. Every field:
docs/reference/journey-file.md.
"""

from models.journey_file.lint import Finding, lint_journey
from models.journey_file.parse import parse_journey
from models.journey_file.rules import policy_rule_problems

__all__ = ["Finding", "lint_journey", "parse_journey", "policy_rule_problems"]
