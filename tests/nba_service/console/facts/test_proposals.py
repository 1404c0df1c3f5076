"""Changes of who decides: with a reason, in the audit log, and by two where that is asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from models.registry import Registry
from nba_service.console.facts.proposals import Change, Proposals
from nba_service.errors import Problem
from nba_service.keys.key import Key
from nba_service.keys.tokens import KeyKind
from nba_service.services import Services, make_services
from nba_service.settings import FourEyes, Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ANNA, BOB = (
    Key(key_id=f"k-{name}", name=name, kind=KeyKind.SECRET, scopes=frozenset()) for name in ("anna", "bob")
)


@pytest.fixture
def services(settings: Settings) -> Services:
    made = make_services(settings, clock=lambda: NOW, poll=False)
    made.store.plain.migrate()
    return made


def proposals(services: Services, four_eyes: FourEyes) -> Proposals:
    return Proposals(services.store.plain, services.bundles, four_eyes, NOW)


def audit(services: Services) -> list[tuple[str, str, str]]:
    return [
        (entry.kind, entry.subject, json.loads(entry.detail)["by"])
        for entry in services.store.plain.audit_log.entries()
        if entry.kind.startswith("console.")
    ]


def test_one_person_is_enough_unless_two_are_asked_for(services: Services, settings: Settings) -> None:
    one = proposals(services, FourEyes.OFF)

    assert one.ask(Change(what="promote", bundle="b-2", reason="better"), ANNA)
    assert Registry(settings.registry).champion() == "b-2"
    assert one.ask(Change(what="rollback", bundle="b-2", reason="worse"), ANNA)
    assert Registry(settings.registry).champion() == "b-1"
    assert audit(services) == [("console.done", "b-2", "anna")] * 2
    assert list(services.store.plain.audit_log.problems()) == []


def test_a_second_person_confirms_and_the_first_cannot(services: Services, settings: Settings) -> None:
    two = proposals(services, FourEyes.ON)

    assert not two.ask(Change(what="promote", bundle="b-2", reason="better"), ANNA)
    assert Registry(settings.registry).champion() == "b-1"
    (waiting,) = two.waiting()
    assert (waiting.by, waiting.change.bundle, waiting.change.reason) == ("anna", "b-2", "better")
    with pytest.raises(Problem, match="another key"):
        two.confirm(waiting.number, ANNA)
    two.confirm(waiting.number, BOB)
    assert Registry(settings.registry).champion() == "b-2"
    assert list(two.waiting()) == []
    with pytest.raises(Problem, match="waits"):
        two.confirm(waiting.number, BOB)
    assert audit(services)[-1] == ("console.done", "b-2", "bob")


def test_a_proposal_can_be_taken_back(services: Services, settings: Settings) -> None:
    two = proposals(services, FourEyes.ON)
    two.ask(Change(what="promote", bundle="b-2", reason="better", role="shadow"), ANNA)
    two.withdraw(two.waiting()[0].number, ANNA)

    assert list(two.waiting()) == []
    assert Registry(settings.registry).champion() == "b-1"


def test_without_a_reason_nothing_is_done_or_proposed(services: Services) -> None:
    for four_eyes in FourEyes:
        with pytest.raises(Problem, match="reason"):
            proposals(services, four_eyes).ask(Change(what="promote", bundle="b-2", reason=" "), ANNA)
    assert audit(services) == []
