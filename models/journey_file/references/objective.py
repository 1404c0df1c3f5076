"""What the objective and the golden decisions say of the rest."""

from __future__ import annotations

import math
from collections.abc import Mapping

from models.domain.actions import NOTHING
from models.domain.journey import SCORE, AttributeType
from models.journey_file.problems import Path, mismatch
from models.journey_file.references.names import NameCheck, Values, entries, section, typed_events


def check_objective(check: NameCheck) -> None:
    """Levers, share bounds and arms fit actions and each other."""
    objective = check.values.get("objective") or {}
    levers = objective.get("levers") or {}
    known = {*check.declared.actions, *check.declared.groups}
    for lever in levers:
        path: Path = ("objective", "levers", lever)
        check.known([lever], "an action or group", known, "actions", path)
    _shares(check, (objective.get("bounds") or {}).get("shares") or {})
    _satisfaction(check, objective.get("satisfaction") or {})
    arms = objective.get("arms") or {}
    shares = [arm.get("share") for arm in arms.values() if arm]
    if shares and None not in shares and not math.isclose(total := math.fsum(shares), 1.0, abs_tol=1e-9):
        text = mismatch("shares of arms that sum to 1", round(total, 9), "change them so that they do")
        check.problems.add(("objective", "arms"), text)


def _shares(check: NameCheck, bounds: Values) -> None:
    """Share bounds: of actions there are, wide enough to be met, and all of them together too."""
    for name, bound in bounds.items():
        path: Path = ("objective", "bounds", "shares", name)
        check.known([name], "an action", check.declared.actions, "actions", path)
        low, high = (bound or {}).get("at_least", 0.0), (bound or {}).get("at_most", 1.0)
        if low > high:
            text = mismatch(f"a share of at least at_least ({low:g})", high, "swap or correct them")
            check.problems.add((*path, "at_most"), text)
    total = math.fsum((bound or {}).get("at_least", 0.0) for bound in bounds.values())
    if total > 1.0:
        text = mismatch("at_least of all actions of at most 1 together", round(total, 9), "lower them")
        check.problems.add(("objective", "bounds", "shares"), text)


def _satisfaction(check: NameCheck, asked: Values) -> None:
    """Satisfaction: of a number that events tell, with weights of phases that there are."""
    path: Path = ("objective", "satisfaction")
    numbers = _numbers_told(check.values)
    if (fact := asked.get("fact")) is not None and fact not in numbers:
        known = ", ".join(numbers) or "none"
        remedy = "type a number under `properties` of a touchpoint or an outcome and name it here"
        text = mismatch(f"a number that events tell ({known})", fact, remedy)
        check.problems.add((*path, "fact"), text)
    for phase in asked.get("weights") or {}:
        at: Path = (*path, "weights", phase)
        check.known([phase], "a phase", check.declared.phases, "phases", at)
    if asked and not asked.get("weight") and not asked.get("weights") and "largest_loss" not in asked:
        text = "expected weight, weights or largest_loss, got none; say what a point is worth or may cost"
        check.problems.add(path, text)


def _numbers_told(values: Values) -> list[str]:
    """Facts that are numbers, as rules call them."""
    found = []
    for where, properties in typed_events(values):
        name = str(where[-1])
        for own, typed in properties.items():
            if isinstance(typed, Mapping) and typed.get("type") == AttributeType.NUMBER:
                found.append(name if [*properties] == [SCORE] else f"{name}.{own}")
    return found


def check_golden_decisions(check: NameCheck) -> None:
    """Golden decisions name what there is and expect something."""
    answers = {*check.declared.actions, NOTHING} if check.declared.actions else ()
    attributes = section(check.values, "attributes")
    for index, golden in enumerate(entries(check.values.get("gate") or {}, "golden_decisions")):
        path: Path = ("gate", "golden_decisions", index)
        check.known([golden.get("phase")], "a phase", check.declared.phases, "phases", (*path, "phase"))
        check.all_known(
            golden, "channels", "a channel", check.declared.channels, "channels", (*path, "channels")
        )
        check.all_known(golden, "expect", "an action", answers, "actions", (*path, "expect"))
        check.all_known(golden, "never", "an action", answers, "actions", (*path, "never"))
        for field, known in (("attributes", attributes), ("consent", check.declared.consents)):
            for name in golden.get(field) or {}:
                kind = "an attribute" if field == "attributes" else "a consent"
                where = "attributes" if field == "attributes" else "consents"
                check.known([name], kind, known, where, (*path, field, name))
        if not golden.get("expect") and not golden.get("never"):
            check.problems.add(path, "expected `expect` or `never`, got neither; say what is right")
