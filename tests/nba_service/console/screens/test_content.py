"""Content: what people read, in the frame of its channel, and what falls back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import flask
import pytest
from flask.testing import FlaskClient

from models.domain.journey import Journey
from models.journey_file import parse_journey
from nba_service.access.issuing import KeyIssuer
from nba_service.console.desk import Desk
from nba_service.console.facts.text_trials import TextTrials, failures
from nba_service.console.screens import content
from nba_service.content.facts import FactBook
from nba_service.keys.scopes import Scope
from nba_service.settings import Settings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_headline_counts_texts_not_samples(
    make_desk: Callable[..., Desk], tiny_journey_text: str, language: str
) -> None:
    t = make_desk(language).words
    changed = tiny_journey_text.replace("Ready when you are.", '"Ready, {{ customer.nobody }}."')
    broken = parse_journey(changed.encode(), "x.yaml")
    tried = TextTrials().of(broken, FactBook(), NOW)
    texts = len({(one.action, one.key, one.locale) for one in tried})

    assert content.finding(t, tried, failures(broken, tried, None)).startswith(f"{texts - 1} ")
    assert str(texts) in content.finding(t, tried, [])
    assert content.finding(t, [], [])


def test_the_map_has_a_square_a_text_and_red_where_it_falls_back(
    make_desk: Callable[..., Desk], tiny_journey: Journey
) -> None:
    tried = TextTrials().of(tiny_journey, FactBook(), NOW)
    drawing = content.draw_map(make_desk(), tiny_journey, tried, ["de", "en"])
    wide = drawing[: drawing.index("</svg>")]

    assert wide.count('class="fa md"') == len({(one.action, one.channel, one.locale) for one in tried})
    assert "missing" in content.map_title(make_desk().words, tiny_journey, tried, ["de", "en"])


def test_cards_are_those_of_the_address(sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in()

    page = client.get("/console/content?action=offer&sample=nothing+known").text
    assert "Ready when you are." in page
    assert 'class="mailc"' in page
    assert client.get("/console/content?action=gone&locale=xx").status_code == 200
    assert client.get("/console/content.csv?table=texts").status_code == 200


def test_without_a_journey_file_the_page_says_so(
    make_app: Callable[..., flask.Flask], guarded: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    app = make_app(replace(guarded, registry=tmp_path_factory.mktemp("empty")))
    issuer = KeyIssuer(app.extensions["nba"].store.plain.keys, lambda: NOW)
    _, token = issuer.create("anna", scopes=[Scope.CONSOLE, Scope.READ])
    client = app.test_client()
    client.post("/console/sign-in", data={"key": token})

    names = ("start", "content", "models", "health", "journey")
    pages = {name: client.get(f"/console/{name}") for name in names}
    assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(names, 200)
    assert "NBA_JOURNEY" in pages["content"].text
