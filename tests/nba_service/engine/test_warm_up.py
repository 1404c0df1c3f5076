"""What the first decision of an engine builds is there before anybody asks."""

from __future__ import annotations

import pytest

from nba_service.engine import warm_up as module
from nba_service.engine.serving import load_serving
from nba_service.engine.warm_up import warm_up
from nba_service.settings import Settings


def test_an_engine_decides_before_anybody_asks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = load_serving(settings, "b-1")
    phases: list[str | None] = []
    monkeypatch.setattr(module, "decide", lambda _engine, request: phases.append(request.stated_phase))

    warm_up(serving)

    assert phases == [phase.name for phase in serving.journey.phases]


def test_languages_of_texts_are_read_before_anybody_asks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = load_serving(settings, "b-1")
    read: list[str] = []
    monkeypatch.setattr(module, "load_locale", read.append)

    warm_up(serving)

    actions = serving.journey.actions
    assert {locale for one in actions for texts in one.content.values() for locale in texts} <= {*read}
    assert serving.journey.default_locale in read


def test_an_engine_that_fails_keeps_no_worker_from_starting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "decide", lambda *_: 1 / 0)

    warm_up(load_serving(settings, "b-1"))
