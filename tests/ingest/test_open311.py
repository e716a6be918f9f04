"""Open311 GeoReport v2: by a client nobody here wrote, in XML and JSON alike, told as it says."""

import json
from datetime import datetime
from xml.etree import ElementTree as ET

import httpx
import pytest
import redis
from georeport import GeoReport
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ingest.open311.rendering import SINGULAR, as_text, speakable, to_json, to_xml
from ioc import evidence
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.db import transact
from ioc.reports.model import Act, Party, ReportStep
from ioc.reports.stepping import take_step

HERE = {"lat": "16.4637", "long": "107.5909"}
LIGHT = {"service_code": "street-light", "description": "Đèn hỏng, gọi 0905 123 456", **HERE}
BASE = "/open311/v2"


@pytest.fixture
def app_key(centre: Centre) -> str:
    return create_key(centre, "hue-s", [Right.REPORTS])


@pytest.fixture(params=["json", "xml"])
def client(request, stranger: httpx.Client) -> GeoReport:
    return GeoReport(f"{stranger.base_url}{BASE}", jurisdiction="hue", output_format=request.param)


def posted(http: httpx.Client, key: str, fmt: str = "json", **fields: str) -> httpx.Response:
    data = {"api_key": key, **LIGHT, **fields}
    return http.post(f"{BASE}/requests.{fmt}", data={k: v for k, v in data.items() if v != ""})


def as_read(root: ET.Element, value: object) -> object:
    """Return what an element says, in the shape of `value`."""
    if isinstance(value, dict):
        assert [child.tag for child in root] == list(value)
        return {name: as_read(root.find(name), part) for name, part in value.items()}
    if isinstance(value, list):
        assert {child.tag for child in root} <= {SINGULAR[root.tag]}
        assert len(root) == len(value)
        return [as_read(child, part) for child, part in zip(root, value, strict=True)]
    return root.text or ""


def as_words(value: object) -> object:
    """Return a value of JSON with its ends as XML writes them."""
    if isinstance(value, dict):
        return {name: as_words(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_words(part) for part in value]
    return "" if value is None else as_text(value)


def test_a_client_of_the_standard_finds_its_way(
    client: GeoReport, stranger: httpx.Client, centre: Centre, app_key: str
) -> None:
    services = client.get_service_list()
    assert len(services) > 60
    codes = {service["service_code"] for service in services}
    assert {"street-light", "garbage", "rescue", "support-one-million"} <= codes
    form = client.get_service_definition("garbage")
    assert form["service_code"] == "garbage"
    number = posted(stranger, app_key).json()[0]["service_request_id"]
    one = client.get_service_request(number)
    assert one["status"] == "open"
    assert one["agency_responsible"] == "Công ty Môi trường và Công trình đô thị Huế"
    assert one["description"] == "Đèn hỏng, gọi •••"
    assert datetime.fromisoformat(one["requested_datetime"]) == centre.now()
    found = client.get_service_requests(service_code="street-light", status="open")
    found = [found] if isinstance(found, dict) else found
    assert [request["service_request_id"] for request in found] == [number]
    take_step(centre, number, Act(ReportStep.FIX, Party.CENTRE, "ioc", note="Đã thay bóng"))
    one = client.get_service_request(number)
    assert (one["status"], one["extended_status"]) == ("closed", "fixed")
    assert "Đã thay bóng" in one["status_notes"]


PATHS = (
    *("discovery", "services", "services/garbage", "services/noise", "requests"),
    *(
        "requests?status=closed",
        "servicerequestupdates",
        "servicerequestupdates?start_date=x",
        "services/nothing",
        "requests/0",
        "tokens/nothing",
    ),
    "requests?start_date=2021-01-01T00:00:00Z&end_date=2021-09-01T00:00:00Z",
    "services?jurisdiction_id=saigon",
)


def test_both_formats_say_the_same(stranger: httpx.Client, app_key: str) -> None:
    posted(stranger, app_key, description='Ngã ba <Đông & Ba> "cũ"\r\nhai dòng')
    for path in PATHS:
        name, _, query = path.partition("?")
        answers = [stranger.get(f"{BASE}/{name}.{fmt}?{query}") for fmt in ("json", "xml")]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].headers["content-type"] == "application/json; charset=utf-8"
        assert answers[1].headers["content-type"] == "text/xml; charset=utf-8"
        assert answers[1].content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
        said = answers[0].json()
        assert as_read(ET.fromstring(answers[1].content), said) == as_words(said), path


