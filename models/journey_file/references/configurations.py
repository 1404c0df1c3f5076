"""Configurators name attributes, options and choices that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.domain.journey import AttributeType
from models.journey_file.problems import Path, mismatch, unknown_name
from models.journey_file.references.names import NameCheck, Values, entries, section


def check_configurations(check: NameCheck) -> None:
    """Wishes and regions are attributes, and rules speak of options that there are."""
    for name, configurator in section(check.values, "configurations").items():
        path: Path = ("configurations", name)
        _region(check, configurator, path)
        options = section(configurator, "options")
        for option, fields in options.items():
            _option(check, fields, (*path, "options", option))
        seen: dict[str, str] = {}
        for index, rule in enumerate(entries(configurator, "rules")):
            at: Path = (*path, "rules", index)
            check.new_code(rule.get("code"), (*at, "code"), seen)
            for part in ("when", "needs"):
                _choices(check, rule.get(part) or {}, options, (*at, part))
            _apart(check, rule, at)


def check_configured_actions(check: NameCheck) -> None:
    """What actions speak of is a configurator."""
    known = section(check.values, "configurations")
    for name, action in section(check.values, "actions").items():
        if "configuration" in action:
            path: Path = ("actions", name, "configuration")
            check.known([action["configuration"]], "a configurator", known, "configurations", path)


def _region(check: NameCheck, configurator: Values, path: Path) -> None:
    name = configurator.get("region")
    if name is None:
        return
    attributes = section(check.values, "attributes")
    check.known([name], "an attribute", attributes, "attributes", (*path, "region"))
    kind = attributes.get(name, {}).get("type")
    if kind in (AttributeType.NUMBER, AttributeType.BOOLEAN):
        text = mismatch("an attribute with words", f"{name}, a {kind}", "use a category or a text")
        check.problems.add((*path, "region"), text)


def _option(check: NameCheck, option: Values, path: Path) -> None:
    choices = section(option, "choices")
    if "default" in option:
        check.known([option["default"]], "a choice", choices, "choices", (*path, "default"))
    wish = option.get("wish")
    if wish is None:
        return
    attributes = section(check.values, "attributes")
    check.known([wish], "an attribute", attributes, "attributes", (*path, "wish"))
    words = attributes.get(wish, {}).get("values")
    if wish in attributes and not words:
        text = mismatch("an attribute with values", wish, "make it a category whose values are the choices")
        check.problems.add((*path, "wish"), text)
    for word in words or ():
        if isinstance(word, str) and choices and word not in choices:
            text = unknown_name("a choice", word, choices, "choices")
            check.problems.add((*path, "wish"), f"attribute {wish}: {text}")


def _choices(check: NameCheck, asked: Mapping[str, Any], options: Values, path: Path) -> None:
    """Options that there are, each with choices that it has."""
    check.known(asked, "an option", options, "options", path)
    for name in asked:
        known = section(options.get(name) or {}, "choices")
        if known:
            check.all_known(asked, name, "a choice", known, f"options.{name}.choices", (*path, name))
        if asked[name] == []:
            text = "expected at least one choice, got none; add one or remove the option"
            check.problems.add((*path, name), text)


def _apart(check: NameCheck, rule: Values, path: Path) -> None:
    """No option stands on both sides of a rule."""
    for name in set(rule.get("when") or {}) & set(rule.get("needs") or {}):
        text = mismatch("an option on one side", name, "leave it out under `needs` and narrow `when`")
        check.problems.add((*path, "needs", name), text)
