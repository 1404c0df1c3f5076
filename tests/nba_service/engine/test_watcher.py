"""The threads that look for another bundle."""

from __future__ import annotations

import os
import threading

from nba_service.engine.source import EngineSource
from nba_service.engine.watcher import Watcher
from nba_service.settings import Settings
from tests.waiting import wait_until


def test_the_watching_thread_starts_in_the_process_that_uses_it(settings: Settings) -> None:
    """A thread does not survive a fork: the child starts its own, and sees what is promoted after."""
    source = EngineSource(settings)
    assert source.current().bundle_id == "b-1"
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child leaves by _exit
        source.current()
        watching = [t.name for t in threading.enumerate() if t.name == "nba-bundles" and t.is_alive()]
        os.write(write, str(len(watching)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    source.stop()
    assert os.read(read, 10) == b"1"


def test_a_look_that_fails_is_not_the_last() -> None:
    looks: list[int] = []
    seen_again = threading.Event()

    def look() -> None:
        looks.append(len(looks))
        if len(looks) > 1:
            seen_again.set()
        raise OSError("the registry is away")

    watcher = Watcher(look, lambda: True, every_seconds=0.001)
    watcher.start()
    assert seen_again.wait(30)
    watcher.stop()


def test_learning_that_went_wrong_is_left_alone_for_a_while() -> None:
    """The next look comes at once, the next count of a store that is in trouble does not."""
    learned: list[bool] = []
    looks: list[None] = []

    def learn() -> bool:
        learned.append(False)
        return False

    watcher = Watcher(lambda: looks.append(None), learn, every_seconds=0.001)
    watcher.start()
    wait_until(lambda: len(looks) > 20)
    watcher.stop()
    assert len(learned) <= 1
