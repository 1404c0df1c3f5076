"""``nba mcp``: tools for assistants, over standard input and output."""

from __future__ import annotations

import os

import click


@click.command()
@click.option(
    "--url",
    default="http://127.0.0.1:8000",
    show_default=True,
    metavar="URL",
    help="Where the service answers.",
)
@click.option("--writes", is_flag=True, help="Also tools that store decisions and outcomes.")
def mcp(url: str, writes: bool) -> None:
    """Give assistants tools that ask a running service (Model Context Protocol).

    \b
    Speaks over standard input and output, so an assistant starts it itself. Tools: decide, explain,
    rehearse, measure, bundles; nothing is stored but with --writes. The key is NBA_API_KEY in the
    environment, and the service lets each tool do what the key's scopes allow:
      KEY=$(nba keys create assistant --scope read)
      NBA_API_KEY=$KEY nba mcp --url http://127.0.0.1:8000

    \b
    Rehearsing a journey file needs the scope rules, too; --writes needs decide and track.
    How assistants are told of it: docs/how-to/assistants.md.
    """
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(
            f"expected an address such as http://127.0.0.1:8000, got {url[:80]!r}", param_hint="--url"
        )
    from nba_service.mcp.server import make_server

    make_server(url.rstrip("/"), os.environ.get("NBA_API_KEY") or None, writes=writes).run("stdio")
