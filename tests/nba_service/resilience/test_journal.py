"""The journal: what was appended is read once, whatever happens to file or process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_service.resilience.errors import JournalError
from nba_service.resilience.journal import CatchUp, Journal
from nba_service.resilience.journal_files import RefusedFile
from nba_service.resilience.journal_format import pack_record

MOST = 1_000_000


def payloads(journal: Journal) -> list[bytes | None]:
    return [entry.payload for entry in journal.entries()]


def test_records_come_back_in_order_and_the_last_replayed_one_removes_the_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", MOST)
    assert journal.empty
    for number in range(5):
        journal.append(b"record %d" % number)
    entries = journal.entries()
    assert [entry.payload for entry in entries] == [b"record %d" % n for n in range(5)]

    journal.replayed(entries[2].end)
    again = Journal(tmp_path / "j", MOST)  # another process, or this one after a crash
    assert payloads(again) == [b"record 3", b"record 4"]
    assert (again.depth().records, again.depth().damaged) == (2, 0)
    again.replayed(entries[-1].end)

    assert journal.empty
    assert payloads(journal) == []


def test_what_is_added_while_the_last_is_replayed_stays(tmp_path: Path) -> None:
    journal = Journal(tmp_path, MOST)
    journal.append(b"a")
    (entry,) = journal.entries()
    Journal(tmp_path, MOST).append(b"b")

    journal.replayed(entry.end)

    assert payloads(journal) == [b"b"]


def test_what_is_added_while_a_replay_finds_nothing_stays(tmp_path: Path) -> None:
    """A writer has made the file and not written yet when the replay looks at it."""
    journal = Journal(tmp_path / "j", MOST)
    journal.directory.mkdir()
    (journal.directory / "journal").touch()
    assert journal.entries() == []
    Journal(tmp_path / "j", MOST).append(b"late")

    journal.remove_if_done()
    assert payloads(journal) == [b"late"]

    journal.replayed(journal.entries()[-1].end)
    (journal.directory / "journal").write_bytes(b"")
    journal.remove_if_done()
    assert journal.empty


def test_a_busy_journal_loses_nothing_to_its_replay(tmp_path: Path) -> None:
    """Two processes append one record after the other, which empties it again and again."""
    appends = (
        "import sys; from pathlib import Path; from nba_service.resilience.journal import Journal;"
        "j = Journal(Path(sys.argv[1]), 10**8);"
        "[j.append(f'{sys.argv[2]}-{n} '.encode() + b'x' * 5000) for n in range(300)]"
    )
    folder = tmp_path / "j"
    writers = [subprocess.Popen([sys.executable, "-c", appends, str(folder), name]) for name in "ab"]
    journal, found, damaged = Journal(folder, 10**8), [], 0
    while any(writer.poll() is None for writer in writers) or not journal.empty:
        entries = journal.entries()
        found += [entry.payload.split()[0].decode() for entry in entries if entry.payload is not None]
        damaged += sum(entry.payload is None for entry in entries)
        if entries:
            journal.replayed(entries[-1].end)
        else:
            journal.remove_if_done()
    assert [writer.returncode for writer in writers] == [0, 0]
    assert sorted(found) == sorted(f"{name}-{n}" for name in "ab" for n in range(300))
    assert damaged == 0


def test_an_old_checkpoint_says_nothing_about_a_new_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, MOST)
    journal.append(b"a" * 100)
    journal.append(b"b")
    first, last = journal.entries()
    journal.replayed(first.end)
    old = (tmp_path / "checkpoint").read_bytes()
    journal.replayed(last.end)
    (tmp_path / "checkpoint").write_bytes(old)  # a crash between the two removals

    journal.append(b"c" * 200)

    assert payloads(journal) == [b"c" * 200]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(min_value=0, max_value=400), more=st.booleans())
def test_a_cut_file_loses_the_cut_record_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, cut: int, more: bool
) -> None:
    directory = tmp_path_factory.mktemp("cut")
    journal = Journal(directory, MOST)
    sent = [bytes([65 + n]) * (10 * n + 1) for n in range(6)]
    for payload in sent:
        journal.append(payload)
    path = directory / "journal"
    whole = path.read_bytes()
    ends = [entry.end for entry in journal.entries()]
    length = max(0, len(whole) - cut)
    path.write_bytes(whole[:length])
    kept = [payload for payload, end in zip(sent, ends, strict=True) if end <= length]
    if more:
        Journal(directory, MOST).append(b"after the crash")
        kept.append(b"after the crash")

    assert [p for p in payloads(Journal(directory, MOST)) if p is not None] == kept


@settings(max_examples=60, deadline=None)
@given(at=st.integers(min_value=16, max_value=400), bit=st.integers(min_value=0, max_value=7))
def test_a_flipped_bit_loses_one_record(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    directory = tmp_path_factory.mktemp("flip")
    journal = Journal(directory, MOST)
    sent = [bytes([65 + n]) * 30 for n in range(9)]
    for payload in sent:
        journal.append(payload)
    path = directory / "journal"
    data = bytearray(path.read_bytes())
    at = min(at, len(data) - 1)
    data[at] ^= 1 << bit
    path.write_bytes(data)
    begin = 16
    hit = next(n for n, entry in enumerate(sent) if at < begin + (n + 1) * (12 + len(entry)))

    found = payloads(Journal(directory, MOST))

    assert [p for p in found if p is not None] == [p for n, p in enumerate(sent) if n != hit]
    assert Journal(directory, MOST).depth().damaged == 1


def test_a_full_journal_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 500)
    journal.append(b"x" * 400)
    with pytest.raises(JournalError, match="NBA_JOURNAL_MAX_BYTES"):
        journal.append(b"y" * 400)
    journal.append(b"z")

    assert payloads(journal) == [b"x" * 400, b"z"]


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "j").write_text("a file where the folder should be")
    with pytest.raises(JournalError, match="cannot be written"):
        Journal(tmp_path / "j", MOST).append(b"x")


def test_many_threads_share_a_file_and_every_record_is_there_once(tmp_path: Path) -> None:
    journals = [Journal(tmp_path, MOST) for _ in range(3)]  # as three processes have them

    def write(number: int) -> None:
        for turn in range(20):
            journals[number % 3].append(b"%d:%d" % (number, turn))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = payloads(journals[0])
    assert sorted(found) == sorted(b"%d:%d" % (n, t) for n in range(9) for t in range(20))
    for number in range(9):  # in the order in which each thread wrote them
        mine = [p for p in found if p is not None and p.startswith(b"%d:" % number)]
        assert mine == [b"%d:%d" % (number, turn) for turn in range(20)]


_WRITER = """
import sys
from pathlib import Path
from nba_service.resilience.journal import Journal
journal = Journal(Path(sys.argv[1]), 10_000_000)
for number in range(1_000_000):
    journal.append(b"%d " % number + b"." * 3000)
    print(number, flush=True)
