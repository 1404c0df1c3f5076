"""``NBA_COMPAT=off`` takes the addresses of other tools away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import flask
import pytest

from nba_service.settings import Compat, Settings

PATHS = ("/personalizer/v1.0/rank", "/action-recommendations", "/v1/batch", "/ofrep/v1/evaluate/flags")


@pytest.mark.parametrize("compat", list(Compat))
def test_the_addresses_are_there_or_not(
    make_app: Callable[[Settings], flask.Flask], playbook_settings: Settings, compat: Compat
) -> None:
    client = make_app(replace(playbook_settings, compat=compat)).test_client()

    answers = {client.post(path, json={}).status_code for path in PATHS}

    assert answers == ({400} if compat is Compat.ON else {404})
