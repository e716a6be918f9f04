"""Doses, tests, results and paper totals from files, as offices keep them."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from ingest.files.importing import import_file
from ingest.files.kinds import Kind
from ingest.reasons import Reasons
from ioc.centre import Centre
from ioc.overview import figures

CONFIG = Path(__file__).resolve().parents[2] / "config"
AT = "2021-10-03T09:00:00+07:00"
FILES = (
    (
        Kind.DOSES,
        "Số CCCD;Họ và tên;Ngày sinh;Vắc xin;Số lô;Mũi số;Cơ sở;Thời điểm tiêm",
        (
            f"046085000123;Nguyễn Văn A;07/03/1985;Comirnaty;FF8871;1;tc-bvtw;{AT}",
            f"046085000124;Nguyễn Văn B;1985;Vero Cell;B2021;1;tc-bvtw;{AT}",
            f"046085000125;Nguyễn Văn C;1985;Vero Cell;B2021;9;tc-bvtw;{AT}",
        ),
        ("number", "Mũi số (number): vero-cell có nhiều nhất 4 mũi"),
    ),
    (
        Kind.TESTS,
        "Số CCCD;Họ và tên;Loại xét nghiệm;Mã ống;Cơ sở xét nghiệm;Ngày lấy mẫu;Kết quả",
        (
            f"046085000123;Nguyễn Văn A;pcr;TUBE1;xn-bvtw;{AT};",
            f"046085000124;Nguyễn Văn B;pcr;TUBE2;xn-bvtw;{AT};negative",
            f"046085000125;Nguyễn Văn C;pcr;TUBE2;xn-bvtw;{AT};",
        ),
        ("tube", "Mã ống (tube): ống TUBE2 đã dùng ngày 2021-10-03 cho người khác"),
    ),
    (
        Kind.RESULTS,
        "Mã ống;Kết quả",
        ("TUBE1;positive", "tube2;negative", "TUBE9;negative"),
        ("tube", "Mã ống (tube): không biết mẫu nào của 'TUBE9'"),
    ),
    (
        Kind.PAPER_TOTALS,
        "Cơ sở;Ngày;Loại;Số lượng",
        ("tc-bvtw;2021-10-03;dose;3", "xn-bvtw;2021-10-03;tests;2", "tc-bvtw;2022-10-03;dose;3"),
        ("day", "Ngày (day): sau ngày hôm nay"),
    ),
)


def test_files_are_taken_in_once_and_what_is_wrong_is_said_in_both_languages(
    centre: Centre, tmp_path: Path
) -> None:
    for kind, header, rows, (field, said) in FILES:
        file = tmp_path / f"{kind.value}.csv"
        file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        counts: Counter[str] = +import_file(centre, file, kind, "office", lambda _read: None)
        assert counts == {"recorded": 2, "refused": 1}, kind
        with file.with_name(f"{kind.value}.refused.csv").open(encoding="utf-8-sig") as beside:
            [row] = csv.DictReader(beside, delimiter=";")
        assert row["why"].startswith(f"{field}: "), kind
        assert row["why_vi"].startswith(said), kind
        again = file.with_name(f"again-{kind.value}.csv")
        again.write_bytes(file.read_bytes())
        counts = +import_file(centre, again, kind, "office", lambda _read: None)
        assert counts == {"repeated": 2, "refused": 1}, kind
    now = figures(centre).values
    told = [now[name] for name in ("doses_total", "doses_reported_total", "tests_total")]
    assert told == [2, 3, 2]


REASONS = (
    "'aspirin' is none of pfizer, moderna",
    "'?' is no batch number of pfizer",
    "pfizer was not in use on 2021-01-01",
    "lies before the person's birth",
    "was 11; pfizer is given from 12 on",
    "2 lies before number 1 of 2021-09-01",
    "1 lies after number 2 of 2021-09-01",
    "is 9 days after number 1; pfizer needs 21",
    "is 9 days before number 2, which needs 21",
    "is older than doses are kept",
    "is older than tests are kept",
    "'?' is no barcode of a tube",
    "TUBE1 holds the sample abc of this person already",
    "TUBE1 holds 10 persons, as many as a pool may",
    "lies before the sample was taken",
    "has no result",
    "negative stands; a correction says why",
    "names its tube or its test: one of the two",
    "lies ahead of now by more than 0:05:00",
)


@pytest.mark.parametrize("why", REASONS)
def test_every_reason_of_health_has_words(why: str) -> None:
    assert Reasons(CONFIG).knows(why)
