"""Events of process logs, with what is known of their cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import TrainingDataError
from training.data.unpacking.xes import xes_rows

LOG = """<?xml version="1.0"?>
<log xmlns="http://www.xes-standard.org/"><string key="source" value="s"/>
<trace><string key="concept:name" value="c-1"><string key="nested" value="no"/></string>
<float key="AMOUNT" value="2.5"/>
<event><string key="concept:name" value="Offer"/><boolean key="ok" value="TRUE"/><int key="n" value="x"/>
<date key="time:timestamp" value="2026-03-02T08:00:00Z"/></event></trace>
<trace><event><string key="concept:name" value="Call"/></event></trace></log>"""


def rows(tmp_path: Path, text: str) -> list[object]:
    path = tmp_path / "log.xes"
    path.write_text(text)
    return list(xes_rows(path))


def test_each_event_has_the_attributes_of_its_own_case(tmp_path: Path) -> None:
    assert rows(tmp_path, LOG) == [
        {
            "event_row": 1,
            "case_concept_name": "c-1",
            "case_amount": 2.5,
            "concept_name": "Offer",
            "time_timestamp": "2026-03-02T08:00:00Z",
            "ok": True,
            "n": "x",
        },
        {"event_row": 2, "concept_name": "Call", "time_timestamp": None},
    ]


def test_a_document_type_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE log [<!ENTITY a "aaaa">]>' + LOG.partition("?>\n")[2]

    with pytest.raises(TrainingDataError, match="document type"):
        rows(tmp_path, bomb)


def test_what_is_no_xml_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="broken"):
        rows(tmp_path, "concept,time\n")
