"""Which rules failed, and in how many decisions."""

from __future__ import annotations

import threading

from nba_service.telemetry.rule_failures import RuleFailures


def test_each_policy_has_its_own_count() -> None:
    failures = RuleFailures()

    failures.add(["ADULTS_ONLY", "GREEN"])
    failures.add(code for code in ["ADULTS_ONLY"])
    failures.add([])

    assert failures.counts() == {"ADULTS_ONLY": 2, "GREEN": 1}


def test_counts_that_were_read_stay_as_they_were() -> None:
    failures = RuleFailures()
    read = failures.counts()

    failures.add(["GREEN"])

    assert read == {}


def test_threads_lose_no_count() -> None:
    failures = RuleFailures()
    threads = [
        threading.Thread(target=lambda: [failures.add(["GREEN"]) for _ in range(500)]) for _ in range(4)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures.counts() == {"GREEN": 2_000}
