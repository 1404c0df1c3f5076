"""``nba snippet``: what to paste into a page."""

from __future__ import annotations

from html import escape

import click

from nba_service.cli.output import json_option, print_json


@click.command()
@click.option("--url", required=True, help="Where pages reach the service, such as https://nba.example.com.")
@click.option("--key", default="", help="A publishable key (nbapk_...).")
@click.option("--module", "as_module", is_flag=True, help="The module (import) instead of the script.")
@json_option
def snippet(url: str, key: str, as_module: bool, as_json: bool) -> None:
    """Print the tag that loads nba.js into a page, with its hash.

    \b
    The address names this very version, so the hash fits as long as this version is served; after an
    update of the service paste the new tag, or use /nba.js without a hash.
      nba snippet --url https://nba.example.com --key nbapk_...
    """
    from nba_service.web.script import module, script

    file, ending = (module(), "mjs") if as_module else (script(), "js")
    address = f"{url.rstrip('/')}/nba-{file.digest}.{ending}"
    if as_json:
        print_json({"src": address, "integrity": file.integrity, "bytes_gzipped": len(file.zipped)})
        return
    common = f'integrity="{file.integrity}" crossorigin'
    if as_module:
        click.echo(f'<link rel="modulepreload" href="{escape(address)}" {common}>')
    else:
        click.echo(f'<script async src="{escape(address)}" {common} data-key="{escape(key)}"></script>')
