"""A policy in words, and what it says at its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.domain.actions import Policy
from models.domain.rules.edge_cases import ANOTHER, NEVER, EdgeCase, Value, edge_cases
from models.errors import RuleError
from nba_service.console.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInWords:
    """One policy, ready to print."""

    code: str
    sentence: str
    about: str
    when: str
    cases: Sequence[CaseInWords]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInWords:
    """A customer right at a bound.

    ``others``: what else they are, where that matters; ``holds`` None: the rule fails, which refuses.
    ``first``: of its question.
    """

    asked: str
    value: str
    others: str
    holds: bool | None
    first: bool


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
        cases=_in_words(desk, cases),
    )


def _in_words(desk: Desk, cases: Sequence[EdgeCase]) -> list[CaseInWords]:
    before = [None, *(case.path for case in cases)]
    return [
        CaseInWords(
            asked=asked(desk, case.path),
            value=shown(desk, case.path, case.value),
            others=others(desk, case),
            holds=case.holds,
            first=case.path != previous,
        )
        for case, previous in zip(cases, before, strict=False)
    ]


def others(desk: Desk, case: EdgeCase) -> str:
    """What else the customer of a case is; empty where nothing else matters."""
    told = [f"{asked(desk, path)}: {shown(desk, path, value)}" for path, value in case.others.items()]
    return desk.words("rule.others_are", what="; ".join(told)) if told else ""


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
    t = desk.words
    if kind == "customer.attributes":
        return desk.attribute(name)
    head, _, rest = path.partition(".")
    if head in ("last", "mean") and rest:
        event, _, what = rest.partition(".")
        return t(f"rule.paths.{head}", name=desk.event(event), what=f" ({what})" if what else "")
    labels = {"seen": desk.event, "days_since": desk.event, "contacts": desk.action}
    if t.has(f"rule.fixed.{path.replace('.', '_')}"):
        return t(f"rule.fixed.{path.replace('.', '_')}")
    key = f"rule.paths.{kind.replace('.', '_')}"
    return t(key, name=labels.get(kind, str)(name)) if kind and t.has(key) else path


def shown(desk: Desk, path: str, value: Value) -> str:
    """A value of a case."""
    t = desk.words
    if value is None:
        return t("rule.unknown")
    if isinstance(value, bool):
        return t("yes" if value else "no")
    if isinstance(value, str):
        return t("rule.another") if value == ANOTHER else _named(desk, path, value)
    if value == NEVER:
        return t("rule.never")
    if path == "now.weekday":
        return t(f"rule.weekdays.{round(value)}")
    return t.number(value, 0 if float(value).is_integer() else 2)


def _named(desk: Desk, path: str, value: str) -> str:
    """A word of the journey file by its label."""
    labels = {"phase.name": desk.phase, "action.channel": desk.channel, "action.name": desk.action}
    return labels.get(path, str)(value)
