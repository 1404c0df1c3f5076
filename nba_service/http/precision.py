"""How many digits an answer shows: six that count.

More would tell of arithmetic, not of customers. The store keeps every digit, and replay compares those.
"""

from __future__ import annotations

from typing import Any, Final

DIGITS: Final = 6

_FORM: Final = f".{DIGITS}g"


def rounded(number: float) -> float:
    """The number with six significant digits; whole numbers stay as they are."""
    return number if number.is_integer() else float(format(number, _FORM))


def shown(value: Any) -> Any:
    """A JSON value with every fraction rounded; the value itself stays as exact as it was."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, dict):
        return {name: shown(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    return value
