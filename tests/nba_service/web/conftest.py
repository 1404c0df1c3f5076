"""A visitor of a page, and a browser's way to speak."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)

Post = Callable[..., Any]


@pytest.fixture
def visitor() -> str:
    return "v-" + "0123456789abcdef" * 2


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """``post(path, body, **headers)`` as a page does: JSON that calls itself plain text."""

    def send(path: str, body: Any, *, agent: str = BROWSER, **headers: str) -> Any:
        return client.post(
            path,
            data=json.dumps(body),
            content_type="text/plain;charset=UTF-8",
            headers={"User-Agent": agent, **{name.replace("_", "-"): text for name, text in headers.items()}},
        )

    return send


@pytest.fixture
def ask(post: Post, visitor: str) -> Callable[..., dict[str, Any]]:
    """``ask(placements, …)``: the answer of ``POST /v1/slots``."""

    def fill(*placements: str, visit: str = "visit-0001", **more: Any) -> dict[str, Any]:
        headers = more.pop("headers", {})
        body = {"visitor": visitor, "visit": visit, "placements": list(placements), **more}
        answer = post("/v1/slots", body, **headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    return fill
