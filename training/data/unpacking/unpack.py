"""Avro, process logs and packed files become JSON lines.

What is packed is a gzip, or a zip of one file. Knows endings of files; knows nothing of what is in them.
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from models.errors import TrainingDataError
from training.data.unpacking.avro import avro_rows
from training.data.unpacking.xes import xes_rows

ENDINGS: Final = (".avro", ".xes")
_IN_ZIP: Final = (*ENDINGS, ".json", ".jsonl", ".ndjson")
MOST_BYTES: Final = 64 * 1024**3
"""Of a file that is unpacked."""


def is_packed(path: Path) -> bool:
    """Whether it has to be unpacked first: Avro, XES, or a zip of one of them or of JSON."""
    name = path.name.lower()
    if name.endswith((*ENDINGS, *(f"{ending}.gz" for ending in ENDINGS))):
        return True
    return name.endswith(".zip") and _member(path) is not None


def unpack(path: Path, target: Path) -> Path:
    """The rows of a file as JSON lines (or JSON as it is) under ``target``, with an ending of its own.

    Raises:
        TrainingDataError: it is broken, or of another kind than its ending says.
    """
    name, plain = path.name.lower(), path
    try:
        if name.endswith(".zip"):
            member = _member(path) or ""
            plain = target.with_name(f"{target.name}-{Path(member).name}")
            with zipfile.ZipFile(path) as packed, packed.open(member) as source, plain.open("wb") as file:
                shutil.copyfileobj(source, file)
            name = plain.name.lower()
        elif name.endswith(".gz"):
            plain = target.with_name(f"{target.name}-{path.stem}")
            with gzip.open(path) as source, plain.open("wb") as file:
                shutil.copyfileobj(source, file)
            name = plain.name.lower()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise TrainingDataError(
            f"{path.name}: expected a whole packed file, got one that is none ({error})."
        ) from None
    if name.endswith(".avro"):
        return _lines(avro_rows(plain), target.with_suffix(".jsonl"), path)
    if name.endswith(".xes"):
        return _lines(xes_rows(plain), target.with_suffix(".jsonl"), path)
    return plain


def _lines(rows: Iterable[Mapping[str, Any]], target: Path, path: Path) -> Path:
    with target.open("wb") as file:
        for row in rows:
            file.write(orjson.dumps(row, default=str) + b"\n")
    if target.stat().st_size == 0:
        raise TrainingDataError(f"{path.name}: expected rows, got none. Leave the file out.")
    return target


def _member(path: Path) -> str | None:
    """The one file in a zip, if it is of a kind that is unpacked here."""
    try:
        with zipfile.ZipFile(path) as packed:
            files = [
                one
                for one in packed.infolist()
                if not one.is_dir() and not one.filename.startswith("__MACOSX/")
            ]
    except (zipfile.BadZipFile, OSError):
        return None
    if len(files) != 1 or not files[0].filename.lower().endswith(_IN_ZIP):
        return None
    if files[0].file_size > MOST_BYTES:
        raise TrainingDataError(
            f"{path.name}: expected at most {MOST_BYTES} bytes, got {files[0].file_size}."
        )
    return files[0].filename
