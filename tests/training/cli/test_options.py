"""Options that several commands have."""

from __future__ import annotations

import pytest

from models.domain.ids import own_placeholders, refuse_placeholders
from training.cli.options import refuse_own_placeholders


def test_placeholders_of_a_company_are_nobodys_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_PLACEHOLDER_IDS", "gast, ,unbekannt")
    try:
        refuse_own_placeholders()
        assert {"gast", "unbekannt"} <= set(own_placeholders())
    finally:
        refuse_placeholders([])
