"""What attributes, events, phases and consents say of each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.domain.journey import CONTACT_TOUCHPOINT
from models.domain.past.details import WORD_LENGTH
from models.journey_file.problems import Path, mismatch
from models.journey_file.references.names import NameCheck, entries, section, typed_events


def check_attributes(check: NameCheck) -> None:
    """Bounds and values of attributes fit their types."""
    check_typed(check, section(check.values, "attributes"), ("attributes",))


def check_properties(check: NameCheck) -> None:
    """The same of what events tell; words are short enough to be kept with a customer's state."""
    for where, properties in typed_events(check.values):
        at: Path = (*where, "properties")
        check_typed(check, properties, at)
        for own, typed in properties.items():
            for index, word in enumerate(entries(typed, "values")):
                if isinstance(word, str) and len(word) > WORD_LENGTH:
                    text = mismatch(f"at most {WORD_LENGTH} characters", word, "shorten it")
                    check.problems.add((*at, own, "values", index), text)


def check_typed(check: NameCheck, typed: Mapping[str, Any], where: Path) -> None:
    """The same of what stands at ``where``, by name."""
    for name, attribute in typed.items():
        path: Path = (*where, name)
        low, high = attribute.get("minimum"), attribute.get("maximum")
        if low is not None and high is not None and low > high:
            text = mismatch(f"a maximum of at least the minimum {low:g}", high, "swap or correct them")
            check.problems.add((*path, "maximum"), text)
        kind = attribute.get("type")
        for field, kinds in (("minimum", "number"), ("maximum", "number"), ("values", "category")):
            if field in attribute and kind is not None and kind != kinds:
                text = f"expected {field} only on a {kinds}, got it on a {kind}; remove it"
                check.problems.add((*path, field), text)
        check.once(entries(attribute, "values"), (*path, "values"))


def check_touchpoints(check: NameCheck) -> None:
    """Touchpoints have names of their own."""
    if CONTACT_TOUCHPOINT in check.declared.touchpoints:
        text = mismatch("another name", CONTACT_TOUCHPOINT, "it stands for our own contacts; rename it")
        check.problems.add(("touchpoints", CONTACT_TOUCHPOINT), text)
    for name in set(check.declared.touchpoints) & set(check.declared.outcomes):
        text = mismatch("a name that no touchpoint has", name, "rename one, rules cannot tell them apart")
        check.problems.add(("outcomes", "named", name), text)


def check_places(check: NameCheck) -> None:
    """Touchpoints are on channels, and lead from actions, that there are."""
    for name, touchpoint in section(check.values, "touchpoints").items():
        if isinstance(touchpoint, Mapping):
            at: Path = ("touchpoints", name)
            channel = touchpoint.get("channel")
            if channel is not None:
                check.known([channel], "a channel", check.declared.channels, "channels", (*at, "channel"))
            check.all_known(
                touchpoint, "actions", "an action", check.declared.actions, "actions", (*at, "actions")
            )


def check_phases(check: NameCheck) -> None:
    """Lapses and phase rules lead to phases that there are."""
    for name, phase in section(check.values, "phases").items():
        target = (phase.get("lapse") or {}).get("to")
        path = ("phases", name, "lapse", "to")
        check.known([target], "a phase", check.declared.phases, "phases", path)
        if target == name:
            check.problems.add(path, mismatch("another phase", target, "name the phase it falls back to"))
    for index, rule in enumerate(entries(check.values, "phase_rules")):
        at: Path = ("phase_rules", index)
        check.known([rule.get("to")], "a phase", check.declared.phases, "phases", (*at, "to"))
        check.all_known(rule, "from_", "a phase", check.declared.phases, "phases", (*at, "from"))


def check_consents(check: NameCheck) -> None:
    """The consent to profiling is one that there is."""
    flag = check.values.get("profile_consent")
    if flag is not None:
        known = check.declared.consents
        check.known([flag], "a consent", known, "consents", ("profile_consent",))


def check_outcomes(check: NameCheck) -> None:
    """The default outcome exists, and some outcome is positive."""
    outcomes = section(check.values, "outcomes")
    path: Path = ("outcomes", "default")
    check.known([outcomes.get("default")], "an outcome", check.declared.outcomes, "outcomes.named", path)
    named = section(outcomes, "named")
    default = named.get(str(outcomes.get("default")), {})
    if default.get("sentiment") == "positive":
        text = "expected an outcome that is not positive, got a positive one; silence is no success"
        check.problems.add(path, text)
    if named and not any(outcome.get("sentiment") == "positive" for outcome in named.values()):
        text = "expected a positive outcome, got none; add `sentiment: positive` to what you want to happen"
        check.problems.add(("outcomes", "named"), text)


def check_withdrawals(check: NameCheck) -> None:
    """What takes back a consent: one that there is."""
    outcomes = section(section(check.values, "outcomes"), "named")
    for path, events in (
        (("touchpoints",), section(check.values, "touchpoints")),
        (("outcomes", "named"), outcomes),
    ):
        for name, event in events.items():
            if isinstance(event, Mapping):
                at: Path = (*path, name, "withdraws")
                check.all_known(event, "withdraws", "a consent", check.declared.consents, "consents", at)
