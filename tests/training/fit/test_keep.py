"""Where nothing is kept, a fit is made at once."""

from __future__ import annotations

from collections.abc import Mapping

from training.fit.keep import at_once


class Made:
    def to_files(self) -> dict[str, bytes]:
        return {}


def test_a_fit_is_made_and_no_file_is_read() -> None:
    made = Made()

    def read(files: Mapping[str, bytes]) -> Made:
        raise AssertionError("nothing was kept")

    assert at_once("response", lambda: made, read) is made
