"""How many digits an answer shows: six that count.

More would tell of arithmetic, not of customers. The store keeps every digit, and replay compares those.
"""

from __future__ import annotations

from typing import Any, Final

from nba_service.decisions.answers import ActionAnswer, Answer

DIGITS: Final = 6

_FORM: Final = f".{DIGITS}g"


def rounded(number: float) -> float:
    """The number with six significant digits; whole numbers stay as they are."""
    return number if number.is_integer() else float(format(number, _FORM))


def shown(answer: Answer) -> Answer:
    """An answer as it is told; the answer itself stays as exact as it was."""
    return {**answer, "actions": [_action(action) for action in answer["actions"]]}


def shown_anywhere(value: Any) -> Any:
    """Every fraction in a JSON value rounded, as explanations and what-ifs are told."""
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, dict):
        return {name: shown_anywhere(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown_anywhere(item) for item in value]
    return value


def _action(action: ActionAnswer) -> ActionAnswer:
    return {
        **action,
        "action_probability": rounded(action["action_probability"]),
        "propensity": _figures(action["propensity"]),
        "value": _figures(action["value"]),
        "factors": _figures(action["factors"]),
        "leads_to": _figures(action["leads_to"]),
    }


def _figures(figures: dict[str, float]) -> dict[str, float]:
    return {name: rounded(n) if isinstance(n, float) else n for name, n in figures.items()}
