"""Pictures of mails: what was decided at the first look, else a plain card."""

from __future__ import annotations

import io
import sys

import pytest
from flask.testing import FlaskClient
from PIL import Image

from nba_service.mail.pictures import plain_picture
from tests.nba_service.mail.conftest import PERSON, Clock
from tests.nba_service.mail.sent_mail import ADA, path_of


def test_who_unsubscribed_gets_the_default_picture(client: FlaskClient, clock: Clock) -> None:
    mail = client.get(ADA).get_json()
    told = {"decision_id": mail["decision_id"], "outcome": "complained"}
    clock.wait(seconds=30)
    assert client.post("/v1/outcomes", json={"outcomes": [told]}).status_code == 200
    clock.wait(seconds=30)
    picture = client.get(path_of(mail["open_image_url"]), headers=PERSON)
    assert picture.data == client.get("/i/wrong.png", headers=PERSON).data
    target = client.get(path_of(mail["open_click_url"]), headers=PERSON).headers["Location"]
    assert target == "https://tiny.example/en"


def test_without_pillow_the_picture_is_one_pixel(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_picture.cache_clear()
    monkeypatch.setitem(sys.modules, "PIL", None)
    answer = client.get("/i/x.png", headers=PERSON)
    monkeypatch.undo()
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.data)).size == (1, 1)
