"""The documentation page: Swagger UI over the OpenAPI file.

The component comes from the package ``flask-swagger-ui``, so the page needs no network but this service, and
works under a strict content security policy. Knows files and policies; knows nothing of the service.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Under which the page works: its own files and calls to the service, nothing inline."""

COMPONENT: Final = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
"""The files of the component that the page loads."""

_START: Final = b"""\
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
});
"""
_LOOK: Final = b"""\
body { margin: 0; background: #fff }
.first { max-width: 1420px; margin: 0 auto; padding: 1rem 20px 0; font: 1rem/1.5 system-ui, sans-serif }
"""
_OWN: Final = {"start.js": _START, "look.css": _LOOK}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page; ``digest`` changes with its content."""

    content: bytes
    zipped: bytes
    kind: str
    digest: str


def docs_page(title: str) -> str:
    """The page; ``title``: of the OpenAPI document."""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}: API reference</title>"
        "<link rel='icon' href='/docs/favicon-32x32.png'>"
        "<link rel='stylesheet' href='/docs/swagger-ui.css'><link rel='stylesheet' href='/docs/look.css'>"
        "</head><body><p class='first'>To try a call, press <strong>Authorize</strong> and paste a key"
        " (<code>nba keys create</code> makes one; <code>make demo</code> has one in"
        " <code>var/demo/env.sh</code>). Without a script: <a href='/openapi.json'>openapi.json</a>.</p>"
        "<div id='reference'></div>"
        "<script src='/docs/swagger-ui-bundle.js'></script><script src='/docs/start.js'></script>"
        "</body></html>"
    )


def asset(name: str) -> Asset | None:
    """A file of the page, read once; None: the page has none of that name."""
    return _read(name) if name in _OWN or name in COMPONENT else None


@cache
def _read(name: str) -> Asset:
    content = _OWN.get(name) or (files("flask_swagger_ui") / "dist" / name).read_bytes()
    return Asset(
        content=content,
        zipped=gzip.compress(content, 9, mtime=0),
        kind=mimetypes.guess_type(name)[0] or "application/octet-stream",
        digest=hashlib.sha256(content).hexdigest()[:16],
    )
