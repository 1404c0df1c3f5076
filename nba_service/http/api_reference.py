"""The documentation page.

The OpenAPI file as plain HTML, without a script and without the network. Knows OpenAPI; knows nothing of the
service. One page, readable offline and under the strictest content security policy.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final, TypeAlias

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;
background:#fff}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}details{margin:.5rem 0;padding:.5rem .75rem;
border:1px solid #ccc;border-radius:.4rem}summary{cursor:pointer}code,pre{font-family:ui-monospace,monospace}
pre{overflow:auto;background:#f4f4f4;padding:.75rem;border-radius:.4rem}table{border-collapse:collapse;
width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .5rem;border-top:1px solid #ddd}
.method{display:inline-block;min-width:4.5rem;font-weight:600}
@media (prefers-color-scheme:dark){body{background:#161616;color:#e8e8e8}pre{background:#222}
details,td,th,h2{border-color:#444}a{color:#8ab4f8}}
"""
Document: TypeAlias = Mapping[str, Any]
"""An OpenAPI document, or a part of one."""

_METHODS: Final = ("get", "put", "post", "delete", "patch")


def content_security_policy() -> str:
    """The policy under which the page works: its own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"


def docs_page(spec: Document) -> str:
    """The page for an OpenAPI document."""
    info = spec["info"]
    schemas = spec.get("components", {}).get("schemas", {})
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width,initial-scale=1'>",
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>",
        f"<p>{escape(info.get('description', ''))} <a href='/openapi.json'>openapi.json</a></p>",
    ]
    for tag in spec.get("tags", []):
        parts.append(f"<h2>{escape(tag['name'])}</h2><p>{escape(tag.get('description', ''))}</p>")
        parts += _operations(spec["paths"], tag["name"])
    parts.append("<h2>Schemas</h2>")
    parts += [_schema(name, schema) for name, schema in sorted(schemas.items())]
    parts.append("</body></html>")
    return "".join(parts)


def _operations(paths: Document, tag: str) -> Iterator[str]:
    for path, operations in paths.items():
        for method in _METHODS:
            operation = operations.get(method)
            if operation and tag in operation.get("tags", []):
                yield _operation(method, path, operation)


def _operation(method: str, path: str, operation: Document) -> str:
    body = operation.get("requestBody", {}).get("content", {})
    bodies = "".join(f"<p>Body: {_reference(media.get('schema', {}))}</p>" for media in body.values())
    answers = "".join(
        f"<tr><td>{escape(str(status))}</td><td>{escape(answer.get('description', ''))}</td><td>"
        + ", ".join(_reference(media.get("schema", {})) for media in answer.get("content", {}).values())
        + "</td></tr>"
        for status, answer in sorted(operation.get("responses", {}).items())
    )
    return (
        f"<details><summary><span class='method'>{method.upper()}</span> <code>{escape(path)}</code> "
        f"{escape(operation.get('summary', ''))}</summary><p>{escape(operation.get('description', ''))}</p>"
        f"{bodies}<table><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>{answers}</table></details>"
    )


def _schema(name: str, schema: Document) -> str:
    required = set(schema.get("required", []))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{' (required)' if field in required else ''}</td>"
        f"<td>{_kind(entry)}</td><td>{escape(entry.get('description', ''))}</td></tr>"
        for field, entry in schema.get("properties", {}).items()
    )
    return (
        f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary>"
        f"<table><tr><th>Field</th><th>Kind</th><th></th></tr>{rows}</table></details>"
    )


def _kind(entry: Document) -> str:
    if "$ref" in entry:
        return _reference(entry)
    if "items" in entry:
        return f"list of {_kind(entry['items'])}"
    for group in ("allOf", "anyOf", "oneOf"):
        if group in entry:
            return " or ".join(_kind(option) for option in entry[group])
    kind = entry.get("type", "any")
    shown = " or ".join(kind) if isinstance(kind, list) else str(kind)
    bounds = {
        name: entry[name]
        for name in ("format", "minimum", "maximum", "minLength", "maxLength", "maxItems")
        if name in entry
    }
    return escape(shown + (" " + json.dumps(bounds) if bounds else ""))


def _reference(schema: Document) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f"<a href='#{escape(name)}'>{escape(name)}</a>" if name else _kind(schema) if schema else ""
