"""Bytes of a past are read as they lie, or refused."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.past import Checkpoint, PastEvent, Sort, build_past, pack, unpack
from models.domain.past.details import EVERYTHING
from models.errors import PastError
from tests.models.domain.past.test_past import EVENTS, SORTS, event

POINT = Checkpoint("customer", 7, ("visitor", None), 3, 9, 1, {"guide": 2})

FAR = POINT._replace(reached=("owner", "former"))


@settings(deadline=None)
@given(EVENTS, st.integers(0, 55), st.sampled_from([None, POINT, FAR]))
def test_what_was_packed_is_unpacked(events: list[PastEvent], before: int, point: Checkpoint | None) -> None:
    past = build_past(events).fold(before, point)
    again = unpack(pack(past))
    assert pack(again) == pack(past)
    assert again.checkpoint == point
    assert again.vocabulary.sorts == past.vocabulary.sorts
    assert again == past
    for name in ("at", "sort", "cents", "key"):
        assert getattr(again, name).tolist() == getattr(past, name).tolist()
    assert pack(again.add([event(99_999, 54)])) == pack(past.add([event(99_999, 54)]))


@pytest.mark.parametrize("properties", [{}, {"score": 4, "note": "x" * 100}])
def test_damage_is_found(properties: dict[str, object]) -> None:
    packed = pack(build_past([event(1, 5), event(2, 6, SORTS[2], properties=properties)]))
    for place in range(len(packed)):
        damaged = bytearray(packed)
        damaged[place] ^= 0x41
        if place not in (1, 2, 3):  # nothing lies there
            with pytest.raises(PastError):
                unpack(bytes(damaged))


@pytest.mark.parametrize("packed", [b"", b"\x07", b"\x01\x00\x00", b"\x03" + bytes(80)])
def test_other_versions_and_cut_bytes_are_refused(packed: bytes) -> None:
    with pytest.raises(PastError, match="made anew"):
        unpack(packed)


def test_names_of_any_script_come_back() -> None:
    sort = Sort(0, "köy'\"\n中", "e-mail ✉", "a", "p")
    assert unpack(pack(build_past([event(1, 5, sort)]))).vocabulary.sorts == (sort,)


def test_a_past_without_properties_keeps_the_bytes_it_had() -> None:
    """So an upgrade makes no state anew that has none, and one that goes back reads it."""
    assert pack(build_past([event(1, 5), event(2, 6, SORTS[2])]))[0] == 1
    assert pack(build_past([event(1, 5, properties={"score": 4})]))[0] == 2


def test_a_past_from_before_properties_were_kept_says_that_it_has_none() -> None:
    packed = bytearray(pack(build_past([event(1, 5)])))
    packed[8 + 24] |= 2  # the flag of properties, in the head's last number
    packed[4:8] = zlib.crc32(packed[8:]).to_bytes(4, "little")
    assert unpack(bytes(packed)).unkept == EVERYTHING


def test_bytes_are_kept_with_what_was_made_of_them_and_with_nothing_else() -> None:
    packed = pack(build_past([event(1, at=1), event(2, at=2)]))
    past = unpack(packed)
    assert pack(past) is packed
    for other in (past.add([event(3, at=3)]), past.fold(2), past.merge(build_past([event(4, at=4)]))):
        assert other.packed is None
        assert pack(other) != packed
        assert unpack(pack(other)) == other
