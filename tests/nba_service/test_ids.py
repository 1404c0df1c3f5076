"""One rule for ids: any script, one form for what is typed in two ways, and no placeholder is a person."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from nba_service.ids import MAX_ID, is_placeholder, read_id, refuse_placeholders, stored_id, why_no_id
from nba_service.settings import Settings

PLACEHOLDERS = (
    "undefined",
    "UNDEFINED",
    "null",
    "(null)",
    "'None'",
    "NaN",
    "n/a",
    "unknown",
    "Anonymous",
    "not_set",
    "0",
    "-1",
    "00000000-0000-0000-0000-000000000000",
    "v-" + "0" * 32,
    "FFFFFFFF-ffff-ffff-ffff-ffffffffffff",
    "*|UNIQID|*",
    "mail-*|UNIQID|*",
    "$user_id",
    "$(user_id)",
    "$!user.id",
    ":customer_id",
    "__USER_ID__",
    "@@id@@",
    "user:undefined",
    "user-undefined",
    "mail-77/null",
    "undefined/mail-77",
)
PEOPLE = (
    "c-1042",
    "0815",
    "Null-Meyer",
    "anna.null",
    "nanna",
    "guest-17",
    "v-" + "0" * 31 + "1",
    "unknown-soldier",
    "ada@example.org",
    "00000000-0000-0000-0000-000000000001",
    "$device:42",
    "user=7",
    "trueman",
    "आशा",
    "محمّد",
    "李小龍",
    "Zoë",
    "Ørsted",
    "ผู้ใช้",
)


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders_are_nobodys_id_but_can_be_looked_up(text: str) -> None:
    assert is_placeholder(text)
    assert read_id(text) is None
    assert stored_id(text) in {text, None}
    assert "placeholder" in why_no_id(text) or stored_id(text) is None


@given(
    st.from_regex(
        r"(?:v-|user[-_.]|__|f{8}-|)[0-9A-Fa-f._-]{0,6}(?:undefined|null|Undefined|0|1|)", fullmatch=True
    )
)
def test_the_short_way_of_common_ids_says_what_the_long_one_says(text: str) -> None:
    stored = stored_id(text)
    assert read_id(text) == (None if stored is None or is_placeholder(stored) else stored)


@pytest.mark.parametrize("text", PEOPLE)
def test_people_of_all_scripts_are_people(text: str) -> None:
    assert read_id(text) == unicodedata.normalize("NFC", text)


def test_two_ways_to_type_a_name_are_one_person() -> None:
    assert read_id("Zoe\u0308") == read_id("Zo\u00eb") == "Zo\u00eb"


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a//b", "/a", "a/", "..", "a/./b", "a\u0000", "\u0308a", "a/\u0308", "x/replay", "a\ud83d"],
)
def test_what_can_be_no_id(text: str) -> None:
    assert stored_id(text) is None
    assert read_id(text) is None
    assert "Expected an id of 1 to 200" in why_no_id(text)


@pytest.mark.parametrize(("n", "fits"), [(MAX_ID, True), (MAX_ID + 1, False)])
def test_the_length_counts_letters_of_the_composed_form(n: int, fits: bool) -> None:
    assert (read_id("x" * n) is not None) is fits
    assert (read_id("e\u0308" * n) is not None) is fits


@pytest.mark.parametrize("value", [None, 7, True, 1.5, ["a"], {"a": 1}])
def test_only_texts_are_ids(value: object) -> None:
    assert read_id(value) is None


@given(st.text(max_size=30))
def test_an_id_that_was_read_reads_as_itself(text: str) -> None:
    named = read_id(text)
    if named is not None:
        assert read_id(named) == named == stored_id(named)


@pytest.fixture
def more_words() -> Iterator[None]:
    refuse_placeholders(["gast", "Kunde-0"])
    yield
    refuse_placeholders([])


@pytest.mark.usefixtures("more_words")
def test_a_company_can_add_words() -> None:
    assert [read_id(text) for text in ("GAST", "kunde-0", "kunde-1")] == [None, None, "kunde-1"]


@pytest.fixture
def client(make_app: Callable[..., flask.Flask], playbook_settings: Settings) -> Iterator[FlaskClient]:
    yield make_app(replace(playbook_settings, placeholder_ids=("gast",))).test_client()
    refuse_placeholders([])


@pytest.mark.parametrize("word", ["undefined", "*|UNIQID|*", "gast"])
def test_every_door_refuses_or_ignores_a_placeholder(client: FlaskClient, word: str) -> None:
    calls = {
        "decision": client.post("/v1/decisions", json={"customer_id": word, "channels": ["web"]}),
        "decision's id": client.post(
            "/v1/decisions", json={"customer_id": "c-1", "decision_id": word, "channels": ["web"]}
        ),
        "profile": client.put(f"/v1/customers/{word}", json={"attributes": {}}),
        "alias": client.post("/v1/customers/c-1/aliases", json={"aliases": [word]}),
        "aliases of": client.post(f"/v1/customers/{word}/aliases", json={"aliases": ["c-1"]}),
        "profile's alias": client.put("/v1/customers/c-1", json={"aliases": [word]}),
        "interaction": client.post(
            "/v1/interactions", json={"interactions": [{"customer_id": word, "touchpoint": "visit"}]}
        ),
        "flag": client.post("/ofrep/v1/evaluate/flags/hero", json={"context": {"targetingKey": word}}),
    }
    assert {name: answer.status_code for name, answer in calls.items() if answer.status_code < 400} == {}
    problem = calls["decision"].get_json()
    assert (
        problem["errors"][0]["code"] == "ID_PLACEHOLDER"
        if "errors" in problem
        else problem["code"] == "ID_PLACEHOLDER"
    )
    mail = client.get(f"/v1/email/email?recipient={word}&message_id=m-1")
    assert (mail.status_code, mail.get_json()["reason"]) == (200, "REQUEST_INVALID")
    segment = {"batch": [{"messageId": "m-1", "type": "track", "userId": word, "event": "visit"}]}
    client.post("/v1/batch", json=segment)
    assert client.get(f"/v1/customers/{word}").status_code == 404, "nobody was made of it"


def test_a_decomposed_id_in_an_address_finds_the_person(client: FlaskClient) -> None:
    assert client.put("/v1/customers/Zo\u00eb", json={"attributes": {}}).status_code == 200
    assert client.get("/v1/customers/Zoe\u0308").get_json()["customer_id"] == "Zo\u00eb"
    assert client.delete("/v1/customers/Zoe\u0308").status_code == 204
    assert client.get("/v1/customers/Zo\u00eb").status_code == 404
