"""YAML as a journey file may use it: plain, with the place of every problem."""

from __future__ import annotations

import re
from datetime import time

import pytest

from models.domain.journey import Journey
from models.journey_file import parse_journey
from models.journey_file.yaml_tree import MAX_BYTES
from tests.models.journey_file.problems import Edit, ProblemsOf


def test_times_of_day_are_not_the_sexagesimal_numbers_of_yaml(tiny_journey: Journey) -> None:
    """YAML 1.1 reads an unquoted 22:00 as 1320; here it is ten in the evening, quoted or not."""
    hours = tiny_journey.channels[1].quiet_hours
    assert hours is not None
    assert (hours.start, hours.end) == (time(22, 0), time(6, 0))


def test_unquoted_words_of_yaml_1_1_stay_words(edit: Edit) -> None:
    text = edit(("values: [new, old]", "values: [no, yes, on]"), ('start: "22:00"', "start: 22:00"))
    journey = parse_journey(text.encode(), "j.yaml")
    assert journey.attributes[1].values == ("no", "yes", "on")
    assert journey.channels[1].quiet_hours is not None
    assert journey.channels[1].quiet_hours.start == time(22, 0)


def test_a_key_that_stands_twice_is_refused_and_says_where_first(problems_of: ProblemsOf, edit: Edit) -> None:
    (problem,) = problems_of(edit(("company: Tiny", "company: Tiny\ncompany: Other")))
    assert problem.startswith("j.yaml:2: company: expected each key once")
    assert "first on line 1" in problem


HOSTILE = {
    "alias": b"a: &x [1]\nb: *x\n",
    "billion laughs": b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "python object": b"a: !!python/object/apply:os.system [echo]\n",
    "own tag": b"a: !thing 3\n",
    "two documents": b"a: 1\n---\nb: 2\n",
    "deep": b"[" * 100_000,
    "deep mapping": b"".join(b" " * depth + b"a:\n" for depth in range(60)),
    "too large": b"a: " + b"x" * MAX_BYTES,
    "not UTF-8": b"company: T\xff\n",
    "control characters": b"company: T\x00\n",
    "tab": b"company:\n\t- x\n",
    "unclosed": b'company: "Tiny\n',
    "list as key": b"[a, b]: c\n",
    "empty": b"",
    "only a text": b"hello\n",
    "a list": b"- a\n- b\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_plain_yaml_ends_with_file_line_and_remedy(problems_of: ProblemsOf, name: str) -> None:
    (problem,) = problems_of(HOSTILE[name])
    assert re.match(r"j\.yaml:\d+: expected .+, got .+; .+", problem), problem


def test_a_mark_at_the_start_of_the_file_and_windows_lines_are_fine(tiny_journey_text: str) -> None:
    data = b"\xef\xbb\xbf" + tiny_journey_text.replace("\n", "\r\n").encode()
    assert parse_journey(data, "j.yaml").company == "Tiny"
