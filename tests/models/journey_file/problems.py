"""What a problem of a journey file has to say, and the types of the fixtures that find it."""

from __future__ import annotations

from collections.abc import Callable

Edit = Callable[..., str]
ProblemsOf = Callable[[str | bytes], list[str]]
FindingsOf = Callable[[str], list[tuple[str, str]]]


def assert_told(problems: list[str], field: str, says: str) -> None:
    """One problem of the field says this, and each says what was expected, what came and what to do."""
    told = [problem for problem in problems if f": {field}: " in problem]
    assert told, problems
    assert any(says in problem for problem in told), told
    assert all(": expected " in problem and ", got " in problem and "; " in problem for problem in told), told