"""


def test_a_killed_process_leaves_everything_that_it_said_it_wrote(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ}
    )
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(25)]
    child.send_signal(signal.SIGKILL)
    said += child.stdout.readlines()
    child.wait()

    journal = Journal(tmp_path, 10_000_000)
    journal.append(b"next")
    found: list[bytes] = []
    while entries := journal.entries():
        found += [entry.payload for entry in entries if entry.payload is not None]
        journal.replayed(entries[-1].end)

    numbers = [int(payload.split()[0]) for payload in found[:-1]]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= len([line for line in said if line.endswith(b"\n")])
    assert found[-1] == b"next"


def test_only_one_replays_at_a_time(tmp_path: Path) -> None:
    journal, other = Journal(tmp_path, MOST), Journal(tmp_path, MOST)
    journal.append(b"x")
    with journal.replaying() as mine, other.replaying() as theirs:
        assert (mine, theirs) == (True, False)
    with other.replaying() as theirs:
        assert theirs


def test_nearly_done_is_what_a_moment_replays(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 10_000_000)
    assert journal.position is None
    for _ in range(3):
        journal.append(b"x" * 60_000)
    before = journal.position
    assert before is not None
    assert not before.nearly_done

    journal.replayed(journal.entries()[0].end)

    after = journal.position
    assert after is not None
    assert after.nearly_done
    assert not after.is_at(before)
    assert not journal.empty


def test_a_rewrite_replaces_what_waits(tmp_path: Path) -> None:
    journal, other = Journal(tmp_path, MOST), Journal(tmp_path, MOST)
    for payload in (b"a", b"b", b"c"):
        journal.append(payload)
    journal.replayed(journal.entries()[0].end)

    journal.rewrite(lambda waiting: [p + b"!" for p in waiting if p != b"b"] + [b"end"])
    other.append(b"later")

    assert payloads(other) == [b"c!", b"end", b"later"]


@pytest.mark.parametrize("damage", [b"", b"\0" * 8, b"NBAJRNL0" + b"x" * 8, b"garbage" * 2])
def test_a_damaged_header_loses_no_record_and_is_counted(tmp_path: Path, damage: bytes) -> None:
    journal = Journal(tmp_path, MOST)
    sent = [b"record %d" % number for number in range(5)]
    for payload in sent:
        journal.append(payload)
    path = tmp_path / "journal"
    path.write_bytes(damage + path.read_bytes()[16:])

    again = Journal(tmp_path, MOST)
    assert (again.depth().records, again.depth().damaged) == (5, 1 if damage else 0)
    again.append(b"one more")
    entries = again.entries()

    assert [entry.payload for entry in entries if entry.payload is not None] == [*sent, b"one more"]
    again.replayed(entries[-1].end)
    assert again.empty


def test_a_file_that_a_process_died_over_while_it_made_it_is_begun_anew(tmp_path: Path) -> None:
    for size in range(1, 28):
        (tmp_path / "journal").write_bytes((b"NBAJRNL1" + b"g" * 8 + b"\xa7NB\xf1" * 5)[:size])
        journal = Journal(tmp_path, MOST)
        journal.append(b"first")
        assert [entry.payload for entry in journal.entries() if entry.payload] == [b"first"]
        (tmp_path / "journal").unlink()


def test_a_header_cut_before_one_small_record_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(pack_record(b"tiny"))

    assert [entry.payload for entry in Journal(tmp_path, MOST).entries()] == [b"tiny"]


def test_what_was_refused_is_bounded_and_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (flushed.append(descriptor), fsync(descriptor)))
    refused = RefusedFile(tmp_path, most_bytes=100)
    assert refused.empty
    for number in range(50):
        refused.add(b"record %2d" % number)

    assert len(flushed) >= 50
    held = [(tmp_path / name).read_bytes() for name in ("refused.1", "refused")]
    assert all(len(data) <= 100 for data in held)
    assert b"".join(held).splitlines()[-1] == b"record 49"
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in ("refused.1", "refused")} == {0o600}
    refused.rewrite(lambda lines: [line for line in lines if b"49" not in line])
    assert b"record 49" not in (tmp_path / "refused").read_bytes()
    refused.rewrite(lambda lines: [])
    assert refused.empty


def test_a_replay_that_does_not_move_is_waited_for_a_second_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look takes 4 ms here. Nobody replays; then somebody does a part of it, and later the rest."""
    now, slept = 100.0, 0

    def sleep(seconds: float) -> None:
        nonlocal now, slept
        now, slept = now + seconds, slept + 1

    monkeypatch.setattr(time, "sleep", sleep)
    journal = Journal(tmp_path, MOST)
    for payload in (b"a", b"b"):
        journal.append(payload)
    catch_up = CatchUp(journal, lambda: now)
    for _ in range(13):  # callers who wait for 0.08 s each
        assert not catch_up.wait(0.08)
    assert slept == pytest.approx(1.0 / 0.004, abs=3)
    slept = 0
    assert not catch_up.wait(60)
    assert slept == 0

    first, last = journal.entries()
    journal.replayed(first.end)
    assert not catch_up.wait(0.08)
    assert slept == pytest.approx(20, abs=1)
    monkeypatch.setattr(time, "sleep", lambda _: journal.replayed(last.end))
    assert catch_up.wait(60)
