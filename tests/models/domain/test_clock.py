"""Rules of local time: what ``zoneinfo`` says, for any number of instants at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.clock import utc_offset_ms
from models.errors import UnknownNameError

ZONES = (
    "Europe/Vienna",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "UTC",
    "Africa/Casablanca",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNTIL_2100 = 4_102_444_799_999


def oracle(zone: str, instant: int) -> int:
    offset = (EPOCH + timedelta(milliseconds=instant)).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() * 1000)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.lists(st.integers(0, UNTIL_2100), max_size=20))
def test_any_instant_has_the_offset_that_zoneinfo_gives(zone: str, instants: list[int]) -> None:
    offsets = utc_offset_ms(zone, np.array(instants, dtype=np.int64))

    assert offsets.tolist() == [oracle(zone, instant) for instant in instants]


@pytest.mark.parametrize("zone", ZONES)
def test_the_hours_around_every_change_of_some_years_are_exact(zone: str) -> None:
    for year in (1978, 2015, 2026, 2037, 2061):
        begin = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1000
        hours = begin + np.arange(0, 366 * 24) * 3_600_000
        offsets = utc_offset_ms(zone, hours)
        for i in np.flatnonzero(np.diff(offsets)):
            probes = np.arange(hours[i], hours[i + 1] + 1, 225_000)
            assert utc_offset_ms(zone, probes).tolist() == [oracle(zone, int(p)) for p in probes]
        for i in range(0, len(hours), 577):
            assert offsets[i] == oracle(zone, int(hours[i]))


def test_clocks_go_forward_at_one_oclock_utc_in_vienna() -> None:
    change = int(datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp()) * 1000

    offsets = utc_offset_ms("Europe/Vienna", np.array([[change - 1, change]]))

    assert (offsets / 3_600_000).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Vienna\x00"])
def test_an_unknown_zone_is_named(zone: str) -> None:
    with pytest.raises(UnknownNameError, match="time zone"):
        utc_offset_ms(zone, np.array([0]))
