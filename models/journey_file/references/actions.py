"""Actions, policies and the playbook name what there is."""

from __future__ import annotations

from collections.abc import Mapping

from models.domain.actions import NOTHING
from models.journey_file.contents import check_contents
from models.journey_file.problems import Path, mismatch
from models.journey_file.references.names import NameCheck, Values, entries, section


def check_actions(check: NameCheck) -> None:
    """Actions name channels, phases and outcomes that there are."""
    for name, action in section(check.values, "actions").items():
        path: Path = ("actions", name)
        if name == NOTHING:
            text = mismatch(
                "another name", name, "doing nothing is part of every journey; remove this action"
            )
            check.problems.add(path, text)
        if name in check.declared.groups:
            remedy = "a group has this name too and levers could not tell them apart; rename one"
            check.problems.add(path, mismatch("a name that no group has", name, remedy))
        check.all_known(
            action, "channels", "a channel", check.declared.channels, "channels", (*path, "channels")
        )
        if action.get("channels") == []:
            check.problems.add((*path, "channels"), "expected at least one channel, got none; add one")
        check.all_known(action, "phases", "a phase", check.declared.phases, "phases", (*path, "phases"))
        known, where = check.declared.roles, "accounts.roles"
        check.all_known(action, "roles", "a role", known, where, (*path, "roles"))
        known, where = check.declared.outcomes, "outcomes.named"
        check.all_known(action, "positive_outcomes", "an outcome", known, where, (*path, "positive_outcomes"))
        _period(check, action, path)
        _prior(check, action, path)
        check_contents(action, path, section(check.values, "channels"), check.problems)


def _period(check: NameCheck, action: Values, path: Path) -> None:
    start, end = action.get("starts_at"), action.get("ends_at")
    if start is not None and end is not None and start >= end:
        text = mismatch(
            f"a time after starts_at ({start.isoformat()})", end.isoformat(), "correct one of them"
        )
        check.problems.add((*path, "ends_at"), text)


def _prior(check: NameCheck, action: Values, path: Path) -> None:
    prior = action.get("prior") or {}
    at = (*path, "prior")
    if prior.get("propensity") in (0.0, 1.0):
        text = mismatch(
            "a probability above 0 and below 1", prior["propensity"], "nothing is certain; write 0.01"
        )
        check.problems.add((*at, "propensity"), text)
    for phase in prior.get("moves") or {}:
        check.known([phase], "a phase", check.declared.phases, "phases", (*at, "moves", phase))


def check_requirements(check: NameCheck) -> None:
    """Actions require and exclude others, without a ring."""
    actions = section(check.values, "actions")
    for name, action in actions.items():
        for field in ("requires", "conflicts"):
            path: Path = ("actions", name, field)
            check.all_known(action, field, "an action", check.declared.actions, "actions", path)
            if name in entries(action, field):
                check.problems.add(path, mismatch("other actions", name, "remove the action's own name"))
    needs = {
        name: [n for n in entries(a, "requires") if isinstance(n, str) and n in actions]
        for name, a in actions.items()
    }
    for ring in _rings(needs):
        shown = " → ".join(ring)
        text = f"expected requirements without a ring, got {shown}; none of them could ever be taken"
        check.problems.add(("actions", ring[0], "requires"), text)


def check_policies(check: NameCheck) -> None:
    """Policies have codes of their own and name what there is."""
    seen: dict[str, str] = {}
    for index, policy in enumerate(entries(check.values, "policies")):
        path: Path = ("policies", index)
        check.new_code(policy.get("code"), (*path, "code"), seen)
        check.filters(policy, path)


def check_playbook(check: NameCheck) -> None:
    """The playbook names phases and actions that there are."""
    for phase in check.values.get("playbook") or {}:
        path: Path = ("playbook", phase)
        check.known([phase], "a phase", check.declared.phases, "phases", path)
        order = check.values["playbook"]
        check.all_known(order, phase, "an action", check.declared.actions, "actions", path)
        check.once(entries(order, phase), path)


def _rings(needs: Mapping[str, list[str]]) -> list[list[str]]:
    """Every ring of requirements, once each, without recursion."""
    rings: list[list[str]] = []
    done: set[str] = set()
    for start in needs:
        stack = [(start, iter(needs[start]))] if start not in done else []
        trail = [start] if stack else []
        while stack:
            here = next(stack[-1][1], None)
            if here is None:
                done.add(stack.pop()[0])
                trail.pop()
            elif here in trail:
                ring = [*trail[trail.index(here) :], here]
                if len(ring) > 2:  # an action that requires itself is reported where it stands
                    rings.append(ring)
            elif here not in done:
                stack.append((here, iter(needs[here])))
                trail.append(here)
    return rings
