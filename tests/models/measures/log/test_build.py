"""Records say of a customer what decisions and training would say."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from models.domain.journey import Journey
from models.measures.log.build import RecordBuilder
from models.measures.log.facts import Facts
from models.measures.log.records import Names, customer_hash
from tests.models.measures.fact_builders import build, decision, visit


@pytest.fixture
def names() -> Names:
    return Names()


def test_refusals_are_records_and_the_largest_is_the_drop_out(tiny_journey: Journey, names: Names) -> None:
    text = '[["asked","NOT_ASKED",9],["consent","CONSENT_MISSING",2],["contact","QUIET_HOURS",1]]'
    log = build(
        tiny_journey,
        names,
        decision("d", 0, "nothing", refusals=text),
    )

    found = [(names.name(r["tier"]), names.name(r["code"]), int(r["treatments"])) for r in log.refusals]
    assert found == [
        ("asked", "NOT_ASKED", 9),
        ("consent", "CONSENT_MISSING", 2),
        ("contact", "QUIET_HOURS", 1),
    ]
    assert names.name(log.decisions["drop_out"][0]) == "CONSENT_MISSING"
    assert log.decisions["our_action"][0] == 0


@pytest.mark.parametrize("probability", [0.25, None])
def test_what_we_would_have_done_stands_next_to_what_a_caller_did(
    tiny_journey: Journey, names: Names, probability: float | None
) -> None:
    """No probability: our rules would have refused it."""
    ours = {"action": "offer", "channel": "email", "arm": "treatment", "probability": probability}
    log = build(tiny_journey, names, decision("d", 0, arm=None, taken=orjson.dumps(ours).decode()))
    found = log.decisions[0]

    assert [names.name(found[f"our_{name}"]) for name in ("action", "channel", "arm")] == [
        "offer",
        "email",
        "treatment",
    ]
    assert names.name(found["action"]) == "teaser"
    assert np.array_equal(found["our_probability"], np.float64(probability or np.nan), equal_nan=True)


def test_nobody_and_nothing_are_no_records(tiny_journey: Journey, names: Names) -> None:
    log = RecordBuilder(tiny_journey, names).build(
        Facts(people=["c"], interactions=[], decisions=[], outcomes=[])
    )

    assert [len(log.of(kind)) for kind in ("decisions", "events", "moves", "refusals")] == [0, 0, 0, 0]


def test_customers_do_not_mix(tiny_journey: Journey, names: Names) -> None:
    log = build(tiny_journey, names, visit(0, "visit", "b"), visit(1, "quote", "a"), decision("d", 3))

    assert np.array_equal(log.decisions["customer"], np.array([customer_hash("c")], dtype=np.uint64))
    owners = dict(zip(log.events["customer"].tolist(), log.events["touchpoint"].tolist(), strict=True))
    assert names.name(owners[customer_hash("a")]) == "quote"
    assert names.name(owners[customer_hash("b")]) == "visit"
