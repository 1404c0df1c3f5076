"""A compiled policy says of every treatment what its rule says of that treatment alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from models.domain.actions import Policy, Tier
from models.domain.journey import Journey
from models.domain.rules.rules import RuleContext
from models.errors import RuleError
from models.policy.eligibility.catalogue import Catalogue
from models.policy.eligibility.compiled_policies import CompiledPolicy, compile_policies
from models.policy.eligibility.rule_facts import action_facts
from models.policy.eligibility.treatment_sets import members

_TESTS = st.sampled_from(
    [
        'action.name == "offer"',
        'action.channel in ["email", context.c]',
        "action.value > 10",
        "action.value > context.n",
        'action.group != "awareness"',
        "action.missing == 1",
        "action == context.a",
        "context.n > 3",
        "has(context.n)",
        "context.missing",
        'action["name"] == "te\\x61ser"',
        "true",
        "1 / 0 == 1",
    ]
)
RULES = st.recursive(
    _TESTS,
    lambda inner: st.one_of(
        inner.map("!({})".format),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda p: f"({p[0]}) {p[1]} ({p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]}) ? ({p[1]}) : ({p[2]})"),
    ),
    max_leaves=4,
)
CONTEXTS = st.fixed_dictionaries({}, optional={"n": st.sampled_from([1, 7.5, "x"]), "c": st.just("web")})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(when=RULES, request=CONTEXTS)
@example(when='action.name != "offer" || context.n > 3', request={})
def test_cases_and_folding_change_nothing(tiny_journey: Journey, when: str, request: dict[str, Any]) -> None:
    compiled = _compiled(tiny_journey, when)
    refused, failures = 0, {}
    for treatment in members(compiled.scope):
        facts = action_facts(tiny_journey, tiny_journey.treatments[treatment])
        try:
            holds = compiled.rule.judge(RuleContext({"context": request, "action": facts}))
        except RuleError as error:
            failures[treatment] = str(error)
            holds = False
        refused |= 0 if holds else 1 << treatment
    verdict = compiled.judge(RuleContext({"context": request}), compiled.scope)
    assert verdict.refused == refused
    assert {t: text for bits, text in verdict.failures for t in members(bits)} == failures


def test_what_the_action_decides_is_settled_once(tiny_journey: Journey) -> None:
    assert _compiled(tiny_journey, 'action.name != "offer"').open == 0
    one = _compiled(tiny_journey, 'action.name != "offer" || context.n > 3')
    assert [tiny_journey.treatments[t].action for t in members(one.open)] == ["offer"]
    nobody = one.judge(RuleContext({}), one.scope & ~one.open)
    assert (nobody.refused, nobody.failures) == (0, ())


def test_treatments_that_a_rule_cannot_tell_apart_are_one_case(tiny_journey: Journey) -> None:
    compiled = _compiled(tiny_journey, "action.value > context.n")
    values = {a.value for a in tiny_journey.actions}
    assert compiled.cases is not None
    assert len(compiled.cases) == len(values) < compiled.scope.bit_count()


def _compiled(journey: Journey, when: str) -> CompiledPolicy:
    journey = replace(journey, policies=(Policy(code="RULE", tier=Tier.ELIGIBILITY, when=when),))
    return compile_policies(journey, Catalogue.of(journey))[0]
