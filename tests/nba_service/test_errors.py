"""One shape for every failure, and one code for each."""

from __future__ import annotations

import re
from http import HTTPStatus

import pytest

from models.errors import NBAError
from nba_service import errors
from nba_service.errors import KINDS, FieldProblem, Problem, problem_of_fields


def problem(field: str, code: str, detail: str = "expected more, got less.") -> FieldProblem:
    return FieldProblem(field=field, code=code, detail=detail)


def test_every_code_is_a_word_with_a_title_and_an_error_status() -> None:
    for code, kind in KINDS.items():
        assert re.fullmatch(r"[A-Z][A-Z_]+", code)
        assert HTTPStatus(kind.status).value >= 400
        assert kind.title[0].isupper()
        assert not kind.title.endswith(".")


def test_a_problem_is_what_rfc_9457_says() -> None:
    found = Problem("KEY_MISSING", "Expected a key.").to_json("urn:nba:request:r-1")

    assert found == {
        "type": "urn:nba:error:KEY_MISSING",
        "title": "An API key is needed",
        "status": 401,
        "detail": "Expected a key.",
        "code": "KEY_MISSING",
        "instance": "urn:nba:request:r-1",
    }


def test_what_is_not_known_is_left_out() -> None:
    assert not {"instance", "errors"} & set(Problem("NOT_FOUND", "x").to_json())


def test_a_problem_is_an_error_with_its_text_its_code_and_its_headers() -> None:
    found = Problem("RATE_LIMITED", "Too many.", headers={"Retry-After": "2"})

    assert isinstance(found, NBAError)
    assert (str(found), found.code, found.status) == ("Too many.", "RATE_LIMITED", 429)
    assert found.headers == {"Retry-After": "2"}
    assert Problem("NOT_FOUND", "x").code == "NOT_FOUND", "a code is each problem's own"


def test_one_wrong_field_gives_its_code_and_its_path() -> None:
    found = problem_of_fields([problem("limit", "FIELD_RANGE")])

    assert (found.kind, str(found)) == ("FIELD_RANGE", "limit: expected more, got less.")
    assert found.to_json()["errors"] == [
        {"field": "limit", "code": "FIELD_RANGE", "detail": "expected more, got less."}
    ]


def test_the_body_as_a_whole_has_no_path() -> None:
    assert str(problem_of_fields([problem("", "FIELD_TYPE")])) == "expected more, got less."


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (["FIELD_RANGE", "FIELD_RANGE"], "FIELD_RANGE"),
        (["FIELD_RANGE", "FIELD_TYPE"], "REQUEST_INVALID"),
    ],
)
def test_several_wrong_fields_share_a_code_or_are_several_problems(codes: list[str], kind: str) -> None:
    found = problem_of_fields([problem(f"f{index}", code) for index, code in enumerate(codes)])

    assert found.kind == kind
    assert str(found) == "f0: expected more, got less. (and 1 more, see errors)"
    assert [one["field"] for one in found.to_json()["errors"]] == ["f0", "f1"]


def test_errors_of_the_service_have_codes_of_their_own() -> None:
    kinds = [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, NBAError) and one not in (NBAError, Problem)
    ]
    codes = [one.code for one in kinds if one is not errors.ContentionError]

    assert len(codes) == len(set(codes)) >= 7
    assert errors.ContentionError.code == "STORE_UNAVAILABLE", "to a client the store could not take it"
