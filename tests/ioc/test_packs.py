"""An evidence pack stands by itself: every byte of it is checked, and nothing hostile is opened."""

import json
import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ioc import audit, evidence
from ioc.alerts.model import Step
from ioc.alerts.service import Act, take_step
from ioc.centre import Centre
from ioc.cli import main
from ioc.errors import InvalidInput, NotFound
from ioc.packs.archive import FIXED, PackWriter
from ioc.packs.model import Differs, PackOrder
from ioc.packs.service import check_pack, make_pack
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits
from ioc.signing import known_public, public_text, signing_key
from ioc.vehicles.model import Heading, PlateCharacter, PlateRead
from ioc.vehicles.recording import record_read
from tests.conftest import NOW

ORDER = PackOrder("ca-truc", "Lập hồ sơ xử phạt", "VP-12/2021")


def jpeg(width: int, height: int) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (width, height), (120, 130, 140)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def alert(centre: Centre) -> str:
    """A yellow permit on a main road, seen twice, taken by somebody."""
    span = (NOW - timedelta(days=1), NOW + timedelta(days=1))
    permit = Permit("gp-1", "43C16839", PermitClass.YELLOW, *span, holder="Công ty Nam Sơn")
    grant_permits(centre, "gtvt", [permit])
    frame = evidence.keep(centre, jpeg(64, 36), "frame", "cam-117", NOW)
    plate = evidence.keep(centre, jpeg(30, 20), "plate", "cam-117", NOW)
    characters = tuple(PlateCharacter(char, 0.99) for char in "43C16839")
    read = PlateRead("r-1", "cam-117", "43C16839", 0.99, NOW, Heading.IN, characters=characters)
    read = replace(read, frame_picture=frame, plate_picture=plate)
    found = record_read(centre, "box", read).alert
    assert found is not None
    record_read(centre, "box", replace(read, id="r-2", seen_at=NOW + timedelta(seconds=9)))
    take_step(centre, found, Act(Step.ACKNOWLEDGE, "ca-truc"))
    return found


@pytest.fixture
def made(centre: Centre, alert: str) -> bytes:
    out = BytesIO()
    make_pack(centre, alert, ORDER, out)
    return out.getvalue()


@pytest.fixture
def public(centre: Centre) -> str:
    return public_text(signing_key(centre.settings))


@pytest.fixture
def checked(tmp_path: Path, public: str) -> Callable[[bytes], object]:
    def check(content: bytes) -> object:
        file = tmp_path / "pack.zip"
        file.write_bytes(content)
        return check_pack(file, public)

    return check


def test_a_pack_holds_what_stands_behind_the_alert(centre, alert, made, checked) -> None:
    manifest = checked(made)
    pack = zipfile.ZipFile(BytesIO(made))
    assert pack.testzip() is None
    files = {name: pack.read(name) for name in pack.namelist()}
    content = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}
    assert [read["read"]["id"] for read in content["reads.json"]] == ["r-1", "r-2"]
    assert content["permits.json"][0]["permit"]["holder"] == "Công ty Nam Sơn"
    assert content["rule.json"][0]["id"] == content["alert.json"]["rule"]
    assert content["rule.json"][0]["legal_basis"]
    assert [step["step"] for step in content["steps.json"]] == ["raise", "acknowledge"]
    assert content["models.json"]["weights"]["files"]["reader.onnx"]
    assert content["audit.json"][-1]["purpose"] == ORDER.purpose
    assert sum(name.startswith("pictures/") for name in files) == 2
    assert files["summary.pdf"].startswith(b"%PDF")
    assert any("does not tell which weights" in line for line in manifest.unknown)
    assert manifest.case == "VP-12/2021"


