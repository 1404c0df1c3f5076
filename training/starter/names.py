"""Names and quotes for YAML and SQL."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Final

_LETTERS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


def identifier(text: str) -> str:
    """Small letters, digits and `_`, as names in a journey file are; ``x`` before a digit."""
    lowered = "".join(_LETTERS.get(letter, letter) for letter in text.strip().lower())
    plain = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]
    return f"x_{name}" if not name or name[0].isdigit() else name


def column(name: str) -> str:
    """A column in SQL."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def scalar(value: str) -> str:
    """A text in YAML."""
    return json.dumps(value, ensure_ascii=False)
