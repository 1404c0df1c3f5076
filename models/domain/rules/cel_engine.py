"""The CEL engine alone: package ``common-expression-language`` without its command line.

``import cel`` also loads a terminal toolkit (prompt_toolkit, typer, pygments) for a command that nobody
here uses: 32 MB in every worker and 0.5 s in every start. The compiled module next to it is the engine
whole, so it is loaded by itself, under its own name, so that a later ``import cel`` finds it there.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

_NAME = "cel.cel"


def _load() -> ModuleType:
    if _NAME in sys.modules:
        return sys.modules[_NAME]
    package = importlib.util.find_spec("cel")
    where = None if package is None else package.submodule_search_locations
    python_spec = PathFinder.find_spec("cel", list(where)) if where else None
    if python_spec is None or python_spec.origin is None or not hasattr(python_spec.loader, "get_filename"):
        return importlib.import_module("cel")
    spec = importlib.util.spec_from_file_location(_NAME, python_spec.origin)
    if spec is None or spec.loader is None:
        return importlib.import_module("cel")
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[_NAME]
        raise
    return module


_engine: Any = _load()
Context = _engine.Context
compile_program = _engine.compile
