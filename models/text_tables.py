"""Text tables (CSV) as people save them.

Packing, encoding and delimiter are found in the file, and said. What fits two readings is refused until it
is stated. Knows bytes and records; knows nothing of columns.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST_BYTES: Final = 1 << 34
"""Of a file, unpacked: more is a mistake or an attack."""

_NEVER: Final = "\x1f"  # parts no columns
_CHUNK: Final = 1 << 20
_LOOKED_AT: Final = 200  # records that the delimiter is found in; types are not found in samples
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class TextTableError(ValueError):
    """A text table cannot be read, or in two ways.

    The text says what to state.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """How a file is written.

    Attributes:
        encoding: as Python names it.
        delimiter: None: the file has one column.
        packed: ``gzip``, ``zip`` or nothing.
        skipped: lines before the first record (``sep=;``, which Excel writes).
        first: the first record; empty if the file is.
    """

    path: Path
    encoding: str
    delimiter: str | None
    packed: str
    skipped: int
    first: tuple[str, ...]

    def __str__(self) -> str:
        """What was found, for people: ``utf-8, semicolon``."""
        name = DELIMITERS.get(self.delimiter or "", repr(self.delimiter)) if self.delimiter else "one column"
        return ", ".join(part for part in (self.packed, self.encoding.removesuffix("-sig"), name) if part)

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """The number of each record's last line, and its cells; blank lines are left out.

        Raises:
            TextTableError: the file cannot be read to its end.
        """
        with self.text() as text:
            for _ in range(self.skipped):
                text.readline()
            reader = csv.reader(text, delimiter=self.delimiter or _NEVER, strict=True)
            try:
                for record in reader:
                    if record:
                        yield reader.line_num + self.skipped, record
            except (csv.Error, UnicodeError, OSError, EOFError) as error:
                raise TextTableError(f"line {reader.line_num + 1}: {error}") from None

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        """The file's text, unpacked and decoded, from its beginning."""
        with _unpacked(self.path) as (data, _):
            yield io.TextIOWrapper(data, encoding=self.encoding, newline="")


def read_text_table(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> TextTable:
    """Find out how a file is written; what is stated is taken as it is.

    Raises:
        TextTableError: it cannot be read, or two delimiters fit.
    """
    try:
        with _unpacked(path) as (data, packed):
            found = _stated(encoding) if encoding else _encoding(data)
        with _unpacked(path) as (data, _):
            text = io.TextIOWrapper(data, encoding=found, newline="")
            line = text.readline()
            stated = _excel_line(line)
            sample = ("" if stated else line) + _some_lines(text)
    except (OSError, EOFError, UnicodeError, zipfile.BadZipFile, RuntimeError) as error:
        raise TextTableError(f"{error}") from None
    sign = delimiter or stated or _delimiter(sample)
    first = next(_sampled(sample, sign), [])
    return TextTable(
        path=path,
        encoding=found,
        delimiter=sign,
        packed=packed,
        skipped=int(bool(stated)),
        first=tuple(first),
    )


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """The bytes of a file, and how it is packed, by its content and not by its name."""
    with path.open("rb") as file:
        begin = file.read(4)
        file.seek(0)
        if begin[:2] == b"\x1f\x8b":
            with gzip.open(file) as data:
                yield _bounded(cast("IO[bytes]", data)), "gzip"
        elif begin == b"PK\x03\x04":
            with zipfile.ZipFile(file) as archive, archive.open(_only_member(archive)) as data:
                yield _bounded(data), "zip"
        else:
            yield file, ""


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        raise TextTableError("expected a text file, got a workbook. Save the sheet as CSV.")
    members = [
        info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        raise TextTableError(f"expected one file in the zip, got {len(members)}. Pack each by itself.")
    if members[0].flag_bits & 1:
        raise TextTableError("expected a zip without a password, got one with. Unpack it first.")
    return members[0]


class _Bounded(io.RawIOBase):
    """Reads no more than a file may hold, whatever its head says."""

    def __init__(self, data: IO[bytes]) -> None:
        self._data, self._left = data, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        some = self._data.read(len(view))
        self._left -= len(some)
        if self._left < 0:
            raise TextTableError(f"expected at most {MOST_BYTES >> 30} GB unpacked, got more.")
        view[: len(some)] = some
        return len(some)


def _bounded(data: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(_Bounded(data), _CHUNK)


def _stated(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise TextTableError(f"expected an encoding such as utf-8 or cp1252, got {encoding!r}.") from None


def _encoding(data: IO[bytes]) -> str:
    """The encoding of a whole file: by its mark, its zeros, or what decodes to its end."""
    begin = data.read(_CHUNK)
    for mark, name in _MARKS:
        if begin.startswith(mark):
            return name
    if b"\0" in begin:
        zeros = [begin[start::2].count(0) for start in (0, 1)]
        if min(zeros) == 0 and max(zeros) * 8 > len(begin):
            return "utf-16-be" if zeros[0] else "utf-16-le"
        raise TextTableError("expected a text file, got one with zero bytes. State `encoding`.")
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
    chunk = begin
    while decoders:
        for name in list(decoders):
            try:
                decoders[name].decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                del decoders[name]
        if not chunk:
            break
        chunk = data.read(_CHUNK)
    if not decoders:
        raise TextTableError("expected UTF-8, UTF-16 or cp1252, got another encoding. State `encoding`.")
    return next(iter(decoders))


def _some_lines(text: IO[str]) -> str:
    """Whole lines of the beginning; a record may still be cut within a quoted text."""
    return "".join(line for _, line in zip(range(_LOOKED_AT), text, strict=False))


def _excel_line(line: str) -> str | None:
    """The delimiter that a first line ``sep=;`` states."""
    plain = line.strip()
    return plain[4] if len(plain) == 5 and plain[:4].lower() == "sep=" else None


def _sampled(sample: str, delimiter: str | None) -> Iterator[list[str]]:
    try:
        yield from (
            row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter or "\0") if row
        )
    except csv.Error:
        return


def _delimiter(sample: str) -> str | None:
    """The only sign that parts the first record, or the only one that parts all records alike.

    Raises:
        TextTableError: two signs do, or none parts the first record and one parts the others.
    """
    widths = {sign: [len(row) for row in _sampled(sample, sign)] for sign in DELIMITERS}
    parting = [sign for sign, counts in widths.items() if counts and counts[0] > 1]
    even = [sign for sign in parting if len(set(widths[sign])) == 1]
    fitting = even if len(even) == 1 else parting
    if len(fitting) > 1:
        names = " and ".join(DELIMITERS[sign] for sign in fitting)
        raise TextTableError(f"both {names} may part the columns. State `delimiter`.")
    if fitting:
        return fitting[0]
    return None
