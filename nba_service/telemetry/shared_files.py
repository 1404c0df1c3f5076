"""Where the workers of one run keep their counts.

Any of them can answer a scrape for all. One directory for each run of ``nba serve``, in memory where Linux
has it. The files of a worker that has died are added up into one file of all the dead, under a lock that
scrapes share: counts survive, a scrape stays as quick as on the first day. Must not import
``prometheus_client``: that library looks at its environment variable when it is first imported.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
PREFIX: Final = "nba-metrics-"
RUN_LOCK: Final = "run.lock"
FILES_LOCK: Final = "files.lock"

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux keeps it; used if it can be written


def prepare_directory(parent: Path | None = None) -> Path:
    """Make this run's directory, name it to ``prometheus_client``, and clear those of runs that have ended.

    The lock on the directory lives as long as any process of the run, so a directory whose lock can be
    had belongs to nobody, however its run ended.

    Args:
        parent: of the directories; None: shared memory, else the temporary directory.
    """
    parent = parent or _parent()
    for old in parent.glob(PREFIX + "*"):
        _clear_if_ended(old)
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    descriptor = os.open(directory / RUN_LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # held until the last process of this run has ended
    os.environ[VARIABLE] = str(directory)
    return directory


def remove_directory(directory: Path) -> None:
    """The run has ended; harmless to repeat."""
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def locked(directory: Path, *, alone: bool) -> Iterator[None]:
    """Read the files together with others, or change which files there are, ``alone``."""
    descriptor = os.open(directory / FILES_LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _parent() -> Path:
    usable = _SHARED_MEMORY.is_dir() and os.access(_SHARED_MEMORY, os.W_OK)
    return _SHARED_MEMORY if usable else Path(tempfile.gettempdir())


def _clear_if_ended(directory: Path) -> None:
    try:
        descriptor = os.open(directory / RUN_LOCK, os.O_RDWR)
    except OSError:
        return  # another user's, or one that is just being made or removed
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return  # its run goes on
    else:
        shutil.rmtree(directory, ignore_errors=True)
    finally:
        os.close(descriptor)
