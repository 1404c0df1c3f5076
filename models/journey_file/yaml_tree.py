"""YAML text to plain values, with the line of every key.

Safe, bounded and without YAML's surprises. Knows YAML events and nothing of journeys. It is stricter than
YAML: no aliases (a small file could unfold into gigabytes), no tags (they name code to run), no key twice
(the first would silently be lost), bounded size and depth. Plain scalars follow YAML 1.2's core schema, so
``21:00`` and ``no`` are texts, where YAML 1.1 reads 1260 and false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from models.errors import JourneyFileError
from models.journey_file.problems import Lines, Path, Problems

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 20

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FRACTION: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}


@dataclass(slots=True)
class _Open:
    """A mapping or list that has not ended yet.

    ``key`` is the mapping's key that waits for its value.
    """

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Takes one event after another.

    No recursion, so depth costs nothing but is bounded all the same.
    """

    problems: Problems
    by_path: dict[Path, int]
    stack: list[_Open] = field(default_factory=list)
    result: Any = None
    documents: int = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._refuse(line, "expected one document, got a second one after '---'; split the file")
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(line, f"expected a value, got the alias *{event.anchor}; write the value out")
        elif isinstance(event, yaml.NodeEvent):
            self._node(event, line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self.stack.pop()

    def _node(self, event: yaml.NodeEvent, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            self._refuse(line, f"expected a plain value, got the tag {tag}; leave the tag out")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
            return
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._place(value, line)
        self.stack.append(_Open(path, value))
        if len(self.stack) > MAX_DEPTH:
            self._refuse(line, f"expected at most {MAX_DEPTH} levels, got more; flatten the file")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self.stack[-1] if self.stack else None
        if top is None or isinstance(top.value, list) or top.key is not None:
            plain = event.style is None or event.style == ""
            self._place(_plain(event.value) if plain else event.value, line)
            return
        path = (*top.path, event.value)
        if event.value in top.value:
            first = self.by_path[path]
            self.by_path[path] = line
            self.problems.add(
                path, f"expected each key once, got it again (first on line {first}); remove one of the two"
            )
        self.by_path[path] = line
        top.key = event.value

    def _place(self, value: Any, line: int) -> Path:
        """Put a value where it belongs and say which path that is."""
        if not self.stack:
            self.result = value
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: Path = (*top.path, len(top.value))
            self.by_path[path] = line
            top.value.append(value)
            return path
        if top.key is None:
            self._refuse(line, "expected a word as key, got a list or mapping; write `key: value`")
        key = str(top.key)
        top.value[key] = value
        top.key = None
        return (*top.path, key)

    def _refuse(self, line: int, text: str) -> None:
        self.by_path[("",)] = line
        raise JourneyFileError(f"{self.problems.source}:{line}: {text}")


def read_yaml(data: bytes, source: str) -> tuple[Any, Problems]:
    """Plain values (dict, list, str, int, float, bool, None) and a collector that knows their lines.

    A key that stands twice is a problem in the collector; everything else that is no YAML, or more than
    a journey file needs, ends the reading.

    Raises:
        JourneyFileError: too large, not UTF-8, not YAML, aliases, tags, too deep, several documents.
    """
    if len(data) > MAX_BYTES:
        raise JourneyFileError(
            f"{source}:1: expected at most {MAX_BYTES:,} bytes, got {len(data):,}; move long texts elsewhere"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"0x{data[error.start]:02x}"
        raise JourneyFileError(
            f"{source}:{line}: expected UTF-8 text, got byte {byte}; save the file as UTF-8"
        ) from error
    by_path: dict[Path, int] = {}
    builder = _Builder(Problems(source, Lines(by_path)), by_path)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise JourneyFileError(_syntax_problem(error, source)) from error
    return builder.result, builder.problems


def _syntax_problem(error: yaml.YAMLError, source: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 1
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    context = f" {error.context}" if isinstance(error, yaml.MarkedYAMLError) and error.context else ""
    return (
        f"{source}:{line}: expected YAML, got an error{context}: {problem}; "
        "check indentation and quotes on this line and the one above"
    )


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= 18 and _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _FRACTION.fullmatch(text) else text
