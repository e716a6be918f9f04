"""What a spool has taken is given back, in order, whoever is killed meanwhile."""

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ioc.errors import Unavailable
from vision.spool import Spool


def item(number: int) -> dict[str, object]:
    return {"id": f"cam-001-{number}", "plate": "43A12345"}


LINE_BYTES = len('{"id":"cam-001-0","plate":"43A12345"}') + 1


def drained(spool: Spool, most: int = 3) -> list[str]:
    ids: list[str] = []
    while not spool.is_empty:
        items, size = spool.batch(most)
        ids += [str(i["id"]) for i in items]
        if size:
            spool.done(size)
    return ids


def test_first_in_first_out_and_nothing_left_on_the_disk(tmp_path):
    spool = Spool(tmp_path)
    for n in range(10):
        spool.append(item(n))
    assert drained(spool) == [f"cam-001-{n}" for n in range(10)]
    assert not list(tmp_path.rglob("*.jsonl"))
    spool.append(item(10))
    assert drained(spool) == ["cam-001-10"]
    spool.close()


def test_what_was_not_acknowledged_is_there_after_a_restart(tmp_path):
    spool = Spool(tmp_path)
    for n in range(6):
        spool.append(item(n))
    _, size = spool.batch(2)
    spool.done(size)
    spool.batch(2)
    spool.close()
    again = Spool(tmp_path)
    assert again.arrived.is_set()
    assert drained(again) == [f"cam-001-{n}" for n in range(2, 6)]
    again.close()


def test_a_torn_last_line_is_no_read(tmp_path):
    spool = Spool(tmp_path)
    spool.append(item(0))
    spool.close()
    [segment] = tmp_path.rglob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"id": "cam-001-1", "pla')
    again = Spool(tmp_path)
    again.append(item(2))
    assert drained(again) == ["cam-001-0", "cam-001-2"]
    again.close()


def test_two_processes_do_not_share_a_folder_and_leftovers_are_adopted(tmp_path):
    first, second = Spool(tmp_path), Spool(tmp_path)
    first.append(item(1))
    second.append(item(2))
    assert drained(second) == ["cam-001-2"]
    second.append(item(3))
    first.close()
    second.close()
    heir = Spool(tmp_path)
    assert sorted(drained(heir)) == ["cam-001-1", "cam-001-3"]
    heir.close()


def test_a_full_spool_says_so_and_loses_nothing(tmp_path):
    spool = Spool(tmp_path, limit_bytes=4 * LINE_BYTES)
    for n in range(4):
        spool.append(item(n))
    with pytest.raises(Unavailable, match="full"):
        spool.append(item(4))
    assert drained(spool) == [f"cam-001-{n}" for n in range(4)]
    spool.append(item(99))
    spool.close()


def picture(number: int, size: int = 1000) -> dict[str, bytes]:
    return {"plate": b"\xff\xd8" + bytes([number]) * size, "vehicle": b"\xff\xd8v"}


def bearing(items) -> list[str]:
    return [i["id"] for i in items if "images" in i]


def test_pictures_come_back_with_their_reads_and_leave_the_disk_with_them(tmp_path):
    spool = Spool(tmp_path)
    for n in range(3):
        spool.append(item(n), picture(n))
    spool.append(item(3))
    items, size = spool.batch(10)
    plates = [base64.b64decode(i["images"]["plate"]) for i in items[:3]]
    assert plates == [picture(n)["plate"] for n in range(3)]
    assert bearing(items) == [f"cam-001-{n}" for n in range(3)]
    spool.done(size)
    assert not list(tmp_path.rglob("*.jpegs"))
    spool.close()


