"""A configuration survives the state of its decision."""

from __future__ import annotations

import json

from models.configurations.coding import decode_configured, encode_configured
from models.domain.configurations import Change, Configured

CHANGE = Change(option="motor", wished="m300", chosen="m210", code="TOO_LATE", detail="later")
CAR = Configured(
    configurator="car",
    region="north",
    wish={"motor": "m300"},
    choices={"motor": "m210"},
    changes=(CHANGE,),
    distance=2.0,
    price=39_000.0,
    deliverable_on="2026-11-20",
    as_of=1_763_632_800_000,
)


def test_what_is_kept_comes_back() -> None:
    kept = json.loads(json.dumps(encode_configured({"car": CAR})))

    assert decode_configured(kept) == {"car": CAR}
