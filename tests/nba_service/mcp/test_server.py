"""Which tools there are, and that the command speaks over standard input and output."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import anyio
import mcp

from nba_service.measures.measures import MEASURES
from tests.nba_service.mcp.asking import connected


def names(url: str, writes: bool) -> dict[str, bool]:
    async def listed(client: mcp.Client) -> dict[str, bool]:
        return {
            tool.name: bool(tool.annotations.read_only_hint) for tool in (await client.list_tools()).tools
        }

    return connected(url, None, writes, listed)


def test_nothing_writes_unless_it_is_allowed(url: str) -> None:
    readers = {"decide": True, "explain": True, "rehearse": True, "measure": True, "bundles": True}

    assert names(url, writes=False) == readers
    assert names(url, writes=True) == readers | {"record_decision": False, "record_outcome": False}


def test_the_command_speaks_over_standard_input_and_output(url: str, key: Callable[..., str]) -> None:
    command = str(Path(sys.executable).with_name("nba"))
    started = mcp.StdioServerParameters(
        command=command, args=["mcp", "--url", url], env={"NBA_API_KEY": key("read")}
    )

    async def run() -> mcp.types.CallToolResult:
        async with mcp.Client(mcp.stdio_client(started)) as client:
            return await client.call_tool("decide", {"customer_id": "c-1"})

    assert anyio.run(run).structured_content["customer_id"] == "c-1"


def test_the_tool_of_measures_names_those_that_there_are(url: str) -> None:
    async def listed(client: mcp.Client) -> list[str]:
        (tool,) = [one for one in (await client.list_tools()).tools if one.name == "measure"]
        measures: list[str] = tool.input_schema["properties"]["name"]["enum"]
        return measures

    assert connected(url, None, False, listed) == list(MEASURES)
