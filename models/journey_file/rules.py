"""…"""

from typing import Any

from models.journey_file.problems import Problems


def check_rules(values: dict[str, Any], problems: Problems) -> None:
    return None
