"""What the sun gives a tilted roof in Central Europe in a year, by the textbook.

Knows the sun's path and mean weather; knows nothing of customers, money or panels.

- Sun: declination and extraterrestrial irradiation of the average day of each month (Klein 1977).
- Weather: monthly mean irradiation of a horizontal square metre, in the north (Hamburg, 53.55°) and the south
  (Munich, 48.14°) of Germany, as clearness (its ratio to the extraterrestrial), linear in latitude 46° to
  56°. Round figures near the DWD's long-term means: halfway they give 25 kWh in January, 42 in February, 162
  in June, 96 in September, 19 in December; the DWD states for all of Germany 26, 40, 159, 95 and 17.
- Diffuse share of a month: Erbs, Klein and Duffie, Solar Energy 28 (1982).
- Course of the day: Collares-Pereira and Rabl (global), Liu and Jordan (diffuse), every half hour.
- Onto the roof: isotropic sky, ground albedo 0.2 (Liu and Jordan 1963), as in Duffie and Beckman, "Solar
  Engineering of Thermal Processes", chapters 1 and 2. No horizon, no shadow, no snow.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from models.arrays import Floats

SOUTHMOST: Final = 44.0
NORTHMOST: Final = 58.0
"""Latitudes beyond which this weather is not known."""

_SOLAR_CONSTANT: Final = 1.367  # kW/m²
_ALBEDO: Final = 0.2
_DAYS: Final = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_AVERAGE_DAY: Final = np.array([17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344])
_HAMBURG: Final = (53.55, np.array([18.0, 33, 73, 121, 156, 158, 157, 131, 88, 48, 21, 13]))
_MUNICH: Final = (48.14, np.array([33.0, 52, 90, 126, 156, 166, 172, 146, 104, 65, 35, 26]))
_STEP_HOURS: Final = 0.5
_HOURS: Final = np.deg2rad((np.arange(0, 24, _STEP_HOURS) + _STEP_HOURS / 2 - 12) * 15)  # hour angle
_DECLINATION: Final = np.deg2rad(23.45 * np.sin(2 * np.pi * (284 + _AVERAGE_DAY) / 365))


@lru_cache(maxsize=4_096)
def yearly_irradiation(latitude: float, pitch_deg: float, azimuth_deg: float) -> float:
    """kWh a year on a square metre of the roof.

    Args:
        latitude: degrees north, from ``SOUTHMOST`` to ``NORTHMOST``.
        pitch_deg: 0 is flat, 90 a wall.
        azimuth_deg: where it looks; 0 south, negative east, positive west.

    Raises:
        ValueError: the latitude is outside.
    """
    if not SOUTHMOST <= latitude <= NORTHMOST:
        raise ValueError(f"expected a latitude from {SOUTHMOST:g} to {NORTHMOST:g}, got {latitude}")
    phi, beta, gamma = np.deg2rad([latitude, pitch_deg, azimuth_deg])
    total, diffuse = _hourly(latitude)
    zenith = _cos_zenith(phi)
    beam = total - diffuse
    ratio = np.maximum(_cos_incidence(phi, beta, gamma), 0) / np.maximum(zenith, 0.05)
    sky, ground = (1 + np.cos(beta)) / 2, _ALBEDO * (1 - np.cos(beta)) / 2
    return float(((beam * ratio + diffuse * sky + total * ground).sum(axis=1) * _DAYS).sum())


def horizontal_month(latitude: float) -> Floats:
    """kWh a day on a horizontal square metre, shape (12,)."""
    north, south = (month / _DAYS / _extraterrestrial(place) for place, month in (_HAMBURG, _MUNICH))
    share = (_HAMBURG[0] - min(max(latitude, 46), 56)) / (_HAMBURG[0] - _MUNICH[0])
    return (north + (south - north) * share) * _extraterrestrial(latitude)  # type: ignore[no-any-return]


def _extraterrestrial(latitude: float) -> Floats:
    """kWh a day above the atmosphere, shape (12,)."""
    phi = np.deg2rad(latitude)
    sunset = _sunset(phi)
    distance = 1 + 0.033 * np.cos(2 * np.pi * _AVERAGE_DAY / 365)
    angle = np.cos(phi) * np.cos(_DECLINATION) * np.sin(sunset) + sunset * np.sin(phi) * np.sin(_DECLINATION)
    return 24 / np.pi * _SOLAR_CONSTANT * distance * angle  # type: ignore[no-any-return]


@lru_cache(maxsize=256)
def _hourly(latitude: float) -> tuple[Floats, Floats]:
    """kWh on a horizontal square metre in each half hour of each month's average day: global, diffuse."""
    day = horizontal_month(latitude)
    clearness = np.clip(day / _extraterrestrial(latitude), 0.2, 0.8)
    sunset = _sunset(np.deg2rad(latitude))[:, None]
    shape = np.where(
        np.abs(_HOURS) < sunset,
        (np.cos(_HOURS) - np.cos(sunset)) / (np.sin(sunset) - sunset * np.cos(sunset)),
        0.0,
    )
    a = 0.409 + 0.5016 * np.sin(sunset - np.pi / 3)
    b = 0.6609 - 0.4767 * np.sin(sunset - np.pi / 3)
    total = _spread(day, shape * (a + b * np.cos(_HOURS)))
    diffuse = _spread(day * _diffuse_share(clearness, sunset[:, 0]), shape)
    return total, np.minimum(diffuse, total)


def _spread(day: Floats, shape: Floats) -> Floats:
    """A day's sum over its half hours, so that they add up to it."""
    return day[:, None] * shape / shape.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def _diffuse_share(clearness: Floats, sunset: Floats) -> Floats:
    k = clearness
    winter = 1.391 - 3.560 * k + 4.189 * k**2 - 2.137 * k**3
    summer = 1.311 - 3.022 * k + 3.427 * k**2 - 1.821 * k**3
    return np.clip(np.where(sunset <= np.deg2rad(81.4), winter, summer), 0, 1)


def _sunset(phi: float | Floats) -> Floats:
    return np.arccos(np.clip(-np.tan(phi) * np.tan(_DECLINATION), -1, 1))  # type: ignore[no-any-return]


def _cos_zenith(phi: float) -> Floats:
    """Shape (12, half hours)."""
    d = _DECLINATION[:, None]
    return np.sin(phi) * np.sin(d) + np.cos(phi) * np.cos(d) * np.cos(_HOURS)  # type: ignore[no-any-return]


def _cos_incidence(phi: float, beta: float, gamma: float) -> Floats:
    """Of the sun on the roof; Duffie and Beckman, equation 1.6.2. Shape (12, half hours)."""
    d = _DECLINATION[:, None]
    south = np.sin(phi) * np.cos(beta) - np.cos(phi) * np.sin(beta) * np.cos(gamma)
    up = np.cos(phi) * np.cos(beta) + np.sin(phi) * np.sin(beta) * np.cos(gamma)
    side = np.sin(beta) * np.sin(gamma) * np.sin(_HOURS)
    return np.sin(d) * south + np.cos(d) * (up * np.cos(_HOURS) + side)  # type: ignore[no-any-return]
