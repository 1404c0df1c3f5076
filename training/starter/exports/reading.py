"""What a recognised export holds: its campaigns and its kinds of events."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from training.config import Source, TrainingConfig
from training.data.load import open_tables
from training.starter.exports.known import Recognised
from training.starter.exports.texts import Contents

MOST_CAMPAIGNS: Final = 60
MOST_KINDS: Final = 500


def read_contents(found: Recognised, folder: Path) -> Contents:
    """The campaigns that were sent and the kinds of events, the commonest first.

    Raises:
        TrainingDataError: the export cannot be read.
    """
    sources = {
        name: Source(files=(pattern,), formats=dict(found.export.formats))
        for name, pattern in found.files.items()
    }
    sent_ones = "kind = 'sent' AND campaign IS NOT NULL"
    campaigns = f"SELECT campaign AS name, count(*) AS n FROM told WHERE {sent_ones} GROUP BY 1"  # noqa: S608 - constants
    kinds = "SELECT kind AS name, count(*) AS n FROM told WHERE kind IS NOT NULL GROUP BY 1"
    asked = TrainingConfig(
        source="",
        folder=folder,
        journey=None,
        time_zone=found.export.time_zone or "UTC",
        sources=sources,
        views={"told": found.sql},
        tables={
            "decisions": f"{campaigns} ORDER BY 2 DESC, 1",
            "interactions": f"{kinds} ORDER BY 2 DESC, 1",
        },
    )
    with TemporaryDirectory() as scratch, open_tables(asked, folder, Path(scratch)) as tables:
        sent = [str(name) for name in tables.whole("decisions").column("name").to_pylist()]
        seen = [str(name) for name in tables.whole("interactions").column("name").to_pylist()]
    if not found.export.mail:
        sent = []
    return Contents(
        campaigns=sent[:MOST_CAMPAIGNS], kinds=seen[:MOST_KINDS], more=max(0, len(sent) - MOST_CAMPAIGNS)
    )