def test_the_oldest_pictures_give_way_and_no_read_does(tmp_path):
    spool = Spool(tmp_path, picture_bytes=3100)
    for n in range(6):
        spool.append(item(n), picture(n))
    items, _ = spool.batch(10)
    assert [i["id"] for i in items] == [f"cam-001-{n}" for n in range(6)]
    assert bearing(items) == ["cam-001-3", "cam-001-4", "cam-001-5"]
    assert spool.pictures_lost == 3
    # what is on its way keeps its pictures: sent again, it must be the same
    spool.append(item(6), picture(6))
    assert spool.batch(6)[0] == items
    spool.close()


def test_on_a_disk_that_is_full_pictures_make_room_for_reads(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    for n in range(3):
        spool.append(item(n), picture(n))
    written = os.write

    def full(handle, data):
        if len(list(tmp_path.rglob("*.jpegs"))) > 1:
            written(handle, bytes(data)[:7])  # a part of the line fits
            raise OSError(28, "No space left on device")
        return written(handle, data)

    monkeypatch.setattr(os, "write", full)
    spool.append(item(3))
    monkeypatch.undo()
    items, _ = spool.batch(10)
    items += again(spool)
    assert [i["id"] for i in items] == [f"cam-001-{n}" for n in range(4)]
    assert bearing(items) == ["cam-001-2"]
    spool.close()


def test_a_disk_that_takes_no_cursor_holds_nothing_back(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    for n in range(4):
        spool.append(item(n), picture(n))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    spool.done(spool.batch(2)[1])
    assert [i["id"] for i in spool.batch(9)[0]] == ["cam-001-2", "cam-001-3"]
    spool.close()


def again(spool: Spool) -> list:
    """Acknowledge what was given out, and return what comes next."""
    spool.done(spool.batch(100)[1])
    return spool.batch(100)[0]


def test_pictures_leave_room_on_the_disk_for_reads(tmp_path):
    spool = Spool(tmp_path, spare_bytes=1 << 60)
    spool.append(item(0), picture(0))
    items, _ = spool.batch(10)
    assert items == [item(0)]
    spool.close()


def test_a_batch_is_no_heavier_than_a_post_may_be(tmp_path):
    spool = Spool(tmp_path)
    for n in range(5):
        spool.append(item(n), picture(n, 9000))
    items, _ = spool.batch(100, most_bytes=25_000)
    assert len(items) == 2
    spool.close()


def test_an_heir_takes_pictures_over_and_deletes_what_nobody_speaks_of(tmp_path):
    first, second = Spool(tmp_path), Spool(tmp_path)
    second.append(item(1), picture(1))
    second.append(item(2), picture(2))
    second.done(second.batch(1)[1])
    first.close()
    second.close()
    (tmp_path / "000" / "pictures" / f"{0:020d}.jpegs").write_bytes(b"\xff\xd8")
    heir = Spool(tmp_path)
    items, size = heir.batch(10)
    assert bearing(items) == ["cam-001-2"]
    heir.done(size)
    assert not list(tmp_path.rglob("*.jpegs"))
    heir.close()


def test_a_clock_that_goes_back_changes_no_order(tmp_path, monkeypatch):
    for n, second in enumerate((2_000_000_000, 1_000, 1_500_000_000)):
        monkeypatch.setattr("time.time_ns", lambda second=second: second * 10**9)
        spool = Spool(tmp_path)
        spool.append(item(n), picture(n))
        spool.close()
    spool = Spool(tmp_path)
    assert drained(spool) == ["cam-001-0", "cam-001-1", "cam-001-2"]
    spool.close()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_power_lost_at_any_byte_loses_nothing_that_was_kept(data):
    """Whatever of a last line, of a cursor and of a picture reached the disk."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        spool = Spool(root)
        count = data.draw(st.integers(1, 6), "kept")
        for n in range(count):
            spool.append(item(n), picture(n, 20) if n % 2 else None)
        sent = data.draw(st.integers(0, count - 1), "sent")
        if sent:
            spool.done(spool.batch(sent)[1])
        spool.append(item(count))
        spool.close()
        [segment] = root.rglob("0*.jsonl")
        last = len(json.dumps(item(count), separators=(",", ":"))) + 1
        cut = data.draw(st.integers(0, last), "bytes that are missing")
        os.truncate(segment, segment.stat().st_size - cut)
        cursor = root / "000" / "cursor"
        left = data.draw(st.integers(0, cursor.stat().st_size), "bytes of the cursor")
        os.truncate(cursor, left)
        for kept in root.rglob("*.jpegs"):
            os.truncate(kept, data.draw(st.integers(0, kept.stat().st_size), "of a picture"))
        survivor = Spool(root)
        survivor.append(item(count + 1))
        got = drained(survivor)
        survivor.close()
    whole = [n for n in range(count + 2) if n != count or not cut]
    is_repeated = bool(sent) and left < CURSOR_BYTES
    assert got == [f"cam-001-{n}" for n in whole[0 if is_repeated else sent :]]


CURSOR_BYTES = 42


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "spool").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="spool"):
        Spool(tmp_path / "spool")


def test_what_was_refused_is_set_aside_with_its_reason(tmp_path):
    spool = Spool(tmp_path)
    spool.refuse(item(1), "plate: needs 1 to 32 characters")
    [line] = (tmp_path / "000" / "refused.jsonl").read_text().splitlines()
    assert json.loads(line) == {"why": "plate: needs 1 to 32 characters", "item": item(1)}
    spool.close()


def test_one_thread_fills_while_another_empties(tmp_path):
    spool = Spool(tmp_path)
    seen: list[str] = []
    filled = threading.Event()

    def empty() -> None:
        while not (filled.is_set() and spool.is_empty):
            items, size = spool.batch(7)
            seen.extend(str(i["id"]) for i in items)
            if size:
                spool.done(size)

    emptier = threading.Thread(target=empty)
    emptier.start()
    for n in range(300):
        spool.append(item(n))
    filled.set()
    emptier.join()
    assert seen == [f"cam-001-{n}" for n in range(300)]
    spool.close()


WRITER = """
import sys
from pathlib import Path
from vision.spool import Spool
spool = Spool(Path(sys.argv[1]))
for n in range(100_000):
    spool.append({"id": f"cam-001-{n}"})
    print(n, flush=True)
"""


@pytest.mark.faults
def test_a_killed_writer_loses_nothing_it_has_said(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    said = [writer.stdout.readline() for _ in range(40)]
    os.kill(writer.pid, signal.SIGKILL)
    said += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    promised = [f"cam-001-{int(n)}" for n in said if n.endswith("\n")]
    spool = Spool(tmp_path)
    assert drained(spool)[: len(promised)] == promised
    spool.close()


class SpoolMachine(RuleBasedStateMachine):
    """Appends, sends and restarts in any order: every item goes out, in order, at least once."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.spool = Spool(self.root)
        self.put: list[str] = []
        self.got: list[str] = []

    @rule(count=st.integers(1, 4))
    def append(self, count):
        for _ in range(count):
            self.spool.append(item(len(self.put)))
            self.put.append(f"cam-001-{len(self.put)}")

    @rule(most=st.integers(1, 5), acknowledged=st.booleans())
    def send(self, most, acknowledged):
        items, size = self.spool.batch(most)
        if acknowledged and size:
            self.got += [str(i["id"]) for i in items if i["id"] not in self.got]
            self.spool.done(size)

    @rule()
    def restart(self):
        self.spool.close()
        self.spool = Spool(self.root)

    @invariant()
    def sent_in_order(self):
        assert self.got == self.put[: len(self.got)]

    @precondition(lambda self: self.put)
    @invariant()
    def knows_whether_it_is_empty(self):
        if self.spool.is_empty:
            assert self.got == self.put

    def teardown(self):
        self.got += [i for i in drained(self.spool) if i not in self.got]
        assert self.got == self.put
        self.spool.close()
        self.folder.cleanup()


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
