"""From names of modules to computed facts.

Settings and entry points, checked when the service starts.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Final

from nba_service.content.facts import Fact, FactBook
from nba_service.errors import FactsError

ENTRY_POINTS: Final = "nba.facts"
ATTRIBUTE: Final = "FACTS"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


def load_facts(sources: Sequence[str]) -> FactBook:
    """The facts of all installed entry points and of ``sources``.

    Args:
        sources: modules (``acme.facts``) or files (``/etc/nba/facts.py``) with a sequence ``FACTS``.

    Raises:
        FactsError: a source cannot be imported, has no facts, or a name is wrong or stands twice.
    """
    found: dict[str, Fact] = {}
    for source, facts in _all_of(sources):
        for fact in facts:
            if not isinstance(fact, Fact) or not _NAME.fullmatch(fact.name):
                raise FactsError(
                    f"{source}: expected facts with names of small letters, digits and _, got {fact!r:.100}."
                    " Make each with nba_service.content.facts.Fact."
                )
            if fact.name in found:
                raise FactsError(f"{source}: the fact {fact.name!r} exists already; rename one of them.")
            found[fact.name] = fact
    return FactBook(found)


def _all_of(sources: Sequence[str]) -> Iterable[tuple[str, Sequence[Fact]]]:
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda one: one.name):
        try:
            yield point.value, tuple(point.load())
        except Exception as error:
            raise _unreadable(point.value, error) from error
    for source in sources:
        try:
            yield source, tuple(getattr(load_module(source), ATTRIBUTE))
        except Exception as error:
            raise _unreadable(source, error) from error


def load_module(source: str) -> ModuleType:
    """The module of that name, or of that file (``….py``), with the files next to it as its neighbours.

    Read anew each time, so that a reload of the service takes what has changed.
    """
    if not source.endswith(".py"):
        there = sys.modules.get(source)
        return importlib.import_module(source) if there is None else importlib.reload(there)
    path = Path(source).expanduser().resolve(strict=True)
    name = f"_nba_own_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    neighbours = [str(path.parent)]  # so that `from .other import …` finds the file next to it
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=neighbours)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    for neighbour in [known for known in sys.modules if known.startswith(f"{name}.")]:
        del sys.modules[neighbour]
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _unreadable(source: str, error: Exception) -> FactsError:
    return FactsError(
        f"{source}: expected a module with a sequence {ATTRIBUTE}, got {type(error).__name__}: {error}."
        " Check NBA_FACTS and that the module is installed."
    )
