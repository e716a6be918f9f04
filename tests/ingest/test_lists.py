"""Lists over the API and from files: entered there, approved by a person."""

from datetime import date

import pytest
from typer.testing import CliRunner

from ingest.files.importing import import_file
from ingest.files.kinds import Kind
from ioc import lists_admin
from ioc.admin import app
from ioc.centre import Centre
from ioc.lists.model import ListKind, PlateList
from ioc.lists.service import approve, register_list, registry, waiting
from tests.ingest.makers import post

DAYS = {"valid_from": "2021-10-01T00:00:00+07:00", "valid_until": "2021-11-01T00:00:00+07:00"}


def an_item(number: int = 1, **changes: object) -> dict[str, object]:
    return {"id": f"w-{number}", "plate": "43C-168.39", "reason": "wanted", **DAYS, **changes}


@pytest.fixture
def listed(centre: Centre) -> Centre:
    made = PlateList("pc08", ListKind.WATCH, "PC08", "Công an", "Truy tìm", date(2021, 10, 31))
    register_list(centre, made, "lan")
    return centre


def test_entries_wait_until_a_person_approves_them(api, listed: Centre) -> None:
    first = post(api, "/v1/lists/pc08/entries", an_item(), an_item(2, priority="P1", note="gấp"))
    assert [result["status"] for result in first] == ["recorded", "recorded"]
    again = post(api, "/v1/lists/pc08/entries", an_item(), an_item(plate="75A00001"))
    assert [result["status"] for result in again] == ["repeated", "refused"]
    [shown] = api.get("/v1/lists").json()["items"]
    assert (shown["id"], shown["approved"], shown["waiting"]) == ("pc08", 0, 2)
    assert [entry.entered_by for entry, _ in waiting(listed)] == ["api:camera-box"] * 2
    assert len(approve(listed, "pc08", "minh")) == 2
    [shown] = api.get("/v1/lists").json()["items"]
    assert (shown["approved"], shown["waiting"], shown["is_stale"]) == (2, 0, False)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"reason": "emergency"}, "reason: emergency is none of"),
        ({"reason": "speeding"}, "reason: Input should be 'stolen', 'wanted'"),
        ({"plate": ""}, "plate: "),
        ({"priority": "P9"}, "priority: "),
        ({"valid_until": "2021-09-01T00:00:00+07:00"}, "valid_until: must be later"),
        ({"valid_from": "2021-10-01T00:00:00"}, "valid_from: "),
        ({"approved_by": "me"}, "approved_by: "),
    ],
)
def test_a_wrong_entry_is_refused_by_its_field(api, listed, changes, why: str) -> None:
    [result, good] = post(api, "/v1/lists/pc08/entries", an_item(**changes), an_item(2))
    assert (result["status"], good["status"]) == ("refused", "recorded")
    assert result["why"].startswith(why)


def test_an_unknown_list_is_not_found(api) -> None:
    answer = api.post("/v1/lists/nothing/entries", json={"items": [an_item()]})
    assert answer.status_code == 404


def test_a_file_fills_the_list_that_its_source_names(listed: Centre, tmp_path) -> None:
    file = tmp_path / "watch.csv"
    rows = "\n".join(
        f"92A{n:05},stolen,{DAYS['valid_from']},{DAYS['valid_until']},P2" for n in range(1500)
    )
    file.write_text(
        f"plate,reason,valid_from,valid_until,priority\n{rows}\n92A1,x,y,z,P2\n", encoding="utf-8"
    )
    counts = import_file(listed, file, Kind.WATCH, "pc08", lambda _read: None)
    assert (counts["recorded"], counts["refused"]) == (1500, 1)
    again = import_file(listed, file, Kind.WATCH, "pc08", lambda _read: None)
    assert again["repeated"] == 1500
    assert registry(listed)[0].waiting == 1500


class _Open:
    def __init__(self, centre: Centre) -> None:
        self.centre = centre

    def __call__(self, _state: object) -> "_Open":
        return self

    def __enter__(self) -> Centre:
        return self.centre

    def __exit__(self, *_: object) -> None:
        pass


def test_the_registry_is_kept_from_the_shell(api, listed: Centre, monkeypatch) -> None:
    monkeypatch.setattr(lists_admin, "administered", _Open(listed))
    run = CliRunner().invoke
    made = ["--kind", "exempt", "--owner", "Sở Y tế", "115", "--purpose", "Cấp cứu"]
    answers = [
        run(app, ["lists", "register", "ambulances", *made, "--review-on", "2021-12-01"]),
        run(app, ["lists", "review", "pc08", "--until", "2022-01-01"]),
    ]
    post(api, "/v1/lists/pc08/entries", an_item(), an_item(2))
    [first, second] = [entry.ref for entry, _ in waiting(listed)]
    answers += [
        run(app, ["lists", "waiting"]),
        run(app, ["lists", "approve", "pc08", "--ref", first, "--by", "minh"]),
        run(app, ["lists", "withdraw", second, "--note", "found", "--by", "minh"]),
        run(app, ["lists", "list"]),
    ]
    assert [answer.exit_code for answer in answers] == [0] * 6, [a.output for a in answers]
    known = {one.list.id: (one.approved, one.waiting) for one in registry(listed)}
    assert known == {"ambulances": (0, 0), "pc08": (1, 0)}
    own = run(app, ["lists", "approve", "pc08", "--ref", first, "--by", "api:camera-box"])
    assert own.exit_code == 1
