"""Pictures: named by their content, there before anything names them, gone on their day."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from ioc.centre import Centre
from ioc.errors import InvalidInput, NotFound, Unavailable
from ioc.evidence import MAX_BYTES, keep, load, path_of, picture_of, sweep, sweep_orphans

JPEG = b"\xff\xd8\xff\xe0 a picture"
WHOLE = (0, 1)


def kept(centre: Centre, picture: bytes = JPEG, **ago: float) -> str:
    return keep(centre, picture, "plate", "cam-001", centre.now() - timedelta(**ago))


def files(centre: Centre) -> list[Path]:
    return [path for path in centre.settings.evidence_dir.rglob("*") if path.is_file()]


def test_a_picture_is_found_by_the_hash_of_its_content(centre: Centre) -> None:
    name = kept(centre)
    assert name == hashlib.sha256(JPEG).hexdigest()
    assert load(centre, name) == JPEG
    found = picture_of(centre, name)
    assert (found.kind, found.camera, found.taken_at) == ("plate", "cam-001", centre.now())


def test_kept_twice_it_is_there_once(centre: Centre) -> None:
    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(lambda _: kept(centre), range(12)))
    assert len(names) == 1
    assert files(centre) == [path_of(centre, names.pop())]


def test_nobody_else_on_the_machine_sees_it(centre: Centre) -> None:
    file = path_of(centre, kept(centre))
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


NO_HASHES = [
    "",
    "..",
    "../../etc/passwd",
    "0" * 63,
    "0" * 65,
    "G" * 64,
    "0" * 32 + "/" + "0" * 31,
    "Ａ" * 64,
]


def test_a_name_that_is_no_hash_never_becomes_a_path(centre: Centre, subtests) -> None:
    for name in NO_HASHES:
        with subtests.test(name=name):
            for ask in (load, path_of):
                with pytest.raises(InvalidInput, match="sha256"):
                    ask(centre, name)


def test_what_is_not_kept_is_not_found(centre: Centre) -> None:
    for ask in (load, picture_of):
        with pytest.raises(NotFound):
            ask(centre, "0" * 64)


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (b"", "no JPEG"),
        (b"GIF89a", "no JPEG"),
        (b"<svg onload=alert(1)>", "no JPEG"),
        (JPEG + bytes(MAX_BYTES), "larger"),
    ],
)
def test_what_is_no_picture_is_refused(centre: Centre, picture: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as fault:
        kept(centre, picture)
    assert fault.value.field == "images.plate"
    assert files(centre) == []


def test_a_picture_changed_on_the_disk_is_not_shown(centre: Centre) -> None:
    name = kept(centre)
    path_of(centre, name).write_bytes(JPEG + b" touched up")
    with pytest.raises(Unavailable, match="changed"):
        load(centre, name)


def test_a_full_or_missing_disk_is_said_so(centre: Centre) -> None:
    centre.settings.evidence_dir.write_bytes(b"a file where the folder should be")
    with pytest.raises(Unavailable, match="evidence"):
        kept(centre)


def test_pictures_go_on_their_day(centre: Centre) -> None:
    old, new = kept(centre, JPEG + b"1", days=61), kept(centre, JPEG + b"2", days=59)
    assert sweep(centre, centre.now() - timedelta(days=60)) == 1
    assert files(centre) == [path_of(centre, new)]
    with pytest.raises(NotFound):
        picture_of(centre, old)


def test_files_that_no_row_names_are_swept_once_they_are_old(centre: Centre) -> None:
    named = path_of(centre, kept(centre))
    stray = named.with_name("tmp-of-a-crash")
    stray.write_bytes(JPEG)
    fresh = named.with_name("tmp-of-now")
    fresh.write_bytes(JPEG)
    an_hour_ago = (centre.now() - timedelta(hours=1)).timestamp()
    for file in (named, stray):
        os.utime(file, (an_hour_ago, an_hour_ago))
    assert sweep_orphans(centre, centre.now() - timedelta(minutes=30), WHOLE) == 1
    assert set(files(centre)) == {named, fresh}


def test_shares_of_the_folder_are_all_of_it(centre: Centre) -> None:
    for number in range(40):
        name = hashlib.sha256(bytes([number])).hexdigest()
        file = path_of(centre, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(JPEG)
    later = centre.now() + timedelta(days=9999)
    swept = [sweep_orphans(centre, later, (part, 24)) for part in range(24)]
    assert sum(swept) == 40
    assert max(swept) < 40
    assert files(centre) == []
