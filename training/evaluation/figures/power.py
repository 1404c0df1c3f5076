"""How many customers it takes to know.

Closed forms for two arms and for a gain whose error is known. Knows normal quantiles; knows nothing of data.

Source: Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 2003, section 4.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from scipy.special import ndtri

POWER: Final = 0.8
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a measured difference says of how long to go on.

    Attributes:
        detectable: smallest difference that so many customers show with the power asked for.
        customers: that a difference as large as the measured one needs; None: it is nil.
    """

    detectable: float
    customers: int | None


def customers_for_rates(
    control: float, treated: float, *, share: float = 0.5, power: float = POWER, level: float = LEVEL
) -> int:
    """Customers of both arms, for two rates to be told apart.

    Args:
        control, treated: rates in (0, 1).
        share: of the customers who are treated.
        power: chance to see the difference if it is there.
        level: of the two-sided interval.

    Raises:
        ValueError: a rate, share, power or level is out of range, or the rates are equal.

    Example:
        >>> customers_for_rates(0.5, 0.75, power=0.9)
        154
    """
    for name, value in (("control", control), ("treated", treated)):
        _inside(name, value)
    _inside("share", share)
    if control == treated:
        raise ValueError("control and treated are equal: no number of customers tells them apart")
    mean = share * treated + (1 - share) * control
    under_nothing = _z(level) * sqrt(mean * (1 - mean) / share / (1 - share))
    variance = treated * (1 - treated) / share + control * (1 - control) / (1 - share)
    return ceil(((under_nothing + _beta(power) * sqrt(variance)) / (treated - control)) ** 2)


def customers_for_means(
    difference: float, deviation: float, *, share: float = 0.5, power: float = POWER, level: float = LEVEL
) -> int:
    """Customers of both arms, for two means of the same deviation to be told apart.

    Raises:
        ValueError: as ``customers_for_rates``.

    Example:
        >>> customers_for_means(0.5, 1.0)
        126
    """
    _inside("share", share)
    if not difference or not deviation > 0:
        raise ValueError("expected a difference other than 0 and a deviation above 0")
    spread = deviation * sqrt(1 / share + 1 / (1 - share))
    return ceil(((_z(level) + _beta(power)) * spread / difference) ** 2)


def reach(
    value: float, low: float, high: float, customers: int, *, power: float = POWER, level: float = LEVEL
) -> Reach:
    """From a measured difference and its interval: what can be seen, and what it takes to see it.

    Args:
        value, low, high: the difference and its interval at ``level``.
        customers: that were measured.
    """
    error = (high - low) / 2 / _z(level)
    detectable = (_z(level) + _beta(power)) * error
    needed = ceil(customers * (detectable / value) ** 2) if value else None
    return Reach(detectable=detectable, customers=needed)


def _z(level: float) -> float:
    _inside("level", level)
    return float(ndtri(0.5 + level / 2))


def _beta(power: float) -> float:
    _inside("power", power)
    return float(ndtri(power))


def _inside(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name}: expected a number between 0 and 1, got {value}")
