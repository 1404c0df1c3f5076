"""nba.js as it is served.

Source, hash, and the module made of it. Read once; knows nothing of requests.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_EXPORTS: Final = b"\nexport const nba = globalThis.nba;\nexport default nba;\n"


@dataclass(frozen=True, slots=True)
class Script:
    """A file for browsers.

    ``digest`` names it for good; ``integrity`` is for the attribute of that name.
    """

    content: bytes
    zipped: bytes
    digest: str
    integrity: str

    @classmethod
    def of(cls, content: bytes) -> Script:
        sha384 = base64.b64encode(hashlib.sha384(content).digest()).decode()
        return cls(
            content=content,
            zipped=gzip.compress(content, 9, mtime=0),
            digest=hashlib.sha256(content).hexdigest()[:16],
            integrity=f"sha384-{sha384}",
        )


@lru_cache(maxsize=1)
def script() -> Script:
    """For ``<script src>``."""
    return Script.of((_HERE / "nba.js").read_bytes())


@lru_cache(maxsize=1)
def module() -> Script:
    """For ``import``: the same, with exports."""
    return Script.of(script().content + _EXPORTS)


@lru_cache(maxsize=1)
def types() -> bytes:
    """For TypeScript."""
    return (_HERE / "nba.d.ts").read_bytes()
