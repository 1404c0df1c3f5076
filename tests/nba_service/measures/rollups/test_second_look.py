"""Decisions are looked at again once, completely, and what was found is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.arrays import Records
from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.measures.log.records import Names
from models.policy.engine import Engine
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.measures.rollups.packing import unpack
from nba_service.measures.rollups.rollup import Rollup
from nba_service.measures.rollups.second_look import SecondLook, ShadowTrial
from nba_service.services import Services, second_look
from nba_service.store.rows import DecisionRow
from tests.nba_service.measures.conftest import NOW


@pytest.fixture
def refused(parts: Services) -> Services:
    """Somebody who could get two treatments by e-mail and has agreed to none; one has, and gets something."""
    for who, agreed in (("ada", False), ("bob", True)):
        profile = Profile(consent={"email": agreed})
        parts.decisions.decide(
            [DecisionCall(customer_id=who, channels=("email",), profile=profile, phase="interested")]
        )
    return parts


def roll(parts: Services, look: SecondLook) -> Names:
    Rollup(parts.store.plain.rollups, parts.source.current().journey, lambda: NOW, look).run()
    return Names(parts.store.plain.rollups.names())


def records(parts: Services, kind: str) -> Records:
    return unpack(kind, parts.store.plain.rollups.read(kind, 0, 10**6))


class Counting(SecondLook):
    """A second look that counts the decisions it reads."""

    def __init__(self, parts: Services, shadow: ShadowTrial | None = None) -> None:
        usual = second_look(parts)
        self.read = 0

        def rows(ids: Sequence[str]) -> Mapping[str, DecisionRow]:
            self.read += len(ids)
            return parts.store.plain.decisions(ids)

        super().__init__(rows, usual._recall, shadow)


def test_what_a_rule_alone_refused_is_found_once(refused: Services) -> None:
    first, second = Counting(refused), Counting(refused)
    names = roll(refused, first)
    found = records(refused, "refusals")
    consent = found[found["code"] == names.find("CONSENT_MISSING")]
    refused.decisions.decide([DecisionCall(customer_id="ada", channels=("web",))])
    roll(refused, second)

    assert consent["alone"].tolist() == [2]
    assert found["alone"][found["code"] == names.find("NOT_ASKED")].min() >= -1
    assert (first.read, second.read) == (1, 0)  # the one who got nothing; then it is known


def test_a_shadow_sees_every_decision_since_its_trial_began(refused: Services) -> None:
    """The same engine chooses the same, and what comes in later is looked at later."""
    engine = refused.source.current().engine
    trial = ShadowTrial(bundle="shadow", since=to_ms(NOW) - 1, engine=engine)
    first, second = Counting(refused, trial), Counting(refused, trial)
    names = roll(refused, first)
    refused.decisions.decide([DecisionCall(customer_id="ada", channels=("web",), phase="interested")])
    roll(refused, second)
    shadows, decisions = records(refused, "shadows"), records(refused, "decisions")

    assert (first.read, second.read) == (2, 2)  # two of one moment are looked at together
    assert len(shadows) == len(decisions) == 3
    assert {names.name(code) for code in shadows["bundle"].tolist()} == {"shadow"}
    assert np.array_equal(np.sort(shadows["action"]), np.sort(decisions["action"]))
    assert np.array_equal(np.sort(shadows["probability"]), np.sort(decisions["probability"]))


def test_a_new_shadow_sees_what_was_rolled_up_before(refused: Services) -> None:
    """Its trial began before the rollup that did not know it yet."""
    roll(refused, Counting(refused))
    trial = ShadowTrial(bundle="late", since=to_ms(NOW) - 1, engine=refused.source.current().engine)
    roll(refused, Counting(refused, trial))

    assert len(records(refused, "shadows")) == 2


def test_a_shadow_that_fails_is_counted(refused: Services) -> None:
    class Broken(Engine):
        def situate(self, request: DecisionRequest) -> None:  # type: ignore[override]
            raise RuntimeError(request.decision_id)

    engine = Broken(refused.source.current().journey, None, "broken")
    roll(refused, Counting(refused, ShadowTrial(bundle="broken", since=0, engine=engine)))

    assert records(refused, "shadows")["failed"].tolist() == [1, 1]


def test_imported_decisions_say_too_little(refused: Services) -> None:
    row = refused.store.plain.decisions(["id-1"])["id-1"]
    refused.store.plain.add_decisions([replace(row, decision_id="imported", state=None, customer_id="eve")])
    trial = ShadowTrial(bundle="shadow", since=0, engine=refused.source.current().engine)
    roll(refused, Counting(refused, trial))

    assert len(records(refused, "decisions")) == 3
    assert len(records(refused, "shadows")) == 2
