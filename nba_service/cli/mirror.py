"""``nba registry push`` and ``pull``: a registry at a URL."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nba_service.cli.output import json_option, print_json, say
from nba_service.cli.registry import registry_option

if TYPE_CHECKING:
    from nba_service.engine.mirror import Brought


@click.group()
def registry() -> None:
    """Copy a registry to a URL, and from there."""


@registry.command()
@click.argument("url")
@registry_option
@json_option
def push(url: str, root: Path, as_json: bool) -> None:
    """Bring new bundles, journey files and who decides to a URL.

    \b
    nba registry push s3://company/nba
    """
    from nba_service.engine.mirror import push as bring

    _tell(bring(root, url), as_json)


@registry.command()
@click.argument("url")
@registry_option
@json_option
def pull(url: str, root: Path, as_json: bool) -> None:
    """Bring them from a URL; a service that runs follows by itself.

    \b
    nba registry pull s3://company/nba
    """
    from nba_service.engine.mirror import pull as bring

    _tell(bring(url, root), as_json)


def _tell(brought: Brought, as_json: bool) -> None:
    if as_json:
        print_json(asdict(brought))
        return
    say(f"{len(brought.bundles)} new bundles, {brought.journeys} new journey files")
    if brought.champion:
        say("another bundle decides now")
