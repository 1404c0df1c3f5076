"""Who looks at a mail: a person as far as can be told, or a machine."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.nba_service.mail.sent_mail import ADA, held, path_of


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
