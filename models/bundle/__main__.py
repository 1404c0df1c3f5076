"""Load a bundle and say what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path

from models.bundle.load import load_bundle
from models.errors import NBAError


def main(arguments: list[str]) -> int:
    """Exit code 0: the bundle loads and its golden rows agree."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m models.bundle DIRECTORY\n")
        return 2
    try:
        load_bundle(Path(arguments[0]))
    except NBAError as error:
        sys.stderr.write(f"{error.code}: {' '.join(str(error).splitlines())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
