"""Memory that threads give back lies in few places, and not in one for each thread."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from nba_service.process.memory_arenas import MOST

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")

# Twelve threads allocate at once; each arena but the first is a mapping of 64 MiB of addresses.
ALLOCATE = """
import ctypes, re, threading
from nba_service.process.memory_arenas import limit_memory_arenas

print(limit_memory_arenas())
malloc = ctypes.CDLL(None).malloc
malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
together = threading.Barrier(12)
places = []

def allocate():
    together.wait()
    places.append(malloc(5000) >> 26)
    together.wait()

threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(set(places)))
"""


def arenas(**own: str) -> tuple[str, int]:
    """What the limit says, and in how many places twelve threads found memory."""
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"} | own
    done = subprocess.run(
        [sys.executable, "-c", ALLOCATE], env=environment, capture_output=True, text=True, check=True
    )
    limited, places = done.stdout.split()
    return limited, int(places)


def test_threads_share_a_few_arenas() -> None:
    limited, places = arenas()

    assert limited == "True"
    assert places <= MOST


def test_what_the_environment_says_stays() -> None:
    limited, places = arenas(MALLOC_ARENA_MAX="6")

    assert limited == "False"
    assert MOST < places <= 6
