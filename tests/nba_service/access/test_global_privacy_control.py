"""A browser that sends ``Sec-GPC: 1`` objects, as the settings say, and it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import flask
import pytest

from nba_service.access.global_privacy_control import hear_gpc
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.http.current import register
from nba_service.settings import Gpc, Settings

CALL = DecisionCall(
    customer_id="ada",
    limit=2,
    profile=Profile(attributes={"age": 40}, consent={"email": True, "personalization": True}),
)


def honoured(call: DecisionCall, gpc: Gpc, header: str | None) -> DecisionCall:
    app = flask.Flask("gpc")
    register(app, [Settings(gpc=gpc)])
    headers: Any = {} if header is None else {"Sec-GPC": header}
    with app.test_request_context(headers=headers):
        return hear_gpc(call)


@pytest.mark.parametrize("flag", [one for one in Gpc if one is not Gpc.IGNORE])
@pytest.mark.parametrize("header", ["1", " 1 "])
def test_the_signal_takes_one_consent_back_and_leaves_the_rest(flag: Gpc, header: str) -> None:
    call = honoured(CALL, flag, header)

    assert call.profile is not None
    assert call.profile.consent == {"email": True, "personalization": True, flag.value: False}
    assert replace(call, profile=CALL.profile) == CALL
    assert call.profile.attributes == {"age": 40}


def test_a_call_without_a_profile_gets_one() -> None:
    call = honoured(DecisionCall(customer_id="ada"), Gpc.PERSONALIZATION, "1")

    assert call.profile == Profile(consent={"personalization": False})


@pytest.mark.parametrize("header", [None, "", "0", "true", "11"])
def test_only_1_is_the_signal(header: str | None) -> None:
    assert honoured(CALL, Gpc.PERSONALIZATION, header) is CALL


def test_settings_may_ignore_it() -> None:
    assert honoured(CALL, Gpc.IGNORE, "1") is CALL


def test_what_the_caller_sent_is_not_changed() -> None:
    honoured(CALL, Gpc.PERSONALIZATION, "1")

    assert CALL.profile is not None
    assert CALL.profile.consent["personalization"] is True


def test_an_objection_is_a_refusal_of_the_person_that_the_call_names(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings
) -> None:
    client = make_app(playbook_settings).test_client()
    client.post("/v1/customers/c-1/aliases", json={"aliases": ["v-1"]})

    def refused() -> object:
        return client.get("/v1/customers/c-1").get_json()["consents"]["personalization"]["refused"]

    for customer in ("v-1", "c-1"):
        asked = {"customer_id": customer, "channels": ["web"]}
        assert client.post("/v1/decisions", json=asked, headers={"Sec-GPC": "1"}).status_code == 200
    first = refused()
    client.put("/v1/customers/c-1", json={"consent": {"personalization": True}})
    held = client.get("/v1/customers/c-1").get_json()["consent"]

    assert isinstance(first, dict)
    assert (first["source"], held) == ("Sec-GPC", {"personalization": True})
    assert refused() == first, "said again it is the same refusal"


def test_without_the_store_it_holds_for_the_call(
    make_app: Callable[..., flask.Flask], playbook_settings: Settings
) -> None:
    app = make_app(playbook_settings)
    app.extensions["nba"].store.breaker.trip()

    answer = app.test_client().post(
        "/v1/decisions", json={"customer_id": "c-1", "channels": ["web"]}, headers={"Sec-GPC": "1"}
    )

    assert answer.status_code == 200
