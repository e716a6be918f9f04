"""Files as people save them: every good row goes in once, every bad one comes back with why."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.cli import app
from ingest.files.importing import import_file
from ingest.files.kinds import Kind
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.permits.service import permits_of

HEADER = "id,plate,class,valid_from,valid_until,holder,destination,roads,deadline"
DAYS = "2021-10-01T00:00:00+07:00,2021-11-01T00:00:00+07:00"


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str = "permits.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


def imported(centre: Centre, file: Path) -> Counter[str]:
    return +import_file(centre, file, Kind.PERMITS, "transport", lambda _: None)


def refused_rows(file: Path) -> list[dict[str, str]]:
    beside = file.with_name("permits.refused.csv")
    with beside.open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))


def test_rows_go_in_once_whatever_happens_to_the_file(centre: Centre, write) -> None:
    file = write(
        f"{HEADER}\n"
        f"p-1,43c-168.39,green,{DAYS},Nguyễn Văn A,,,\n"
        f'p-2,51B98271,red,{DAYS},"Công ty ""B"", Huế",kcl-truong-bia,ql1a-north ql1a-north-gate,\n'
        f"\n,,,,,,,,\n"
        f",29MĐ123456,yellow,{DAYS},,,,2021-10-05T12:00:00Z\n"
    )
    assert imported(centre, file) == {"recorded": 3}
    assert imported(centre, file) == {"repeated": 3}
    [red] = permits_of(centre, "51B98271")
    assert (red.holder, red.destination) == ('Công ty "B", Huế', "kcl-truong-bia")
    assert red.roads == ("ql1a-north", "ql1a-north-gate")
    assert permits_of(centre, "29MD123456")[0].deadline is not None
    assert not file.with_name("permits.refused.csv").exists()


def test_files_of_spreadsheets_are_read(centre: Centre, write) -> None:
    text = f"PLATE;Class;valid_from;valid_until\r\n43C16839;green;{DAYS.replace(',', ';')}\r\n"
    assert imported(centre, write(b"\xef\xbb\xbf" + text.encode())) == {"recorded": 1}
    assert imported(centre, write(text.replace(";", "\t"))) == {"repeated": 1}


def test_refused_rows_come_back_with_line_and_reason_and_can_be_mended(centre, write) -> None:
    good = f"p-0,43C16839,green,{DAYS},,,,"
    wrong = {
        f"p-1,{'4' * 200},green,{DAYS},,,,": "plate: ",
        f"p-2,43C16839,blue,{DAYS},,,,": "class: ",
        "p-3,43C16839,green,2021-10-01,2021-11-01,,,,": "valid_from: the time has no offset",
        f"p-4,43C16839,green,{DAYS},,nowhere,,": "destination: ",
        f"p-5,43C16839,green,{DAYS},,,ql1a-north no-road,": "roads.1: ",
        f"p-6,43C16839,green,{DAYS}": "row: has 5 values for 9 columns",
        f"p-7,43C16839,green,{DAYS},,,,,,": "row: has 11 values for 9 columns",
        "p-8,,,,,,,,": "plate: ",
        "p-0,75A00001,green," + DAYS + ",,,,": "id: id_reused",
        f"p-9,43C16839,green,{DAYS},{'x' * 200_000},,,": "row: field larger than field limit",
    }
    file = write("\n".join([HEADER, good, *wrong]))
    assert imported(centre, file) == {"recorded": 1, "refused": len(wrong)}
    rows = refused_rows(file)
    assert [int(row["line"]) for row in rows] == list(range(3, 3 + len(wrong)))
    for row, why in zip(rows, wrong.values(), strict=True):
        assert row["why"].startswith(why), row
    file.write_text(f"{HEADER}\n{good}")
    assert imported(centre, file) == {"repeated": 1}
    assert not file.with_name("permits.refused.csv").exists()


OTHERS = (
    (b"", "no header"),
    (b"\n\n", "no header"),
    (b"plate,class,valid_from\n", "header: lacks valid_until"),
    (b"plate,clas,valid_from,valid_until\n", "'clas'; did you mean 'class'"),
    (b"plate,class,valid_from,valid_until,colour of car\n", "'colour of car'"),
    (b"plate,plate,class,valid_from,valid_until\n", "'plate' stands twice"),
    (b"PK\x03\x04 and so on", "no workbook (XLSX) that can be read"),
    (b"\xd0\xcf\x11\xe0 and so on", "old workbook"),
    (b"\xff\xfep\x00l\x00", "UTF-16"),
    (b"plate,class,valid_from,valid_until,holder\nx,y,z,w,\xd5\xe9\n", "line 2 is not UTF-8"),
    (b"plate" * 300_000, "longer than"),
)


def test_a_file_of_another_kind_says_what_to_do(centre: Centre, write, tmp_path: Path) -> None:
    for content, said in OTHERS:
        with pytest.raises(InvalidInput, match=r"^(file|header): ") as caught:
            imported(centre, write(content))
        assert said in str(caught.value)
    with pytest.raises(InvalidInput, match="there is no file"):
        imported(centre, tmp_path / "missing.csv")


def test_a_long_file_goes_in_by_batches(centre: Centre, write) -> None:
    rows = "\n".join(f"p-{n},43C{n:05},green,{DAYS},,,," for n in range(2500))
    told = []
    file = write(f"{HEADER}\n{rows}\n")
    counts = import_file(centre, file, Kind.PERMITS, "transport", told.append)
    assert counts["recorded"] == 2500
    assert len(told) == 3
    assert sum(told) == file.stat().st_size


def test_the_command_tells_counts_and_fails_when_rows_were_refused(
    centre: Centre, write, service_env: dict[str, str]
) -> None:
    def run(file: Path, *more: str) -> tuple[int, str]:
        words = ["import", str(file), "--kind", "permits", *more]
        result = CliRunner().invoke(app, words, env=service_env)
        return result.exit_code, result.stdout

    file = write(f"{HEADER}\np-1,43C16839,green,{DAYS},,,,\n")
    assert run(file) == (0, "1 recorded, 0 repeated, 0 refused\n")
    assert run(file) == (0, "0 recorded, 1 repeated, 0 refused\n")
    file.write_text(f"{HEADER}\np-1,43C16839,green,{DAYS},,,,\np-2,?,green,{DAYS},,,,\n")
    code, said = run(file)
    assert code == 1
    assert said.startswith("0 recorded, 1 repeated, 1 refused\n")
    assert "permits.refused.csv" in said
    assert run(file, "--kind", "dreams")[0] == 2