WORDS = st.text(max_size=40).map(speakable)
PLAIN = st.none() | WORDS | st.integers() | st.booleans() | st.floats(allow_nan=False, width=32)
NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(lambda name: name not in SINGULAR)
DOCUMENTS = st.recursive(
    st.dictionaries(NAMES, PLAIN, max_size=5),
    lambda inner: st.dictionaries(NAMES, PLAIN, max_size=3).flatmap(
        lambda plain: st.sampled_from(sorted(SINGULAR)).flatmap(
            lambda name: st.lists(inner, max_size=3).map(lambda items: {**plain, name: items})
        )
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(DOCUMENTS, max_size=3))
def test_whatever_is_said_both_formats_say_it_alike(document: list) -> None:
    read = as_read(ET.fromstring(to_xml("service_requests", document)), document)
    assert read == as_words(json.loads(to_json(document)))


WRONG = (
    ({"api_key": "ioc_nobody"}, 403, "key"),
    ({"api_key": ""}, 403, "key"),
    ({"service_code": "", "attribute[x]": "1"}, 400, "service_code"),
    ({"service_code": "nothing"}, 400, "service_code"),
    ({"service_code": "garbage"}, 400, "attribute[what]"),
    ({"service_code": "garbage", "attribute[what]": "nothing"}, 400, "attribute[what]"),
    ({"attribute[nobody]": "1"}, 400, "attribute[nobody]"),
    ({"lat": ""}, 400, "lat"),
    ({"lat": "", "long": ""}, 400, "lat"),
    ({"lat": "north"}, 400, "lat"),
    ({"lat": "21.03", "long": "105.85"}, 400, "lat"),
    ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
    ({"description": "a\x00b"}, 400, "description"),
    ({"description": "x" * 4_001}, 400, "description"),
    ({"jurisdiction_id": "saigon"}, 404, "jurisdiction_id"),
    ({"address_id": "nowhere", "lat": "", "long": ""}, 400, "address_id"),
)


def test_what_is_wrong_is_told_in_the_format_asked_for(
    stranger: httpx.Client, centre: Centre, app_key: str
) -> None:
    for changes, status, named in WRONG:
        fields = {"api_key": app_key, "phone": "0905123456", **changes}
        for fmt in ("json", "xml"):
            answer = posted(stranger, "", fmt, **fields)
            assert answer.status_code == status, (changes, answer.text)
            if fmt == "json":
                [fault] = answer.json()
                code, words = fault["code"], fault["description"]
            else:
                [error] = ET.fromstring(answer.content)
                code, words = int(error.findtext("code")), error.findtext("description")
            assert code == status
            assert named in words
    kept = text("SELECT content FROM refused")
    rows = transact(centre.engine, lambda conn: list(conn.execute(kept).scalars()))
    assert len(rows) == 2 * sum(status == 400 for _, status, _ in WRONG)
    assert not [row for row in rows if "0905123456" in row or app_key in row]


def test_a_report_is_sent_once_however_often_it_is_sent(
    stranger: httpx.Client, centre: Centre, app_key: str
) -> None:
    first = posted(stranger, app_key, phone="0905123456")
    again = posted(stranger, app_key, phone="0905123456", fmt="json")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    named = {"headers": {"Idempotency-Key": "k1"}}
    one, same, other = (
        stranger.post(f"{BASE}/requests.json", data={"api_key": app_key, **LIGHT, **more}, **named)
        for more in ({}, {}, {"description": "something else"})
    )
    assert one.json() == same.json() != first.json()
    assert other.status_code == 400
    assert "Idempotency-Key" in other.text
    who = "SELECT phone FROM reporters"
    rows = transact(centre.engine, lambda conn: list(conn.execute(text(who)).scalars()))
    assert rows == ["0905123456"]
    assert "0905123456" not in json.dumps(stranger.get(f"{BASE}/requests.json").json())


def test_what_is_urgent_is_told_to_ring(stranger: httpx.Client, app_key: str) -> None:
    fields = {"service_code": "rescue", "attribute[people]": "4", "attribute[who]": "old"}
    told = posted(stranger, app_key, **fields).json()[0]
    assert "112" in told["service_notice"]
    english = stranger.post(
        f"{BASE}/requests.json?locale=en", data={"api_key": app_key, **LIGHT, **fields}
    )
    assert "ring 112 now" in english.json()[0]["service_notice"]


def test_who_may_see_what(stranger: httpx.Client, centre: Centre, app_key: str) -> None:
    """What is not public is seen by its sender alone; a number comes when the service says so."""
    theft = posted(stranger, app_key, service_code="theft").json()[0]["service_request_id"]
    assert stranger.get(f"{BASE}/requests/{theft}.json").status_code == 404
    assert stranger.get(f"{BASE}/requests.json").json() == []
    mine = {"api_key": app_key}
    seen = stranger.get(f"{BASE}/requests/{theft}.json", params=mine).json()[0]
    assert seen["description"] == LIGHT["description"]
    bearer = {"Authorization": f"Bearer {create_key(centre, 'other', [Right.REPORTS])}"}
    assert stranger.get(f"{BASE}/requests/{theft}.json", headers=bearer).status_code == 404
    wrong = stranger.get(f"{BASE}/requests.json", params={"api_key": "ioc_nobody"})
    assert wrong.status_code == 403
    fields = {"service_code": "support-one-million", "attribute[address]": "12 Lê Lợi"}
    told = posted(stranger, app_key, **fields).json()[0]
    assert "service_request_id" not in told
    token = f"{BASE}/tokens/{told['token']}.json"
    assert stranger.get(token).json() == [{"service_request_id": None, "token": told["token"]}]
    ref = text("SELECT ref FROM reports WHERE service = 'support-one-million'")
    number = transact(centre.engine, lambda conn: conn.execute(ref).scalar_one())
    take_step(centre, number, Act(ReportStep.INVESTIGATE, Party.CENTRE, "ioc"))
    assert stranger.get(token).json()[0]["service_request_id"] == number


def test_a_list_is_filtered_and_paged(
    stranger: httpx.Client, centre: Centre, app_key: str, clock
) -> None:
    numbers = []
    for n in range(5):
        service = "tree" if n == 4 else "street-light"
        told = posted(stranger, app_key, description=f"số {n}", service_code=service).json()
        numbers.append(told[0]["service_request_id"])
        clock.advance(days=1)
    take_step(centre, numbers[0], Act(ReportStep.DISMISS, Party.CENTRE, "ioc", note="không phải"))

    def found(**asked: str) -> list[str]:
        answer = stranger.get(f"{BASE}/requests.json", params=asked)
        assert answer.status_code == 200, answer.text
        return [request["service_request_id"] for request in answer.json()]

    assert found() == numbers[::-1]
    assert found(status="closed") == numbers[:1]
    assert found(status="open,closed") == numbers[::-1]
    assert found(service_code="tree") == numbers[4:]
    assert found(service_request_id=",".join(numbers[1:3])) == numbers[2:0:-1]
    assert found(start_date="2021-10-05", end_date="2021-10-07") == numbers[2:0:-1]
    assert found(start_date="2021-10-06T00:00:00+07:00") == numbers[:1:-1]
    assert found(updated_after=centre.now().isoformat()) == numbers[:1]
    first = stranger.get(f"{BASE}/requests.json", params={"page_size": "2", "page": "2"})
    assert [one["service_request_id"] for one in first.json()] == numbers[2:0:-1]
    following = first.headers["link"].partition(">")[0].removeprefix("<")
    assert [one["service_request_id"] for one in stranger.get(following).json()] == numbers[:1]
    assert "link" not in stranger.get(following).headers
    for wrong in ({"page": "0"}, {"start_date": "2021-10-06T00:00:00"}, {"status": "lost"}):
        answer = stranger.get(f"{BASE}/requests.json", params=wrong)
        assert answer.status_code == 400
        assert next(iter(wrong)) in answer.text


def test_the_way_of_a_report_is_told_without_the_words_among_desks(
    stranger: httpx.Client, centre: Centre, app_key: str
) -> None:
    number = posted(stranger, app_key).json()[0]["service_request_id"]
    posted(stranger, app_key, service_code="theft")
    for step, more in (
        (ReportStep.REFER, {"note": "hỏi đội 3, ông Tư 0905123456"}),
        (ReportStep.REROUTE, {"note": "không phải của tôi", "agency": "dien-luc"}),
        (ReportStep.SCHEDULE, {"note": "sáng mai, gọi 0905 123 456"}),
        (ReportStep.FIX, {"note": "xong"}),
        (ReportStep.REOPEN, {"note": "vẫn tối"}),
    ):
        take_step(centre, number, Act(step, Party.CENTRE, "ioc", **more))
    told = stranger.get(f"{BASE}/servicerequestupdates.json").json()
    assert {update["service_request_id"] for update in told} == {number}
    assert [(update["status"], update["description"]) for update in told] == [
        ("internal_referral", ""),
        ("action_scheduled", "sáng mai, gọi •••"),
        ("fixed", "xong"),
        ("open", ""),
    ]
    assert len({update["update_id"] for update in told}) == 4
    later = {"start_date": "2021-10-05"}
    assert stranger.get(f"{BASE}/servicerequestupdates.json", params=later).json() == []


def jpeg_with_place(jpeg: bytes) -> bytes:
    """A picture as a telephone writes it: where it was taken, how to turn it, a film behind it."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"
    exif = b"Exif\0\0MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry + bytes(4) + b"GPS 16.4637"
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    return jpeg[:2] + segment + jpeg[2:] + b"a film"


def test_a_picture_comes_without_its_place_and_is_seen_once_looked_at(
    stranger: httpx.Client, centre: Centre, app_key: str, jpeg: bytes
) -> None:
    data, upload = {"api_key": app_key, **LIGHT}, jpeg_with_place(jpeg)
    files = {"media": ("a.jpg", upload, "image/jpeg")}
    told = stranger.post(f"{BASE}/requests.json", data=data, files=files)
    assert told.status_code == 201, told.text
    number = told.json()[0]["service_request_id"]
    at = f"{BASE}/requests/{number}.json"
    assert stranger.get(at).json()[0]["media_url"] is None
    assert stranger.get(f"{BASE}/media/{number}.jpg").status_code == 404
    url = stranger.get(at, params={"api_key": app_key}).json()[0]["media_url"]
    own = stranger.get(url, params={"api_key": app_key})
    assert own.headers["content-type"] == "image/jpeg"
    assert b"GPS" not in own.content
    assert b"film" not in own.content
    assert b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06" in own.content
    take_step(centre, number, Act(ReportStep.START, Party.CENTRE, "ioc"))
    assert stranger.get(stranger.get(at).json()[0]["media_url"]).content == own.content
    name = evidence.keep(centre, jpeg, "report", "report:hepco", centre.now())
    fixed = Act(ReportStep.FIX, Party.CENTRE, "ioc", note="đã thay bóng", picture=name)
    take_step(centre, number, fixed)
    # A face may be on it, too: it waits until somebody at the centre has looked.
    assert stranger.get(at).json()[0]["answer_media_url"] is None
    answer = f"{BASE}/media/{number}.jpg?part=answer"
    assert stranger.get(answer).status_code == 404
    assert stranger.get(answer, params={"api_key": app_key}).status_code == 200
    take_step(centre, number, Act(ReportStep.PUBLISH, Party.CENTRE, "ioc"))
    assert stranger.get(stranger.get(at).json()[0]["answer_media_url"]).content == jpeg
    [_, ended] = stranger.get(f"{BASE}/servicerequestupdates.json").json()
    assert stranger.get(ended["media_url"]).content == jpeg


def test_who_asks_without_end_is_told_to_wait(stranger: httpx.Client, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as memory:
        memory.set("ioc:limit:visitor:127.0.0.1", 6_000, ex=60)
    answer = stranger.get(f"{BASE}/requests.xml")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert ET.fromstring(answer.content)[0].findtext("code") == "429"


HOSTILE = (b"GIF89a" + bytes(90), b"\xff\xd8\xff\xe0", b"\xff\xd8\xff" + bytes(2_000))
NO_FORMS = (
    (b"{}", "application/json"),
    (b"a" * 50, "multipart/form-data"),
    (b"a" * 50, "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
    (b"description=%ff%fe", "application/x-www-form-urlencoded"),
    (b"a=1&" * 500, "application/x-www-form-urlencoded"),
    ("lat=\u0111".encode(), "application/x-www-form-urlencoded"),
)


def test_a_hostile_picture_and_what_is_no_form_are_refused(
    stranger: httpx.Client, app_key: str
) -> None:
    for hostile in HOSTILE:
        files = {"media": ("a.jpg", hostile, "image/jpeg")}
        data = {"api_key": app_key, **LIGHT}
        answer = stranger.post(f"{BASE}/requests.json", data=data, files=files)
        assert answer.status_code == 400
        assert "media" in answer.text
    for content, kind in NO_FORMS:
        headers = {"Content-Type": kind, "Authorization": f"Bearer {app_key}"}
        answer = stranger.post(f"{BASE}/requests.xml", content=content, headers=headers)
        assert answer.status_code == 400, (kind, answer.text)
        assert ET.fromstring(answer.content)[0].findtext("code") == "400"
