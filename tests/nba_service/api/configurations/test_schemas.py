"""What bodies may say."""

from __future__ import annotations

from datetime import date
from typing import Any

import marshmallow as ma
import pytest

from nba_service.api.configurations.schemas import AvailabilityUploadSchema, CheckSchema


def test_a_row_without_a_region_holds_everywhere() -> None:
    call = AvailabilityUploadSchema().load({"rows": [{"option": "motor", "choice": "m150", "from": None}]})

    assert (call.rows[0].region, call.rows[0].available, call.as_of, call.replace) == ("*", True, None, False)


def test_a_check_may_have_a_last_day() -> None:
    call = CheckSchema().load({"configurator": "car", "choices": {}, "until": "2026-12-31"})

    assert (call.until, call.count) == (date(2026, 12, 31), True)


@pytest.mark.parametrize(
    "body",
    [
        {"configurator": "car"},
        {"configurator": "car", "choices": []},
        {"configurator": "car", "choices": {"motor": 3}},
        {"configurator": "car", "choices": {}, "until": "31.12.2026"},
        {"configurator": "car", "choices": {}, "count": "no"},
        {"configurator": "car", "choices": {}, "more": 1},
        {"configurator": "car", "choices": {}, "customer_id": "undefined"},
    ],
)
def test_what_no_check_may_say_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ma.ValidationError):
        CheckSchema().load(body)


def test_an_upload_is_bounded() -> None:
    rows = [{"option": "motor", "choice": "m150", "region": str(n)} for n in range(5_001)]

    with pytest.raises(ma.ValidationError):
        AvailabilityUploadSchema().load({"rows": rows})
