"""`/v1/reports`: each agency sees and works on its own, never on who sent it."""

import httpx
import pytest

from ingest.files.importing import import_file
from ingest.files.kinds import Kind
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.reports.model import Wanted
from ioc.reports.service import reporter_of, search

LIGHT = {
    "service": "street-light",
    "lat": 16.4637,
    "lon": 107.5909,
    "description": "Đèn tối",
    "reporter": {"name": "Nguyễn Thị A", "phone": "0905123456"},
}


@pytest.fixture
def under(stranger: httpx.Client, centre: Centre):
    """Return the headers of a source with rights."""

    def headers(source: str, *rights: Right) -> dict[str, str]:
        return {"Authorization": f"Bearer {create_key(centre, source, list(rights))}"}

    return headers


def sent(http: httpx.Client, headers: dict, *items: dict) -> list[dict]:
    batch = [{"id": f"r-{n}", **LIGHT, **item} for n, item in enumerate(items)]
    answer = http.post("/v1/reports", json={"items": batch}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def test_an_agency_sees_its_own_reports(stranger: httpx.Client, under) -> None:
    app, centre = under("hue-s", Right.REPORTS), under("room", Right.HANDLING)
    hepco, power = under("hepco", Right.HANDLING), under("dien-luc", Right.HANDLING)
    sent(stranger, app, {}, {"lon": 107.5910}, {"service": "power-cut"})

    def refs(headers: dict, **asked: str) -> int:
        answer = stranger.get("/v1/reports", params=asked, headers=headers)
        assert "0905123456" not in answer.text
        return len(answer.json()["items"])

    assert (refs(centre), refs(hepco), refs(power)) == (3, 2, 1)
    assert refs(centre, agency="hepco", state="received", overdue="false") == 2
    assert refs(centre, sort="ticket") == refs(centre, overdue="true") == 0
    assert stranger.get("/v1/reports?agency=hepco", headers=power).status_code == 404


def test_an_agency_works_on_a_report_to_its_end(stranger: httpx.Client, under, jpeg64: str) -> None:
    app = under("hue-s", Right.REPORTS)
    hepco, power = under("hepco", Right.HANDLING), under("dien-luc", Right.HANDLING)
    first, _, _ = sent(stranger, app, {}, {"lon": 107.5910}, {"service": "power-cut"})
    at = f"/v1/reports/{first['ref']}"
    assert stranger.get(at, headers=power).status_code == 404
    whole = stranger.get(at, headers=hepco).json()
    assert "fix" in whole["possible"]
    assert "reopen" not in whole["possible"]
    [near] = whole["near"]
    assert near["distance_m"] == pytest.approx(10.7, abs=0.2)
    assert near["report"]["description"] == "Đèn tối"

    def step(headers: dict, **body: str) -> httpx.Response:
        return stranger.post(f"{at}/steps", json=body, headers=headers)

    assert step(power, step="start").status_code == 404
    assert step(hepco, step="reopen", note="x").status_code == 403
    assert step(hepco, step="fix").json()["field"] == "note"
    assert step(hepco, step="fix", note="xong", picture="bm8=").json()["field"] == "picture"
    fixed = step(hepco, step="fix", note="xong", picture=jpeg64).json()
    assert (fixed["state"], fixed["answer"]) == ("fixed", "xong")
    assert len(fixed["answer_picture"]) == 64
    assert step(hepco, step="fix", note="xong").status_code == 409
    [load] = stranger.get("/v1/reports/workloads", headers=hepco).json()["items"]
    assert (load["agency"], load["closed"], load["share_in_time"]) == ("hepco", 1, 1.0)
    _answered_by_its_sender(stranger, app, first)
    steps = stranger.get(at, headers=hepco).json()["steps"]
    assert [(done["step"], done["is_in_time"]) for done in steps] == [
        ("receive", None),
        ("fix", True),
        ("rate", None),
        ("reopen", None),
    ]


def _answered_by_its_sender(stranger: httpx.Client, app: dict, first: dict) -> None:
    at = f"/v1/reports/{first['ref']}"

    def answered(**body: object) -> httpx.Response:
        return stranger.post(f"{at}/replies", json=body, headers=app)

    secret = first["secret"]
    assert answered(secret="0" * 32, step="rate", stars=5).status_code == 403
    assert answered(secret=secret, step="rate", stars=6).json()["field"] == "stars"
    assert answered(secret=secret, step="rate", stars=4).json()["stars"] == 4
    assert answered(secret=secret, step="rate", stars=5).status_code == 409
    assert answered(secret=secret, step="reopen", note="vẫn tối").json()["state"] == "reopened"


def test_who_sent_it_is_told_to_the_few_with_a_purpose(stranger: httpx.Client, under) -> None:
    [result] = sent(stranger, under("hue-s", Right.REPORTS), {})
    at = f"/v1/reports/{result['ref']}/reporter"
    trusted = under("inspectors", Right.REPORTERS)
    assert stranger.get(at, headers=trusted).status_code == 422
    who = stranger.get(at, params={"purpose": "gọi lại xác minh"}, headers=trusted)
    assert who.json() == {
        "ref": result["ref"],
        "name": "Nguyễn Thị A",
        "phone": "0905123456",
        "email": None,
        "account": None,
    }
    assert who.headers["cache-control"] == "no-store"
    room = under("room", Right.HANDLING, Right.REPORTS)
    assert stranger.get(at, params={"purpose": "tò mò"}, headers=room).status_code == 403


def test_what_a_report_lacks_is_named_and_its_sender_is_not_kept(
    stranger: httpx.Client, under, centre: Centre
) -> None:
    app = under("hue-s", Right.REPORTS)
    for changes, field in (
        ({"service": "nothing"}, "service"),
        ({"lat": 91}, "lat"),
        ({"lon": None}, "lon"),
        ({"place": "nowhere"}, "place"),
        ({"service": "garbage"}, "attribute[what]"),
        ({"attributes": {"pole": ["1", "2"]}}, "attribute[pole]"),
        ({"at": "2021-10-05T00:00:00+07:00"}, "at"),
        ({"media_url": "ftp://x"}, "media_url"),
        ({"reporter": {"ssn": "1"}}, "reporter.ssn"),
    ):
        [result] = sent(stranger, app, changes)
        assert result["status"] == "refused"
        assert result["why"].startswith(f"{field}:"), result
    with centre.engine.connect() as conn:
        rows = conn.exec_driver_sql("SELECT content FROM refused").scalars().all()
    assert rows
    assert not [row for row in rows if "0905123456" in row]


def test_reports_come_from_a_file_as_well(centre: Centre, tmp_path) -> None:
    file = tmp_path / "phan-anh.csv"
    file.write_text(
        "Loại phản ánh,Vĩ độ,Kinh độ,Mô tả,Lúc,Điện thoại người phản ánh\n"
        "street-light,16.4637,107.5909,Đèn tối,2021-10-03T20:00:00+07:00,0905123456\n"
        "noise,16.4637,,Ồn,2021-10-03T22:00:00+07:00,0905123456\n"
        "rescue,,,Lũ,,\n",
        encoding="utf-8",
    )
    counts = import_file(centre, file, Kind.REPORTS, "ioc-2020", lambda _: None)
    assert +counts == {"recorded": 1, "refused": 2}
    beside = file.with_name("phan-anh.refused.csv").read_text(encoding="utf-8-sig")
    assert "lon: is missing" in beside
    assert "attribute[people]: is missing" in beside
    [case] = search(centre, Wanted())
    assert case.requested_at.isoformat() == "2021-10-03T13:00:00+00:00"
    assert reporter_of(centre, case.ref, "officer", "gọi lại").phone == "0905123456"
