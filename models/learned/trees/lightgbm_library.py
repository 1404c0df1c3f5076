"""Loads LightGBM without what it would bring along.

Where scikit-learn is installed LightGBM imports it for classes that nobody here uses; a service that scores
or explains with LightGBM would carry it for nothing. Knows how it is imported; knows nothing of models.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def load_lightgbm() -> Any:
    """The package ``lightgbm``; scikit-learn is loaded afterwards only if it was before."""
    if "sklearn" in sys.modules:
        return import_module("lightgbm")
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # None stands for "cannot be imported"
    try:
        return import_module("lightgbm")
    finally:
        del sys.modules["sklearn"]
