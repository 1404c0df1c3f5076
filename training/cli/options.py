"""Options that several commands of training have."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import click

from models.domain.ids import refuse_placeholders

Command = TypeVar("Command", bound=Callable[..., None])
Option = Callable[[Command], Command]

FILE: Final = click.Path(dir_okay=False, path_type=Path)
FOLDER: Final = click.Path(file_okay=False, path_type=Path)

config_option = click.option(
    "--config", type=FILE, help="training.yaml; without it DATA holds the four tables as Parquet."
)
data_option = click.option("--data", type=FOLDER, required=True, help="Folder that the sources lie in.")
journey_option = click.option("--journey", type=FILE, help="Journey file, instead of the one --config names.")
registry_option = click.option(
    "--registry",
    type=FOLDER,
    default=Path("var/registry"),
    envvar="NBA_REGISTRY",
    show_default=True,
    help="Where bundles are published.",
)
seed_option = click.option("--seed", type=click.IntRange(min=0), help="Instead of the configuration's.")


class Instant(click.ParamType[datetime]):
    """A time with its zone, such as 2026-11-20T00:00:00Z."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"expected a time such as 2026-11-20T00:00:00Z, got {value!r}", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"expected a time with its zone (…Z), got {value!r}", param, ctx)
        return instant.astimezone(UTC)


def refuse_own_placeholders() -> None:
    """Ids that are nobody's in this company, from ``NBA_PLACEHOLDER_IDS``."""
    refuse_placeholders(filter(None, map(str.strip, os.environ.get("NBA_PLACEHOLDER_IDS", "").split(","))))
