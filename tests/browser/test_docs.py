"""The API reference in a real browser: it draws itself, takes a key and makes a call, within its policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nba_service.access.issuing import KeyIssuer
from nba_service.clock import system_clock


def test_a_call_is_tried_with_a_key(open_page: Callable[..., Any], site: Any) -> None:
    _, key = KeyIssuer(site.services.store.plain.keys, system_clock).create("reader", scopes=["decide"])
    page = open_page("/docs")

    page.locator("button.authorize").first.click()
    page.locator(".modal-ux input").first.fill(key)
    page.locator(".modal-ux button.authorize").first.click()
    page.locator(".modal-ux button.btn-done").first.click()
    call = page.locator(".opblock", has=page.locator("[data-path='/v1/decisions']")).first
    call.locator(".opblock-summary").click()
    call.locator(".try-out__btn").click()
    call.locator("button.execute").click()
    live = call.locator(".live-responses-table")
    live.wait_for()

    assert live.locator(".response-col_status").last.inner_text().startswith("200")
    answer = json.loads(live.locator(".response-col_description pre").first.inner_text())
    assert answer["decision_id"]
    assert site.called("/v1/decisions")
    assert page.evaluate("refused") == []
