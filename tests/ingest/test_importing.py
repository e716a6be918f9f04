"""Files of any heading, looked at first, broken off and gone on with, by several writers."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from ingest.files.columns import Reading, load_mapping, save_mapping
from ingest.files.importing import Manner, import_file
from ingest.files.kinds import SHAPES, Kind
from ingest.names import load_names
from ingest.reasons import Reasons
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput
from ioc.overview import figures
from ioc.permits.service import permits_of

CONFIG = Path(__file__).resolve().parents[2] / "config"
HEADER = "id,plate,class,valid_from,valid_until"
DAYS = "2021-10-01T00:00:00+07:00,2021-11-01T00:00:00+07:00"
VIETNAMESE = "Biển kiểm soát;LOẠI THẺ;Từ ngày;Đến ngày;Chủ xe;Ghi chú của Sở"


def imported(
    centre: Centre, file: Path, manner: Manner | None = None, told: Callable = lambda _: None
) -> Counter[str]:
    return +import_file(centre, file, Kind.PERMITS, "transport", told, manner)


def rows_of(count: int, start: int = 0) -> list[str]:
    return [f"p-{n},43C{n:05},green,{DAYS}" for n in range(start, start + count)]


def granted(centre: Centre) -> int:
    counted = text("SELECT count(*) FROM permits")
    return transact(centre.engine, lambda conn: conn.execute(counted).scalar_one())


def test_headings_are_known_in_both_languages_and_mapped(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "giay.csv"
    file.write_text(
        f"{VIETNAMESE}\n43C-168.39;green;01/10/2021 00:00;01/11/2021 00:00;Cty A;x\n"
        "43C-168.40;green;hôm nay;01/11/2021 00:00;Cty B;x\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput, match="header: there is no column 'Ghi chú của Sở'"):
        imported(centre, file)
    saved = tmp_path / "so-gtvt.toml"
    save_mapping(saved, Reading({"ghi chú của sở": ""}, times="%d/%m/%Y %H:%M"))
    counts = imported(centre, file, Manner(load_mapping(saved)))
    assert counts == {"recorded": 1, "refused": 1}
    [permit] = permits_of(centre, "43C16839")
    assert (permit.holder, permit.valid_from.isoformat()) == ("Cty A", "2021-09-30T17:00:00+00:00")
    with file.with_name("giay.refused.csv").open(encoding="utf-8-sig", newline="") as beside:
        [row] = csv.DictReader(beside, delimiter=";")
    assert row["why"].startswith("valid_from: must be a time")
    assert row["why_vi"].startswith("Có giá trị từ (valid_from): phải là thời điểm")
    assert row["Ghi chú của Sở"] == "x"


OF_KINDS = (
    (
        Kind.CARDS,
        "Họ tên,CCCD,Ngày sinh,Loại",
        "Lê Thị Hoa,999185000007,07/03/1985,paper",
        "cards_total",
    ),
    (
        Kind.CALLS,
        "Tổng đài,Chiều,Giờ gọi,Chủ đề",
        "19001075,in,2021-10-04T07:00:00Z,travel",
        "calls_total",
    ),
    (
        Kind.SCANS,
        "Mã điểm,Mã quét,Chiều,Giờ quét",
        "dong-ba-07,999185000007|LE THI HOA|1985-03-07|0|SIM7|,in,2021-10-04T07:00:00Z",
        "scans_total",
    ),
)


def test_files_of_people_s_headings_go_in_by_kind(centre: Centre, tmp_path: Path) -> None:
    for kind, header, row, figure in OF_KINDS:
        file = tmp_path / f"{kind}.csv"
        file.write_text(f"{header}\n{row}\n", encoding="utf-8")
        counts = +import_file(centre, file, kind, "so", lambda _: None)
        beside = file.with_name(f"{kind}.refused.csv")
        assert counts == {"recorded": 1}, beside.read_text() if beside.exists() else kind
        assert +import_file(centre, file, kind, "so", lambda _: None) == {"repeated": 1}
        assert figures(centre).values[figure] == 1


MAPPINGS = (
    ({"Ghi chú": "note"}, "map: there is no column 'note'"),
    ({"Không có": "plate"}, "map: the file has no column 'khong co'"),
)


def test_a_mapping_that_fits_no_column_is_refused(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "giay.csv"
    file.write_text(f"{HEADER},Ghi chú\n", encoding="utf-8")
    for columns, said in MAPPINGS:
        with pytest.raises(InvalidInput) as refused:
            imported(centre, file, Manner(Reading(columns)))
        assert str(refused.value).startswith(said)
    for content in ("columns = 3", 'speed = "x"', "[columns]\na = 1", "[columns"):
        saved = tmp_path / "m.toml"
        saved.write_text(content, encoding="utf-8")
        with pytest.raises(InvalidInput, match=r"^mapping: m\.toml"):
            load_mapping(saved)


def test_a_dry_run_looks_at_every_row_and_writes_nothing(centre: Centre, tmp_path: Path) -> None:
    file = tmp_path / "giay.csv"
    file.write_text("\n".join([HEADER, *rows_of(3), f"p-9,43C00009,blue,{DAYS}"]))
    dry = Manner(is_dry=True)
    assert imported(centre, file, dry) == {"valid": 3, "refused": 1}
    assert file.with_name("giay.refused.csv").exists()
    assert granted(centre) == 0
    kept = text("SELECT count(*) FROM refused")
    assert transact(centre.engine, lambda conn: conn.execute(kept).scalar_one()) == 0
    runs = text("SELECT file, kind, recorded, refused FROM import_runs")
    assert transact(centre.engine, lambda conn: conn.execute(runs).all()) == []
    assert imported(centre, file) == {"recorded": 3, "refused": 1}
    [run] = transact(centre.engine, lambda conn: conn.execute(runs).all())
    assert tuple(run) == ("giay.csv", "permits", 3, 1)


class Broken(Exception):
    """What breaks an import off in the middle."""


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_an_import_that_was_broken_off_goes_on_where_it_was(
    centre: Centre, tmp_path: Path, suffix: str
) -> None:
    from tests.ingest.test_sheets import workbook

    file = tmp_path / f"giay.{suffix}"
    lines = [HEADER, f"p-x,43C00001,blue,{DAYS}", *rows_of(2400), f"p-y,43C00001,blue,{DAYS}"]
    if suffix == "csv":
        file.write_text("\n".join(lines))
    else:
        file.write_bytes(workbook(*(tuple(line.split(",")) for line in lines)))
    told: list[int] = []

    def break_off(read: int) -> None:
        told.append(read)
        if len(told) == 2:
            raise Broken

    with pytest.raises(Broken):
        imported(centre, file, told=break_off)
    bookmark = file.with_name("giay.import.json")
    assert json.loads(bookmark.read_text())["spot"][1] == 2001
    more: list[int] = []
    # The counts are those of the whole import; a batch that was written ahead is known again.
    counts = imported(centre, file, told=more.append)
    assert (counts["recorded"] + counts["repeated"], counts["refused"]) == (2400, 2)
    assert counts["repeated"] <= 1000
    assert more[0] == sum(told)
    assert sum(more) == file.stat().st_size
    assert not bookmark.exists()
    with file.with_name("giay.refused.csv").open(encoding="utf-8-sig", newline="") as beside:
        assert [row["line"] for row in csv.DictReader(beside)] == ["2", "2403"]
    assert granted(centre) == 2400


def test_a_bookmark_of_another_file_or_a_torn_one_is_not_believed(
    centre: Centre, tmp_path: Path
) -> None:
    file = tmp_path / "giay.csv"
    file.write_text("\n".join([HEADER, *rows_of(3)]))
    bookmark = file.with_name("giay.import.json")
    for content in ("", "[]", '{"of": 3}', '{"of": "x", "spot": [99, 2], "counts": {}}'):
        bookmark.write_text(content)
        assert sum(imported(centre, file).values()) == 3


def test_several_processes_write_and_the_refused_keep_their_order(
    centre: Centre, tmp_path: Path
) -> None:
    file = tmp_path / "giay.csv"
    wrong = [f"w-{n},43C00001,blue,{DAYS}" for n in range(3)]
    mixed = [*wrong[:1], *rows_of(1500), *wrong[1:2], *rows_of(1500, 1500), *wrong[2:]]
    file.write_text("\n".join([HEADER, *mixed]))
    assert imported(centre, file, Manner(writers=2)) == {"recorded": 3000, "refused": 3}
    with file.with_name("giay.refused.csv").open(encoding="utf-8-sig", newline="") as beside:
        assert [row["id"] for row in csv.DictReader(beside)] == ["w-0", "w-1", "w-2"]
    assert imported(centre, file) == {"repeated": 3000, "refused": 3}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_column_of_every_kind_has_words_in_both_languages(kind: Kind) -> None:
    names = load_names(CONFIG / "columns.toml")
    assert not [column for column in SHAPES[kind].columns if column not in names]


REASONS = (
    ("plate: is empty", "Biển số (plate): để trống"),
    ("roads.1: there is no road 'x'", "Đường được đi 2 (roads.1): không có đường 'x'"),
    ("id: id_reused: this id came before with another content", "Mã bản ghi (id): mã này đã gửi"),
    ("class: Input should be 'green' or 'red'", "Loại thẻ (class): không phải là một trong: 'gr"),
    ("row: has 5 values for 9 columns", "Dòng (row): có 5 giá trị cho 9 cột"),
    ("strange: Field required", "strange (strange): thiếu"),
    ("nothing", "không hợp lệ: nothing"),
)


def test_reasons_are_said_in_vietnamese_by_the_name_of_the_field() -> None:
    reasons = Reasons(CONFIG)
    for why, said in REASONS:
        assert reasons.in_vietnamese(why).startswith(said), why
