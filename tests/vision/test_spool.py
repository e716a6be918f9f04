"""What a spool has taken is given back, in order, whoever is killed meanwhile."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import settings
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
    # the two acknowledged may come again, the others must, in their order
    assert drained(again)[-4:] == [f"cam-001-{n}" for n in range(2, 6)]
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
        import tempfile
        from pathlib import Path

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