def test_who_takes_it_away_is_noted_first_with_the_purpose(centre: Centre, alert: str) -> None:
    class Full(BytesIO):
        def write(self, *_: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        make_pack(centre, alert, ORDER, Full())
    audit.seal(centre)
    from ioc.db import transact
    from ioc.packs.store import looks_at

    rows = transact(centre.engine, lambda conn: looks_at(conn, f"alert:{alert}"))
    assert (rows[-1]["action"], rows[-1]["purpose"]) == ("pack_made", ORDER.purpose)
    assert rows[-1]["hash"] is not None


def test_a_picture_that_is_gone_is_named_as_unknown(centre: Centre, alert: str, checked) -> None:
    for file in centre.settings.evidence_dir.rglob("*.jpg"):
        file.unlink()
    out = BytesIO()
    make_pack(centre, alert, ORDER, out)
    assert sum(line.startswith("picture ") for line in checked(out.getvalue()).unknown) == 2


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_one_changed_byte_anywhere_shows(made: bytes, checked, where: float, flip: int) -> None:
    changed = bytearray(made)
    changed[int(where * len(made))] ^= flip
    with pytest.raises(Differs):
        checked(bytes(changed))


def test_every_byte_of_the_structure_counts(made: bytes, checked) -> None:
    """All that is no content: headers, names, directory, end; and the manifest and signature."""
    pack = zipfile.ZipFile(BytesIO(made))
    inside = [
        range(info.header_offset + 30 + len(info.filename), info.header_offset + 30
              + len(info.filename) + info.file_size)
        for info in pack.infolist()
        if not info.filename.startswith("manifest")
    ]  # fmt: skip
    kept = [at for at in range(len(made)) if not any(at in part for part in inside)]
    assert len(kept) > 2000
    for at in kept[::5]:
        changed = bytearray(made)
        changed[at] ^= 1 + at % 255
        with pytest.raises(Differs):
            checked(bytes(changed))


def test_the_first_file_that_differs_is_named(made: bytes, checked) -> None:
    pack = zipfile.ZipFile(BytesIO(made))
    for info in pack.infolist():
        changed = bytearray(made)
        changed[info.header_offset + 30 + len(info.filename) + info.file_size // 2] ^= 1
        with pytest.raises(Differs) as caught:
            checked(bytes(changed))
        assert caught.value.name == info.filename


def rebuilt(made: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """Write the pack anew, in perfect form, with other contents."""
    pack = zipfile.ZipFile(BytesIO(made))
    files = {name: pack.read(name) for name in pack.namelist()}
    change(files)
    out = BytesIO()
    writer = PackWriter(out)
    for name, content in files.items():
        writer.add(name, content)
    writer.close()
    return out.getvalue()


def test_a_file_exchanged_with_its_checksums_shows(made: bytes, checked) -> None:
    assert checked(rebuilt(made, lambda files: None))
    with pytest.raises(Differs) as caught:
        checked(rebuilt(made, lambda files: files.update({"reads.json": b"[]\n"})))
    assert caught.value.name == "reads.json"
    with pytest.raises(Differs) as caught:
        checked(rebuilt(made, lambda files: files.pop("steps.json")))
    assert caught.value.name == "steps.json"

    def slip_in(files: dict[str, bytes]) -> None:
        signed = [files.pop("manifest.json"), files.pop("manifest.sig")]
        files["pictures/more.jpg"] = b"x"
        files["manifest.json"], files["manifest.sig"] = signed

    with pytest.raises(Differs) as caught:
        checked(rebuilt(made, slip_in))
    assert caught.value.name == "pictures/more.jpg"


def test_a_pack_signed_by_somebody_else_is_refused(made: bytes, tmp_path: Path, centre) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes(made)
    foreign = signing_key(replace(centre.settings, state_dir=tmp_path / "elsewhere"))
    with pytest.raises(Differs, match="not signed by this key"):
        check_pack(file, public_text(foreign))
    with pytest.raises(InvalidInput, match="key"):
        check_pack(file, "abc")
    with pytest.raises(NotFound):
        check_pack(tmp_path / "none.zip", public_text(foreign))


def deflated(name: str, content: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        # A time of its own: that of now would give the case another name in each process.
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        pack.writestr(entry, content)
    return out.getvalue()


def stored(name: bytes, size: int, content: bytes = b"") -> bytes:
    head = struct.pack("<IIIHH", zlib.crc32(content), size, size, len(name), 0)
    return b"PK\x03\x04" + FIXED + head + name + content


HOSTILE_ARCHIVES = [
    b"",
    b"PK",
    b"not a zip at all",
    deflated("a.json", bytes(50_000_000)),
    stored(b"../../etc/passwd", 0),
    stored(b"/etc/passwd", 0),
    stored(b"a/b/c.json", 0),
    stored(b".hidden", 0),
    stored(b"a\\b", 0),
    stored(b"x" * 60_000, 0),
    stored(b"a.json", 4_000_000_000),
    stored(b"a.json", 10, b"short"),
    b"".join(stored(b"a.json", 0) for _ in range(5_001)),
    b"PK\x05\x06" + bytes(18),
]


def test_a_hostile_archive_is_refused(checked, subtests) -> None:
    for content in HOSTILE_ARCHIVES:
        with subtests.test(content=content), pytest.raises(Differs):
            checked(content)


NAMES_ELSEWHERE = ["../../etc/passwd", "/etc/passwd", "a/b/c.json", ".hidden", "a\\b"]


def test_a_name_that_leads_elsewhere_is_refused_as_such(checked, subtests) -> None:
    for name in NAMES_ELSEWHERE:
        with subtests.test(name=name):
            with pytest.raises(Differs, match="no proper name"):
                checked(stored(name.encode(), 0))
            with pytest.raises(InvalidInput, match="name"):
                PackWriter(BytesIO()).add(name, b"")


def test_two_processes_that_come_at_once_make_one_key(centre: Centre, tmp_path: Path) -> None:
    fresh = replace(centre.settings, state_dir=tmp_path / "state2")
    keys: list[str] = []
    threads = [
        threading.Thread(target=lambda: keys.append(public_text(signing_key(fresh))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    file = tmp_path / "state2" / "secrets" / "evidence-key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["evidence-key"]


def test_the_key_may_come_from_the_environment(centre: Centre, tmp_path: Path) -> None:
    given = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    fresh = replace(centre.settings, evidence_key=given, state_dir=tmp_path / "none")
    assert public_text(signing_key(fresh)) == known_public(given, tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(InvalidInput, match="IOC_EVIDENCE_KEY"):
        signing_key(replace(fresh, evidence_key="short"))
    assert given not in repr(fresh)
    assert known_public("", tmp_path / "none") is None


@pytest.mark.parametrize("changes", [{"purpose": " "}, {"case": "x" * 300}, {"purpose": "a\nb"}])
def test_a_pack_needs_a_purpose(changes: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        replace(ORDER, **changes)


@pytest.mark.parametrize("number", ["0", "99", "x", "1 OR 1", "9" * 40])
def test_there_is_no_pack_of_nothing(centre: Centre, number: str) -> None:
    with pytest.raises(NotFound):
        make_pack(centre, number, ORDER, BytesIO())


def test_the_command_makes_checks_and_names(
    centre: Centre, alert, service_env, tmp_path: Path, monkeypatch, capsys
) -> None:
    for name, value in service_env.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "out.zip"
    assert main(["admin", "pack", alert, "--out", str(file), "--purpose", "p"]) == 0
    assert main(["admin", "verify", str(file)]) == 0
    capsys.readouterr()
    assert main(["admin", "public-key"]) == 0
    key = capsys.readouterr().out.strip()
    monkeypatch.setenv("IOC_STATE", str(tmp_path / "nothing"))
    assert main(["admin", "verify", str(file)]) == 2
    assert "--key" in capsys.readouterr().err
    assert main(["admin", "verify", str(file), "--key", key]) == 0
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    file.write_bytes(changed)
    assert main(["admin", "verify", str(file), "--key", key]) == 1
    assert main(["admin", "pack", "99", "--out", str(file), "--purpose", "p"]) == 1
    assert list(tmp_path.glob(".*.part")) == []
