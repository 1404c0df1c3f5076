"""Parts of an application are found by their type, within its requests."""

from __future__ import annotations

import flask
import pytest

from nba_service.http.current import current, register


class Clockwork:
    pass


class Spare:
    pass


def test_a_request_finds_the_part_of_its_own_application() -> None:
    first, second = flask.Flask("first"), flask.Flask("second")
    parts = [Clockwork(), Clockwork()]
    register(first, [parts[0]])
    register(second, [parts[1], Spare()])

    with first.test_request_context():
        assert current(Clockwork) is parts[0]
    with second.test_request_context():
        assert current(Clockwork) is parts[1]


def test_a_part_that_is_missing_is_named() -> None:
    app = flask.Flask("empty")
    register(app, [])

    with app.test_request_context(), pytest.raises(LookupError, match="no part Spare"):
        current(Spare)


def test_two_parts_of_one_type_are_refused() -> None:
    with pytest.raises(ValueError, match="one part of each type, got two of Spare"):
        register(flask.Flask("double"), [Spare(), Spare()])
