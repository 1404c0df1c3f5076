"""A mail that was sent, and what its links lead to."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from tests.nba_service.mail.conftest import PUBLIC

ADA = "/v1/email/email?recipient=ada&message_id=m-1&consent=email"


def path_of(url: str) -> str:
    assert url.startswith(PUBLIC)
    return url.removeprefix(PUBLIC)


def held(client: FlaskClient, customer: str = "ada") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/customers/{customer}").get_json()
    return found


def outcomes(client: FlaskClient) -> set[str]:
    return {one["outcome"] for one in held(client)["outcomes"]}
