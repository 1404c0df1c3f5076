"""A finding is a sentence with its numbers."""

from __future__ import annotations

from training.checks.finding import Finding


def test_as_json_it_keeps_everything() -> None:
    found = Finding(name="gap", warning=False, sentence="A gap.", examples=[{"days": 9}])

    assert found.to_json() == {
        "name": "gap",
        "warning": False,
        "sentence": "A gap.",
        "examples": [{"days": 9}],
    }
