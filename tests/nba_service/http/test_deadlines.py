"""``X-Deadline-Ms``: a whole number of milliseconds, or an error that says so."""

from __future__ import annotations

import pytest

from nba_service.errors import Problem
from nba_service.http.application import Application
from nba_service.http.deadlines import HEADER, asked_seconds

APP = Application("test")


@pytest.mark.parametrize(("told", "seconds"), [("1", 0.001), ("250", 0.25), ("60000", 60.0), ("00250", 0.25)])
def test_milliseconds_become_seconds(told: str, seconds: float) -> None:
    with APP.test_request_context(headers={HEADER: told}):
        assert asked_seconds() == seconds


def test_without_the_header_nothing_is_asked() -> None:
    with APP.test_request_context():
        assert asked_seconds() is None


@pytest.mark.parametrize("told", ["0", "60001", "-5", "1.5", "1e3", "", "soon", "٣", "000250", "9" * 30])
def test_anything_else_is_refused_with_what_was_expected(told: str) -> None:
    with (
        APP.test_request_context(environ_base={"HTTP_X_DEADLINE_MS": told}),
        pytest.raises(Problem, match="X-Deadline-Ms: expected a whole number of milliseconds") as raised,
    ):
        asked_seconds()

    assert (raised.value.kind, raised.value.status) == ("FIELD_RANGE", 422)
    assert raised.value.errors[0].detail.endswith(f"got {told[:20]!r}")
