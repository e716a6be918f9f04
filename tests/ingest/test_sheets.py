"""Files of registrations, and workbooks: read as CSV is, whatever people put into a sheet."""

import csv
import io
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from ingest.files.importing import import_file
from ingest.files.kinds import Kind
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.permits.service import permits_of
from ioc.registrations.model import Choice, VehicleKind
from ioc.registrations.rules import WAITING
from ioc.registrations.service import search

HEADER = ("plate", "kind", "seats", "driver", "origin", "from", "until", "roads")
GOOD = (
    *("43C-168.39", "lorry", "3", "Nguyễn Văn Ả", "Đà Nẵng"),
    *("2021-10-04T06:00:00+07:00", "2021-10-06T06:00:00+07:00", "ql1a-north"),
)
# Day 44473 of a sheet is 4 October 2021; format 22 shows a number as a day and a time.
MORNING, LATER = 44473.25, 44475.25
PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="Xe" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
        "</styleSheet>"
    ),
}


def cell(value: object) -> str:
    if isinstance(value, float):
        return f'<c s="1"><v>{value}</v></c>'
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def workbook(*rows: tuple[object, ...], **parts: str) -> bytes:
    lines = "".join(f"<row>{''.join(cell(value) for value in row)}</row>" for row in rows)
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{lines}</sheetData></worksheet>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet, **parts}.items():
            packed.writestr(name, text)
    return out.getvalue()


def imported(centre: Centre, file: Path, kind: Kind = Kind.REGISTRATIONS) -> Counter[str]:
    return +import_file(centre, file, kind, "portal", lambda _: None)


def test_registrations_come_from_a_csv_file_once(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "xe.csv"
    rows = [",".join(HEADER), ",".join(GOOD), ",".join(("", *GOOD[1:]))]
    file.write_text("\n".join(rows), encoding="utf-8-sig")
    assert imported(centre, file) == {"recorded": 1, "refused": 1}
    [filing] = search(centre, Choice(WAITING))
    one = filing.registration
    assert (one.plate, one.kind, one.seats) == ("43C16839", VehicleKind.LORRY, 3)
    assert (one.driver, one.roads) == ("Nguyễn Văn Ả", ("ql1a-north",))
    assert imported(centre, file) == {"repeated": 1, "refused": 1}


def test_a_workbook_is_read_as_people_fill_it_in(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "xe.xlsx"
    filled = ("43C-168.39", "lorry", 3, "Nguyễn Văn Ả", "Đà Nẵng", MORNING, LATER, "ql1a-north")
    wrong = ("43C-168.40", "spaceship", 3, "", "", "2021-10-04 06:00", "", "")
    file.write_bytes(workbook(HEADER, filled, ("",) * 8, wrong, (*GOOD, "beyond")))
    assert imported(centre, file) == {"recorded": 1, "refused": 2}
    [filing] = search(centre, Choice(WAITING))
    one = filing.registration
    # A cell that is a time is the city's; a text without an offset is refused as anywhere.
    assert one.from_at == datetime(2021, 10, 3, 23, 0, tzinfo=UTC)
    assert (one.seats, one.driver) == (3, "Nguyễn Văn Ả")
    beside = file.with_name("xe.refused.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(beside))
    assert [row["line"] for row in rows] == ["4", "5"]
    assert rows[0]["why"].startswith("kind: ")
    assert rows[1]["why"] == "row: has 1 values beyond its columns"
    assert imported(centre, file) == {"repeated": 1, "refused": 2}


def test_permits_come_from_a_workbook_too(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "giay.xlsx"
    header = ("plate", "class", "valid_from", "valid_until")
    file.write_bytes(workbook(header, ("43C-168.39", "yellow", MORNING, LATER)))
    assert imported(centre, file, Kind.PERMITS) == {"recorded": 1}
    assert permits_of(centre, "43C16839")[0].permit_class == "yellow"


BOMB = "<worksheet>" + " " * 310_000_000
OTHERS = (
    (workbook()[:200], "no workbook (XLSX) that can be read"),
    (workbook(), "no header"),
    (workbook(("plat",)), "did you mean 'plate'"),
    (workbook(("kind",)), "lacks plate"),
    (workbook(("plate", "plate")), "stands twice"),
    (workbook(**{"xl/worksheets/sheet1.xml": "<worksheet><sheet"}), "can be read"),
    (workbook(**{"xl/workbook.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><w>&a;</w>"}), "can be read"),
    (b"PK\x03\x04" + bytes(1000), "can be read"),
)


def test_what_is_no_sheet_of_ours_says_so(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    for content, said in OTHERS:
        file.write_bytes(content)
        with pytest.raises(InvalidInput) as refused:
            imported(centre, file)
        assert said in str(refused.value)


def test_a_workbook_that_unpacks_without_end_is_refused(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    file.write_bytes(workbook(**{"xl/worksheets/sheet1.xml": BOMB}))
    assert file.stat().st_size < 1_000_000
    with pytest.raises(InvalidInput, match="split it"):
        imported(centre, file)
