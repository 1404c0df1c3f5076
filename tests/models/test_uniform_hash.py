"""The hash to [0, 1): the published digest's first bits, the same in any process, evenly spread."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from models.uniform_hash import uniform_hash


def test_it_is_the_first_53_bits_of_the_digest() -> None:
    """SHA-256 of "abc" begins with ba7816bf 8f01cfea (FIPS 180-2, appendix B.1)."""
    assert uniform_hash("abc") == 0xBA7816BF8F01CFEA // 2**11 / 2**53


def test_another_process_gets_the_same() -> None:
    program = "from models.uniform_hash import uniform_hash; print(uniform_hash('ü/1'))"
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert float(other.stdout) == uniform_hash("ü/1")


def test_texts_spread_evenly() -> None:
    """100,000 texts in ten bins: 10,000 each, with a standard deviation of sqrt(9,000), about 95."""
    numbers = [uniform_hash(f"c-{n}") for n in range(100_000)]
    counts, _ = np.histogram(numbers, bins=10, range=(0.0, 1.0))

    assert min(numbers) >= 0.0
    assert max(numbers) < 1.0
    assert np.abs(counts - 10_000).max() < 4 * 95
