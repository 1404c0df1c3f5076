"""Journey files kept by hash next to the bundles.

A decision replays with the file of its time. Knows a folder and SHA-256; knows nothing of what a journey file
says. A bundle carries its own; this keeps those that came in by ``NBA_JOURNEY``.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from models.domain.journey import Journey
from models.errors import RegistryError
from models.journey_file import parse_journey

FOLDER: Final = "journeys"
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def keep_journey(registry: Path, data: bytes) -> bool:
    """Keep the bytes of a journey file; False if the registry cannot be written (a read-only mount, say)."""
    path = _path(registry, hashlib.sha256(data).hexdigest())
    if path.exists():
        return True
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        return False
    return True


def kept_journey(registry: Path, sha256: str) -> Journey:
    """The journey file with this hash.

    Raises:
        RegistryError: it was never kept, or its bytes have changed since.
    """
    return parse_journey(kept_bytes(registry, sha256), str(_path(registry, sha256)))


def kept_bytes(registry: Path, sha256: str) -> bytes:
    """The bytes of the journey file with this hash.

    Raises:
        RegistryError: it was never kept, or its bytes have changed since.
    """
    if not _HASH.fullmatch(sha256):
        raise RegistryError(f"expected the SHA-256 of a journey file, got {sha256[:80]!r}; see the answer")
    path = _path(registry, sha256)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RegistryError(
            f"expected the journey file {sha256} at {path}, got {error.strerror}; put the file back that was "
            "in NBA_JOURNEY then"
        ) from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise RegistryError(f"expected {path} to have the hash in its name, it has another; put it back")
    return data


def _path(registry: Path, sha256: str) -> Path:
    return registry / FOLDER / f"{sha256}.yaml"
