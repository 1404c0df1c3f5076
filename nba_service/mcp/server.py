"""The server of tools, over standard input and output."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

from nba_service.mcp.service_client import ServiceClient
from nba_service.mcp.tools import INSTRUCTIONS, reading_tools, writing_tools


def make_server(url: str, key: str | None, *, writes: bool) -> MCPServer[None]:
    """A server whose tools ask the service at ``url``; tools that write only with ``writes``."""
    service = ServiceClient(url, key)

    @asynccontextmanager
    async def lifetime(_: MCPServer[None]) -> AsyncIterator[None]:
        try:
            yield None
        finally:
            await service.close()

    server = MCPServer(
        "nba",
        title="Next best action",
        instructions=INSTRUCTIONS,
        version=version("nba"),
        lifespan=lifetime,
        log_level="WARNING",
    )
    for tool in reading_tools(service):
        server.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    for tool in writing_tools(service) if writes else ():
        server.add_tool(tool, annotations=ToolAnnotations(destructive_hint=False, open_world_hint=False))
    return server
