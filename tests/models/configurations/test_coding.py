"""A configuration survives the state of its decision."""

from __future__ import annotations

import json

from models.configurations.coding import decode_configured, encode_configured
from tests.configured_journey import CAR


def test_what_is_kept_comes_back() -> None:
    kept = json.loads(json.dumps(encode_configured({"car": CAR})))

    assert decode_configured(kept) == {"car": CAR}
