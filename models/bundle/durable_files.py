"""Files are on disk before a function returns, or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import IO


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on disk.

    Its directory is the caller's to sync.
    """
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Wait until the names in a directory are on disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def append_durably(path: Path, line: str) -> None:
    """Add a line to a file.

    Half a line that a crash left is ended first.
    """
    with path.open("a+b") as file:
        torn = file.tell() > 0 and _last_byte(file) != b"\n"
        file.write((b"\n" if torn else b"") + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def replace_durably(path: Path, text: str) -> None:
    """Put a text, ended as a line, in the place of a file in one step; see ``replace_bytes_durably``."""
    replace_bytes_durably(path, text.encode() + b"\n")


def replace_bytes_durably(path: Path, data: bytes) -> None:
    """Put bytes in the place of a file in one step.

    Its directory is made if need be.
    """
    path.parent.mkdir(exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    os.close(descriptor)
    staging = Path(name)
    try:
        write_durably(staging, data)
        staging.chmod(0o644)
        staging.replace(path)
    except BaseException:
        staging.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def move_directory(staging: Path, target: Path) -> None:
    """Rename a directory of files.

    From another file system, copy next to the target first.
    """
    try:
        staging.rename(target)
    except OSError:
        copy = Path(tempfile.mkdtemp(prefix=".add-", dir=target.parent))
        try:
            for source in sorted(staging.iterdir()):
                write_durably(copy / source.name, source.read_bytes())
            copy.chmod(0o755)
            sync_directory(copy)
            copy.rename(target)
        except BaseException:
            shutil.rmtree(copy, ignore_errors=True)
            raise
        shutil.rmtree(staging)
    sync_directory(target.parent)


def _last_byte(file: IO[bytes]) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)
