"""An assistant's client (the SDK's own) that asks the tools."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import mcp

from nba_service.mcp.server import make_server

T = TypeVar("T")


def ask(
    url: str, key: str | None, tool: str, writes: bool = False, **arguments: object
) -> mcp.types.CallToolResult:
    async def asked(client: mcp.Client) -> mcp.types.CallToolResult:
        return await client.call_tool(tool, arguments)

    return connected(url, key, writes, asked)


def connected(url: str, key: str | None, writes: bool, use: Callable[[mcp.Client], Awaitable[T]]) -> T:
    async def run() -> T:
        async with mcp.Client(make_server(url, key, writes=writes)) as client:
            return await use(client)

    result: T = anyio.run(run)
    return result
