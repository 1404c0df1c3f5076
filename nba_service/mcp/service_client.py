"""The service as a tool asks it.

One key, one address, problems as sentences. Knows HTTP and the shape of problems; knows no tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx2
from mcp.server.mcpserver.exceptions import ToolError

SECONDS: Final = 30.0

Json = dict[str, object]


class ServiceClient:
    """Asks one service with one key, whose scopes the service itself checks."""

    def __init__(self, url: str, key: str | None) -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx2.AsyncClient(base_url=url, headers=headers, timeout=SECONDS)
        self._url = url

    async def get(self, path: str, query: Mapping[str, str | int]) -> Json:
        """The answer to a GET.

        Raises:
            ToolError: the service cannot be reached, or answered with a problem, in its words.
        """
        return await self._ask(self._http.build_request("GET", path, params=dict(query)))

    async def post(self, path: str, body: Json) -> Json:
        """The answer to a POST.

        Raises:
            ToolError: as for ``get``.
        """
        return await self._ask(self._http.build_request("POST", path, json=body))

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, request: httpx2.Request) -> Json:
        try:
            answer = await self._http.send(request)
        except httpx2.HTTPError as error:
            raise ToolError(
                f"SERVICE_UNREACHABLE: no answer from {self._url} ({type(error).__name__}). Start it with"
                " `nba serve`, or say where it is: nba mcp --url."
            ) from error
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ToolError(
                f"SERVICE_UNREACHABLE: expected JSON of {self._url}, got {answer.headers.get('content-type')}"
                f" with status {answer.status_code}. Is it an NBA service?"
            )
        if answer.status_code >= 400:
            raise ToolError(_problem(told, answer.status_code))
        return told


def _problem(told: Json, status: int) -> str:
    parts = [f"{told.get('code', status)}: {told.get('detail') or told.get('title') or ''}"]
    errors = told.get("errors")
    if isinstance(errors, list):
        parts += [f"{one.get('field')}: {one.get('detail')}" for one in errors if isinstance(one, dict)]
    return "\n".join(parts)
