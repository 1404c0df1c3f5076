"""An application of plain functions, and the request behind the proxies."""

from __future__ import annotations

import flask
import pytest

from nba_service.http.application import Application, the_globals, the_request


def test_the_request_and_its_globals_are_the_things_themselves() -> None:
    app = Application("test")

    with app.test_request_context("/path?a=1"):
        flask.g.answer = 42
        assert type(the_request()) is flask.Request
        assert (the_request().path, the_request().args["a"]) == ("/path", "1")
        assert the_globals().answer == 42
        the_globals().answer = 43
        assert flask.g.answer == 43


def test_outside_of_a_request_there_is_none() -> None:
    for ask in (the_request, the_globals):
        with pytest.raises(RuntimeError, match="outside of"):
            ask()


def test_functions_are_called_as_they_are() -> None:
    def view() -> str:
        return "answer"

    assert Application("test").ensure_sync(view) is view
