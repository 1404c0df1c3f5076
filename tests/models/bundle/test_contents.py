"""Models as files: the same bits again, and a sentence for what is missing."""

from __future__ import annotations

import pytest

from models.bundle import Models
from models.bundle.contents import FEATURES_FILE
from models.errors import BundleError


def test_models_come_back_from_their_files(tiny_models: Models) -> None:
    files = tiny_models.to_files()

    assert FEATURES_FILE in files
    assert Models.from_files(files).to_files() == files


def test_without_features_there_are_no_models(tiny_models: Models) -> None:
    files = tiny_models.to_files()
    del files[FEATURES_FILE]

    with pytest.raises(BundleError, match=rf"lacks {FEATURES_FILE}; it has .*Publish it again"):
        Models.from_files(files)


def test_every_file_is_needed(tiny_models: Models) -> None:
    for name in tiny_models.to_files().keys() - {"response_trees.txt", "transition_trees.txt"}:
        files = tiny_models.to_files()
        del files[name]
        with pytest.raises(BundleError):
            Models.from_files(files)
