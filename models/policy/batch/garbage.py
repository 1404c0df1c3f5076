"""Python looks for garbage less often while much is decided at once.

A batch makes tens of thousands of objects that it needs until it is done, none of them in a circle; looking
through them after every 700 new ones takes a tenth of its time. Of the whole process: threads may overlap.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

NEW_OBJECTS: Final = 50_000
"""After so many more than were freed it is looked for all the same."""


class RareCollections:
    """Rare while anybody is within ``rare``, then as often as before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = 0
        self._before = gc.get_threshold()

    @contextmanager
    def rare(self) -> Iterator[None]:
        with self._lock:
            if not self._within:
                self._before = gc.get_threshold()
                gc.set_threshold(
                    max(NEW_OBJECTS, self._before[0]) if self._before[0] else 0, *self._before[1:]
                )
            self._within += 1
        try:
            yield
        finally:
            with self._lock:
                self._within -= 1
                if not self._within:
                    gc.set_threshold(*self._before)


rare_collections: Final = RareCollections().rare
