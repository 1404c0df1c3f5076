"""Files that the workers of a training share.

A local folder, or a URL that fsspec knows (`s3://`, `gs://`, `az://`). A file is whole or not there, so a
task that is run again, or twice at a time, changes nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from models.errors import TrainingConfigError

_ALIGNED: Final = 64
"""Arrays begin at multiples of it in their file."""


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A folder by its path or URL."""

    url: str

    @property
    def is_local(self) -> bool:
        """Whether files can be mapped and read in parts."""
        return self._local() is not None

    def write(self, name: str, *parts: Any) -> None:
        """Parts one after the other, bytes or what has some; replaces the file, if there is one."""
        if (folder := self._local()) is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, staging = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.writelines(parts)
            Path(staging).rename(path)
            return
        self._system().pipe_file(f"{self.url.rstrip('/')}/{name}", b"".join(parts))

    def read(self, name: str) -> bytes:
        """
        Raises:
            OSError: it is not there.
        """
        if (folder := self._local()) is not None:
            return (folder / name).read_bytes()
        return bytes(self._system().cat_file(f"{self.url.rstrip('/')}/{name}"))

    def read_part(self, name: str, begin: int, end: int) -> bytes:
        """Bytes of a file.

        Raises:
            OSError: it is not there.
        """
        if (folder := self._local()) is not None:
            with (folder / name).open("rb") as file:
                file.seek(begin)
                return file.read(end - begin)
        return bytes(self._system().cat_file(f"{self.url.rstrip('/')}/{name}", start=begin, end=end))

    def write_arrays(self, name: str, arrays: Mapping[str, Any]) -> None:
        """Arrays of numbers by name, as one file that can be mapped into memory."""
        heads = {key: (array.dtype.str, array.shape) for key, array in arrays.items()}
        head = json.dumps(heads).encode()
        parts: list[Any] = [len(head).to_bytes(_ALIGNED, "little"), head]
        for array in arrays.values():
            bare = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
            parts += [bytes(-len(parts[-1]) % _ALIGNED), bare]
        self.write(name, *parts)

    def read_arrays(self, name: str) -> dict[str, Any]:
        """What ``write_arrays`` wrote; of a local file only what is looked at takes memory."""
        if (folder := self._local()) is not None:
            data = np.asarray(np.memmap(folder / name, dtype=np.uint8, mode="c"))
        else:
            data = np.frombuffer(bytearray(self.read(name)), dtype=np.uint8)
        end = _ALIGNED + int.from_bytes(data[:_ALIGNED].tobytes(), "little")
        arrays = {}
        for key, (kind, shape) in json.loads(data[_ALIGNED:end].tobytes()).items():
            begin = -(-end // _ALIGNED) * _ALIGNED
            end = begin + np.dtype(kind).itemsize * int(np.prod(shape, dtype=np.int64))
            arrays[key] = data[begin:end].view(kind).reshape(shape)
        return arrays

    def write_table(self, name: str, table: Any) -> None:
        """An Arrow table, as a file that can be mapped into memory."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        self.write(name, sink.getvalue())

    def read_table(self, name: str) -> Any:
        """What ``write_table`` wrote; of a local file only what is looked at takes memory."""
        if (folder := self._local()) is not None:
            return pa.ipc.open_file(pa.memory_map(str(folder / name))).read_all()
        return pa.ipc.open_file(pa.BufferReader(self.read(name))).read_all()

    def names(self, within: str) -> list[str]:
        """The files of a folder in it, by their names here."""
        if (folder := self._local()) is not None:
            paths = (folder / within).iterdir() if (folder / within).is_dir() else ()
            return sorted(f"{within}/{path.name}" for path in paths if path.is_file())
        system, root = self._system(), f"{self.url.rstrip('/')}/{within}"
        if not system.exists(root):
            return []
        return sorted(
            f"{within}/{path.rpartition('/')[2]}" for path in system.ls(root, detail=False, refresh=True)
        )

    def delete(self, name: str) -> None:
        """One file; it may be gone already."""
        if (folder := self._local()) is not None:
            (folder / name).unlink(missing_ok=True)
            return
        with suppress(FileNotFoundError):
            self._system().rm_file(f"{self.url.rstrip('/')}/{name}")

    def remove(self) -> None:
        """Everything in it, and the folder."""
        import shutil

        if (folder := self._local()) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            return
        system = self._system()
        if system.exists(self.url):
            system.rm(self.url, recursive=True)

    def _local(self) -> Path | None:
        parts = urlsplit(self.url)
        if parts.scheme in ("", "file"):
            return Path(parts.path if parts.scheme else self.url)
        return None

    def _system(self) -> Any:
        try:
            from fsspec.core import url_to_fs

            return url_to_fs(self.url)[0]
        except (ImportError, ValueError) as error:
            raise TrainingConfigError(
                f"cannot use the work folder {self.url}: {error}. Install the extra that brings its file "
                "system: pip install -e '.[cloud]'"
            ) from error
