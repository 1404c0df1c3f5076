"""One thread per numeric library, said before any of them is loaded.

So this module loads nothing itself.
"""

from __future__ import annotations

import os


def limit_library_threads() -> None:
    """Set before NumPy or LightGBM are loaded: one thread each, and none that spins."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
