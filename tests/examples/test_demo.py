"""What `make demo` prints: one screen, in words.

The whole run, at a small size, is in `tests/e2e/test_readme.py`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "solar" / "demo.py"


@pytest.fixture(scope="module")
def demo() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("solar_demo", DEMO)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look
    sys.path.append(str(DEMO.parent))  # as where the script runs
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(DEMO.parent))


def test_an_action_is_told_in_one_line(demo: ModuleType) -> None:
    action = {
        "action": "roof_picture",
        "placement": "hero",
        "channel": "website",
        "value": {"over_nothing": 12.3456},
        "content": {"title": "Your roof from above"},
        "reasons": ["HIGHEST_JOURNEY_VALUE"],
    }
    told = demo.sentence(action)
    assert told == "hero: “Your roof from above” (roof_picture), +12.35 EUR compared with doing nothing"

    drawn = demo.sentence({**action, "reasons": ["EXPLORATION"], "action_probability": 0.0093})
    assert drawn == f"{told}; drawn to learn from, one time in 108"


@pytest.mark.parametrize(
    ("reason", "words"), [("HIGHEST_JOURNEY_VALUE", "worth most"), ("NOTHING_ELIGIBLE", "rules")]
)
def test_nothing_that_was_chosen_and_nothing_that_was_left_are_told_apart(
    demo: ModuleType, reason: str, words: str
) -> None:
    assert words in demo.sentence({"action": "nothing", "reasons": [reason]})


def test_checks_are_counted_in_the_gates_table_alone(demo: ModuleType) -> None:
    printed = """
  policy     refused   passed
Gate, compared with no champion

  check      what was found
 ───────────
  coverage   passed    For 94.8% of customers
                       refused is what is surely worse
  rivals     REFUSED   Of 4 simple policies
"""
    assert demo._gate(printed) == "1 of 2 checks passed"


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("2026-11-29T03:10", "2026-11-28T09:00"),
        ("2026-11-29T12:10", "2026-11-29T12:10"),
        ("2026-11-29T22:00", "2026-11-29T09:00"),
    ],
)
def test_known_customers_are_asked_about_by_day(demo: ModuleType, now: str, asked: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert demo.office_hours(moment) == datetime.fromisoformat(asked).replace(tzinfo=UTC)
