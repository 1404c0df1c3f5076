"""Asks the service, as a company's own server would: with its key, over its API.

The service stands in the same process here, so a call goes through WSGI instead of a network. Knows calls;
knows nothing of pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from werkzeug.test import Client

_TRIES: Final = 8
_PAUSE: Final = 0.25

Wsgi = Callable[..., Iterable[bytes]]


class ServiceError(Exception):
    """The service refused a call; its own words."""


class Service:
    """The API with one key."""

    def __init__(self, wsgi: Wsgi, key: str) -> None:
        self._client = Client(wsgi)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer of a call.

        Raises:
            ServiceError: it was refused.
        """
        answer = self._client.open(path, method=method, json=body, headers=self._headers)
        if answer.status_code >= 400:
            raise ServiceError(answer.get_data(as_text=True)[:500])
        found: dict[str, Any] = answer.get_json(silent=True) or {}
        return found

    def decide(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A decision; asked again where a busy store made it without what is known."""
        answer = self.call("POST", "/v1/decisions", body)
        for _ in range(_TRIES):
            if not any(why.startswith("STORE") for why in answer.get("degraded_by", ())):
                break
            time.sleep(_PAUSE)
            answer = self.call("POST", "/v1/decisions", body)
        return answer
