"""What changed: one log of two, newest first, in words, without customers."""

from __future__ import annotations

import json

import pytest

from nba_service.console.facts.changes import changes, of_day
from nba_service.console.wording import Words
from nba_service.store.records.audit_log import Entry

HISTORY = [
    {"event": "promote", "bundle": "x-b81c", "promoted_at": "2026-11-12T06:14:00Z", "reason": "better"},
    {
        "event": "begin",
        "bundle": "x-f356",
        "since": "2026-11-13T06:14:00Z",
        "role": "challenger",
        "reason": "try",
    },
    {
        "event": "end",
        "bundle": "x-f356",
        "at": "2026-11-14T06:14:00Z",
        "role": "challenger",
        "reason": "done",
    },
    {"event": "rollback", "bundle": "x-aaaa", "promoted_at": "2026-11-15T06:14:00Z", "reason": "slow"},
    {"event": "repair", "at": "2026-11-16T06:14:00Z"},
]


def entry(kind: str, detail: dict[str, object]) -> Entry:
    return Entry(
        seq=1,
        at=1_794_441_600_000,
        kind=kind,
        subject="s" * 64,
        detail=json.dumps(detail),
        previous="",
        hash="",
    )


ENTRIES = [
    entry("journey.served", {"path": "journey.yaml"}),
    entry("key.created", {"name": "shop"}),
    entry("key.revoked", {"name": "shop"}),
    entry("retention", {"before": 1}),
    entry("console.proposed", {"by": "anna", "reason": "better"}),
    entry("service.store_away", {"times": 2}),
    entry("service.overloaded", {"requests": 2}),
    entry("service.degraded", {"reasons": {"STORE_SLOW": 30}, "decisions": 90}),
    entry("customer.erased", {"rows": 3}),
]


def test_both_logs_become_one_with_the_newest_first() -> None:
    found = changes(HISTORY, ENTRIES)

    assert [one.kind for one in found][:4] == ["rollback", "end", "begin", "promote"]
    assert len(found) == 12  # neither the repair of a log nor somebody's erasure is news
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_has_a_sentence(language: str) -> None:
    for one in changes(HISTORY, ENTRIES):
        what, more = one.sentence(Words(language))
        assert what
        assert "{" not in what + more


def test_a_day_has_its_own() -> None:
    found = of_day(changes(HISTORY, ENTRIES), "2026-11-12")

    assert "promote" in {one.kind for one in found}
    assert of_day(found, "2026-11-13") == []
