"""Examples in the OpenAPI file.

Calls with their answers, recorded from a running service, stand at operations, and what they hold at each
field of the schemas. Knows OpenAPI; knows nothing of what a call means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

import orjson

Document = dict[str, Any]
"""An OpenAPI document, or a part of one."""

_GROUPS: Final = ("allOf", "anyOf", "oneOf")


def recorded() -> Document:
    """``calls`` in the order in which they work, and ``fields`` that no call shows."""
    examples: Document = orjson.loads((files(__package__) / "api_examples.json").read_bytes())
    return examples


def add_examples(spec: Document) -> None:
    """Put them where they belong, in place."""
    examples = recorded()
    for call in examples["calls"]:
        method, _, path = call["operation"].partition(" ")
        operation = spec["paths"].get(path, {}).get(method.lower())
        if operation is not None:  # the clients of other tools can be switched off
            _at_operation(spec, path, operation, call)
    for field, value in examples["fields"].items():
        schema, _, name = field.partition(".")
        if schema in spec["components"]["schemas"]:
            _at_field(spec["components"]["schemas"][schema]["properties"][name], value)


def _at_operation(spec: Document, path: str, operation: Document, call: Document) -> None:
    for parameter in [*spec["paths"][path].get("parameters", []), *operation.get("parameters", [])]:
        if (value := call.get("path", {}).get(parameter["name"])) is not None:
            parameter.setdefault("example", value)
    answers = operation["responses"].get(str(call["status"]), {})
    shown = [(operation.get("requestBody", {}), call.get("body")), (answers, call["answer"])]
    for part, value in shown:
        for content in part.get("content", {}).values():
            if value is not None:
                content["example"] = value
                _spread(spec, content.get("schema", {}), value)


def _spread(spec: Document, schema: Document, value: object) -> None:
    """Show the fields of ``value`` at those of ``schema``; the first value that is seen stays."""
    for one in _meant(spec, schema, value):
        if isinstance(value, list):
            for item in value:
                _spread(spec, one.get("items", {}), item)
        elif isinstance(value, dict):
            for name, held in value.items():
                fields = one.get("properties", {})
                inner = fields[name] if name in fields else one.get("additionalProperties")
                if isinstance(inner, dict):
                    _spread(spec, inner, held)
                    if name in fields:
                        _at_field(inner, held)


def _at_field(schema: Document, value: object) -> None:
    """At the field itself; what is an object of ours says its own examples."""
    told = schema.get("examples")
    better = told is None or (told == [None] and value is not None)
    if better and not any("$ref" in one for one in (schema, *_options(schema))):
        schema["examples"] = [value]


def _options(schema: Mapping[str, Any]) -> list[Document]:
    return [option for group in _GROUPS for option in schema.get(group, [])]


def _meant(spec: Document, schema: Document, value: object) -> Iterator[Document]:
    """The schemas, references followed, that a value may be of: an object's know all of its fields."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found = spec["components"]["schemas"][name] if name else schema
    options = _options(found)
    if not options:
        closed = isinstance(value, dict) and found.get("additionalProperties") is False
        if not closed or set(value) <= set(found["properties"]):  # type: ignore[call-overload]
            yield found
    for option in options:
        yield from _meant(spec, option, value)
