"""openfeature-provider-ofrep as it comes from PyPI, and all flags at once, against the running service."""

from __future__ import annotations

from typing import Any

import pytest
import requests

pytest.importorskip("openfeature.contrib.provider.ofrep", reason="needs openfeature-provider-ofrep")

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from nba_service.keys.visitor_ids import make_visitor

STRANGER = EvaluationContext("c-1", {"phase": "stranger", "age": 40, "shoe": 9})


@pytest.fixture
def flags(listening: Any) -> Any:
    headers = {"Authorization": f"Bearer {listening.key}"}
    api.set_provider(OFREPProvider(listening.url, headers_factory=lambda: headers))
    yield api.get_client()
    api.clear_providers()


def bulk(listening: Any, context: Any = None, **headers: str) -> requests.Response:
    return requests.post(
        f"{listening.url}/ofrep/v1/evaluate/flags",
        json={"context": {"targetingKey": "c-1"} if context is None else context},
        headers={"Authorization": f"Bearer {listening.key}", **headers},
        timeout=30,
    )


def test_a_flag_is_a_placement_its_variant_the_action_its_value_the_content(
    flags: Any, listening: Any
) -> None:
    found = flags.get_object_details("banner", {}, STRANGER)

    row = listening.parts.store.decisions([found.flag_metadata["decision_id"]])
    (decision,) = row.values()
    assert decision.customer_id == "c-1"
    assert '"age":40' in decision.request
    assert found.variant == decision.action
    if found.variant == "teaser":
        assert found.value["title"] == "Hello there"
        assert found.value["action"] == "teaser"
        assert found.reason in (Reason.TARGETING_MATCH, Reason.SPLIT)
        assert found.flag_metadata["outcome"] == "clicked"
    else:
        assert (found.value, found.reason) == ({}, Reason.DEFAULT)


def test_a_part_of_a_placement_is_a_text_of_the_same_decision(flags: Any) -> None:
    whole = flags.get_object_details("banner", {}, STRANGER)
    part = flags.get_string_details("banner.title", "mine", STRANGER)

    assert part.flag_metadata["decision_id"] == whole.flag_metadata["decision_id"]
    assert part.value == whole.value.get("title", "mine")


def test_what_is_wrong_is_told_in_openfeatures_words(flags: Any, listening: Any) -> None:
    unknown = flags.get_object_details("nowhere", {"mine": True}, STRANGER)
    nobody = flags.get_object_details("banner", {"mine": True})

    assert (unknown.value, unknown.error_code) == ({"mine": True}, ErrorCode.FLAG_NOT_FOUND)
    assert (nobody.value, nobody.error_code) == ({"mine": True}, ErrorCode.TARGETING_KEY_MISSING)
    for sent in (b"{", b""):
        broken = requests.post(
            f"{listening.url}/ofrep/v1/evaluate/flags/banner",
            data=sent,
            headers={"Authorization": f"Bearer {listening.key}", "Content-Type": "application/json"},
            timeout=30,
        )
        assert broken.status_code == 400
        assert broken.json()["errorCode"] == "PARSE_ERROR"
        assert broken.json()["key"] == "banner"


def test_all_flags_at_once_with_an_etag(listening: Any) -> None:
    first = bulk(listening)
    found = {flag["key"]: flag for flag in first.json()["flags"]}

    assert {"banner", "sidebar", "banner.title", "sidebar.action"} <= set(found)
    actions = [found[name]["variant"] for name in ("banner", "sidebar")]
    assert actions.count("teaser") <= 1, "not twice on one page"

    same = bulk(listening, **{"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    weak = bulk(listening, **{"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert weak.status_code == 304, "a proxy that zips makes the tag weak"
    assert same.headers["ETag"] == first.headers["ETag"]
    other = bulk(listening, {"targetingKey": "c-2"}, **{"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_refusals_of_all_flags(listening: Any) -> None:
    assert bulk(listening, {}).json()["errorCode"] == "TARGETING_KEY_MISSING"
    assert bulk(listening, {"targetingKey": "a b"}).json()["errorCode"] == "INVALID_CONTEXT"
    assert bulk(listening, Authorization="Bearer wrong").status_code == 401


def test_a_page_gets_the_flags_of_its_own_placements(listening: Any) -> None:
    site = "https://www.example.com"
    _, key = listening.issuer.create("page", publishable=True, origins=[site], placements=["banner"])

    answer = bulk(listening, {"targetingKey": make_visitor()}, Authorization=f"Bearer {key}", Origin=site)
    asked = requests.options(
        f"{listening.url}/ofrep/v1/evaluate/flags",
        headers={"Origin": site, "Access-Control-Request-Method": "POST"},
        timeout=30,
    )

    assert {flag["metadata"]["placement"] for flag in answer.json()["flags"]} == {"banner"}
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
