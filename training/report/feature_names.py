"""Columns that models see, as people call them."""

from __future__ import annotations

import re
from typing import Final

from models.domain.journey import Journey

_WINDOW: Final = re.compile(r"^(?P<name>.+)[._](?P<days>[0-9.]+)d$")


def feature_name(journey: Journey, name: str) -> str:
    """A short phrase with the labels of the journey file.

    Args:
        name: of a column of the spec, such as ``attribute.age`` or ``touchpoint.visit_30d``.
    """
    kind, _, rest = name.partition(".")
    if kind == "attribute":
        return next((each.label for each in journey.attributes if each.name == rest), rest)
    if kind == "days_since":
        return f"Days since: {_event(journey, rest)}"
    windowed = _WINDOW.match(name)
    if windowed is None:
        return name.replace("_", " ").replace(".", " ").capitalize()
    kind, _, rest = windowed["name"].partition(".")
    if kind == "touchpoint":
        what = _event(journey, rest)
    elif kind == "channel":
        what = f"Active on {next((each.label for each in journey.channels if each.name == rest), rest)}"
    else:
        what = windowed["name"].replace("_", " ").capitalize()
    return f"{what}, {windowed['days']} days"


def _event(journey: Journey, name: str) -> str:
    labels = {each.name: each.label for each in journey.touchpoints}
    labels |= {each.name: each.label for each in journey.outcomes}
    return labels.get(name, name.replace("_", " "))
