"""Who looks at a mail: a person as far as can be told, or a machine."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.nba_service.mail.conftest import PUBLIC

ADA = "/v1/email/email?recipient=ada&message_id=m-1&consent=email"


def path_of(url: str) -> str:
    assert url.startswith(PUBLIC)
    return url.removeprefix(PUBLIC)


def held(client: FlaskClient, customer: str = "ada") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/customers/{customer}").get_json()
    return found


@pytest.mark.parametrize("agent", ["GoogleImageProxy", "YahooMailProxy", "Mozilla/5.0"])
def test_proxies_of_mail_programs_fetch_for_a_person(client: FlaskClient, agent: str) -> None:
    mail = client.get(ADA).get_json()
    client.get(path_of(mail["open_image_url"]), headers={"User-Agent": f"Mozilla/5.0 (via {agent})"})
    assert len(held(client)["decisions"]) == 2


def test_a_crawler_gets_a_picture_and_decides_nothing(client: FlaskClient) -> None:
    mail = client.get(ADA).get_json()
    picture = client.get(path_of(mail["open_image_url"]), headers={"User-Agent": "Googlebot/2.1"})
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert len(held(client)["decisions"]) == 1
