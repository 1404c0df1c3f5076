"""Events of a process log in XES, one row each.

Attributes of the case come with the prefix ``case_``, and all names as words: ``concept:name`` is
``concept_name``. Nested attributes are left out. The standard: IEEE 1849.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree
from xml.parsers import expat

from models.errors import TrainingDataError

_NUMBERS: Final = {"int": int, "float": float}


def xes_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """The events in the order of the file, with ``event_row`` from 1.

    Raises:
        TrainingDataError: it is no XML, has a document type (which no log needs), or no traces.
    """
    number, case, within = 0, dict[str, Any](), list[str]()
    try:
        _refuse_document_types(path)
        for happened, element in ElementTree.iterparse(path, events=("start", "end")):  # noqa: S314 - checked above
            tag = element.tag.rpartition("}")[2]
            if happened == "start":
                within.append(tag)
                case = {} if tag == "trace" else case
                continue
            within.pop()
            if tag == "event":
                number += 1
                missing = {"concept_name": None, "time_timestamp": None}
                yield {"event_row": number, **_case(case), **missing, **_attributes(element)}
            elif within and within[-1] == "trace":
                case.setdefault(element.get("key") or "", _value(tag, element.get("value")))
            if tag in ("event", "trace"):
                element.clear()
    except ElementTree.ParseError as error:
        raise TrainingDataError(f"{path.name}: expected XES, got XML that is broken: {error}.") from None


def _case(case: Mapping[str, Any]) -> dict[str, Any]:
    return {f"case_{_word(name)}": value for name, value in case.items()}


def _attributes(element: Any) -> dict[str, Any]:
    return {
        _word(child.get("key") or ""): _value(child.tag.rpartition("}")[2], child.get("value"))
        for child in element
    }


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower()


def _value(kind: str, value: str | None) -> Any:
    if value is None or kind not in (*_NUMBERS, "boolean"):
        return value
    try:
        return value.lower() == "true" if kind == "boolean" else _NUMBERS[kind](value)
    except ValueError:
        return value


def _refuse_document_types(path: Path) -> None:
    """No entities: a few bytes could become gigabytes."""

    def refuse(*_: object) -> None:
        raise TrainingDataError(
            f"{path.name}: expected XES without a document type, got one with. Remove it."
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                parser.Parse(chunk)
                if b"<trace" in chunk:
                    return  # a document type stands before the first element
    except expat.ExpatError as error:
        raise TrainingDataError(f"{path.name}: expected XES, got XML that is broken: {error}.") from None
