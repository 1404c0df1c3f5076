"""A policy in words, and what it says at its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.domain.actions import Policy
from models.domain.rules.edge_cases import ANOTHER, EdgeCase, edge_cases
from models.errors import RuleError
from nba_service.console.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInWords:
    """One policy, ready to print.

    ``cases``: what is asked, the value, and whether the rule allows it; None: it fails, which refuses.
    """

    code: str
    sentence: str
    about: str
    when: str
    cases: Sequence[tuple[str, str, bool | None]]


def rule_in_words(desk: Desk, wanted: str | None) -> RuleInWords | None:
    """The policy of that code, else the first; None: the journey file has none."""
    policies = () if desk.journey is None else desk.journey.policies
    policy = next((one for one in policies if one.code == wanted), next(iter(policies), None))
    if policy is None:
        return None
    try:
        cases = edge_cases(policy.when)
    except RuleError:
        cases = ()
    return RuleInWords(
        code=policy.code,
        sentence=policy.message or desk.words.or_name("codes", policy.code),
        about=about(desk, policy),
        when=policy.when,
        cases=[(asked(desk, case.path), shown(desk, case), case.holds) for case in cases],
    )


def about(desk: Desk, policy: Policy) -> str:
    """Which actions, groups, purposes and channels it is about."""
    named = [desk.action(name) for name in policy.actions] + list(policy.groups)
    named += [purpose.value for purpose in policy.purposes]
    named += [desk.channel(name) for name in policy.channels]
    t = desk.words
    return t("rule.about", what=t.listed(named)) if named else t("rule.about_all")


def asked(desk: Desk, path: str) -> str:
    """What a path is called."""
    kind, _, name = path.rpartition(".")
    if kind == "customer.attributes":
        return desk.attribute(name)
    return desk.words.or_name("rule.paths", kind.replace(".", "_") or path, name=name) if kind else path


def shown(desk: Desk, case: EdgeCase) -> str:
    """The value of a case."""
    t = desk.words
    if case.value is None:
        return t("rule.unknown")
    if isinstance(case.value, bool):
        return t("yes" if case.value else "no")
    if isinstance(case.value, str):
        return t("rule.another") if case.value == ANOTHER else case.value
    return t.number(case.value, 0 if case.value.is_integer() else 2)
