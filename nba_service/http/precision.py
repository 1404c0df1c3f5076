"""How many digits an answer shows: six that count.

More would tell of arithmetic, not of customers. The store keeps every digit, and replay compares those.
"""

from __future__ import annotations

from typing import Any, Final

_AS_THEY_ARE: Final = frozenset({str, int, bool, type(None)})


def rounded(number: float) -> float:
    """The number with six significant digits; whole numbers stay as they are."""
    return number if number.is_integer() else float(f"{number:.6g}")


def shown(value: Any) -> Any:
    """A JSON value with every fraction rounded; the value itself stays as exact as it was."""
    if isinstance(value, dict):
        told = {}
        for name, item in value.items():
            kind = type(item)
            if kind is float:
                told[name] = rounded(item)
            else:
                told[name] = item if kind in _AS_THEY_ARE else shown(item)
        return told
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    return rounded(value) if isinstance(value, float) else value
