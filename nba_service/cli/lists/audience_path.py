"""Where an audience lies: a file, or a URL."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import click


class AudiencePath(click.Path):
    """A file, or a URL that fsspec knows (`s3://`, `gs://`, `az://`).

    What lies at a URL is copied here for as long as the command runs.
    """

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts is None or "://" not in value:
            return super().convert(value, param, ctx)
        if parts.scheme == "file":
            return super().convert(unquote(parts.path), param, ctx)
        folder = tempfile.TemporaryDirectory(prefix="nba-audience-")
        if ctx is not None:
            ctx.call_on_close(folder.cleanup)
        copy = Path(folder.name) / (PurePosixPath(parts.path).name or "audience")
        try:
            from fsspec.core import url_to_fs

            system, path = url_to_fs(value)
            copy.write_bytes(system.cat_file(path))
        except ImportError as error:
            self.fail(
                f"{value}: {error}. Install the extra that brings it: pip install -e '.[cloud]'", param, ctx
            )
        except (OSError, ValueError) as error:
            self.fail(f"cannot read {value}: {error or type(error).__name__}", param, ctx)
        return super().convert(str(copy), param, ctx)
