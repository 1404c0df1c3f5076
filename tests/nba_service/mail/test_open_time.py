"""What is decided when a mail is opened: once, at the first look, for picture and click alike."""

from __future__ import annotations

import io

from flask.testing import FlaskClient
from PIL import Image

from tests.nba_service.mail.conftest import PERSON, Clock
from tests.nba_service.mail.sent_mail import ADA, held, outcomes, path_of


def test_picture_and_click_agree_and_stay(client: FlaskClient, clock: Clock) -> None:
    mail = client.get(ADA).get_json()
    clock.wait(hours=11)  # 23:00 in Berlin: quiet hours do not bind who looks right now
    first = client.get(path_of(mail["open_image_url"]), headers=PERSON)

    assert first.mimetype == "image/png"
    assert "no-store" in first.headers["Cache-Control"]
    assert len(first.data) < 100_000
    assert Image.open(io.BytesIO(first.data)).size == (1200, 600)
    body = {
        "interactions": [{"customer_id": "ada", "touchpoint": "order", "occurred_at": "2026-11-20T23:10:00Z"}]
    }
    clock.wait(hours=1)
    assert client.post("/v1/interactions", json=body).status_code == 200
    clock.wait(hours=1)  # a customer now, for whom there is no such mail any more
    assert client.get(path_of(mail["open_image_url"]), headers=PERSON).data == first.data
    assert client.get(path_of(mail["open_click_url"]), headers=PERSON).headers["Location"] == (
        "https://tiny.example/look?a=1"
    )
    assert len(held(client)["decisions"]) == 2
    assert outcomes(client) == {"delivered", "clicked"}


def test_the_picture_is_decided_from_what_is_known_at_the_first_look(
    client: FlaskClient, clock: Clock
) -> None:
    mail = client.get(ADA).get_json()
    clock.wait(minutes=1)
    body = {
        "interactions": [{"customer_id": "ada", "touchpoint": "order", "occurred_at": "2026-11-20T12:00:30Z"}]
    }
    assert client.post("/v1/interactions", json=body).status_code == 200
    client.get(path_of(mail["open_image_url"]), headers=PERSON)

    sent, opened = sorted(held(client)["decisions"], key=lambda one: one["decided_at"])
    assert (sent["action"], opened["action"]) == ("teaser", "nothing")
    assert opened["decision_id"].startswith("open/")
