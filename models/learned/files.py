"""Files of a model as bytes.

JSON and NumPy arrays, the same bytes for the same numbers. Knows two formats and nothing of models; no pickle
is ever written or read.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import BundleError


def array_bytes(array: NDArray[Any]) -> bytes:
    """The array in NumPy's own format."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def read_array(files: Mapping[str, bytes], name: str) -> NDArray[Any]:
    """The array of that file; BundleError if it is not there or is no plain array."""
    try:
        array: NDArray[Any] = np.load(io.BytesIO(_file(files, name)), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BundleError(
            f"{name}: expected a NumPy array, got {error}. Publish the bundle again."
        ) from error
    array.flags.writeable = False
    return array


def json_bytes(value: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys; floats keep all their bits."""
    return json.dumps(value, sort_keys=True, allow_nan=False, indent=1).encode() + b"\n"


def read_json(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """The JSON object of that file; BundleError if it is not there or is none."""
    try:
        value = json.loads(_file(files, name))
    except ValueError as error:
        raise BundleError(f"{name}: expected JSON, got {error}. Publish the bundle again.") from error
    if not isinstance(value, dict):
        raise BundleError(
            f"{name}: expected a JSON object, got {type(value).__name__}. Publish the bundle again."
        )
    return value


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise BundleError(f"The bundle lacks {name}; it has {sorted(files)}. Publish the bundle again.")
    return files[name]
