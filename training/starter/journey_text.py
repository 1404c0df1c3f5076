"""A journey file for what was found in a folder, with comments.

Knows the form of journey files; decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from training.starter.guesses import Roles
from training.starter.names import identifier, scalar
from training.starter.profiles import Column, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What no file says. ``worth``: money that a response is worth."""

    name: str
    currency: str = "EUR"
    time_zone: str = "UTC"
    worth: float = 1.0
    window_days: int = 14


def response_name(roles: Roles) -> str:
    """The touchpoint that stands for a response."""
    return roles.response or f"did_{identifier(roles.outcome.name if roles.outcome else 'respond')}"


def actions_of(roles: Roles) -> dict[str, str]:
    """Value of the action column → name of the action; without those of the control group."""
    return {value: identifier(value) for value in roles.action.values if value not in roles.control}


def channels_of(roles: Roles) -> dict[str, str]:
    """Value of the channel column → name of the channel; without such a column one for all."""
    if roles.channel is None or not roles.channel.values:
        return {"": "contact"}
    return {value: identifier(value) for value in roles.channel.values}


def journey_text(roles: Roles, company: Company) -> str:
    """The whole file."""
    return "\n".join(_lines(roles, company)) + "\n"


def _lines(roles: Roles, company: Company) -> Iterator[str]:
    response, channels, actions = response_name(roles), channels_of(roles), actions_of(roles)
    yield f"# Made by `nba init` from {roles.contacts.path.name}; change everything. `nba journey check` says"
    yield "# what is wrong, docs/reference/journey-file.md what each field means."
    yield f"company: {scalar(company.name)}"
    yield f"currency: {company.currency}"
    yield f"time_zone: {company.time_zone}"
    yield "default_locale: en"
    yield ""
    if roles.attributes:
        yield "# What is known of a customer BEFORE you act. Delete what is known only afterwards."
        yield "attributes:"
        for _, column in roles.attributes:
            yield f"  {identifier(column.name)}: {_attribute(column)}"
        yield ""
    yield "touchpoints:"
    own = [name for events in roles.events for name in events.touchpoints().values()]
    for name in dict.fromkeys([response, *own]):
        yield f"  {name}: {scalar(name.replace('_', ' ').capitalize())}"
    yield ""
    worth = f"{company.worth:g} {company.currency}"
    yield "# The stages; everybody begins in the first. `value`: what entering it is worth. That"
    yield f"# somebody responds is worth {worth} here, whoever caused it: put your own figure."
    yield "phases:"
    yield "  open: {label: Has not responded}"
    lapse = max(30, 3 * company.window_days)
    value = f"value: {company.worth:g}, lapse: {{after_days: {lapse}, to: open}}"
    yield f"  responded: {{label: Has responded, {value}}}"
    yield ""
    yield "phase_rules:"
    yield f"  - {{when: interaction.touchpoint == {scalar(response)}, to: responded}}"
    yield ""
    yield "# `cost`: of one contact. `consent`, `quiet_hours` and `limits` keep a channel within bounds."
    yield "channels:"
    for value, name in channels.items():
        yield f"  {name}: {{label: {scalar(value or 'Contact')}, cost: 0.01}}"
    yield ""
    yield "outcomes:"
    yield "  default: ignored"
    yield f"  response_window_days: {company.window_days}"
    yield "  named:"
    yield "    responded: {label: Responded, sentiment: positive}"
    yield "    ignored: Did not respond"
    yield ""
    yield "# What may be done. `value: 0`: the phase earns the money, since many respond without being asked."
    yield "actions:"
    for value, name in actions.items():
        yield f"  {name}:"
        yield f"    label: {scalar(value)}"
        yield f"    channels: [{', '.join(channels.values())}]"
        yield "    value: 0"
        words = scalar(_plain(value))
        yield f"    content: {{default: {{en: {{title: {words}, body: {words}}}}}}}"
    yield ""
    yield "# Without a trained model these decide, best first."
    yield "playbook:"
    yield f"  open: [{', '.join(actions.values())}]"
    yield ""
    yield "objective:"
    yield f"  horizon_days: {company.window_days}"
    yield "  arms:"
    yield "    treatment: {share: 0.9, policy: default}"
    yield "    control: {share: 0.1, policy: random} # so that later you know what it earned"


def _attribute(column: Column) -> str:
    label = f"label: {scalar(column.name)}"
    if column.kind is Kind.FLAG:
        return f"{{type: boolean, {label}}}"
    if column.kind is Kind.NUMBER:
        floor = ", minimum: 0" if column.lowest is not None and column.lowest >= 0 else ""
        return f"{{type: number, {label}{floor}}}"
    return f"{{type: category, {label}, values: [{', '.join(map(scalar, column.values))}]}}"


def _plain(value: str) -> str:
    """A text in which Liquid finds nothing."""
    return re.sub(r"[{}%]", "", value) or "Action"
