"""The administrator's desk by direct call: who changes, who only reads, what nobody reads."""

import json

import pytest

from dashboards.administration.audits import subject_for
from dashboards.administration.incoming import why_for
from dashboards.auth import Viewer
from ioc import audit, intake
from ioc.access.model import Action, Page, Right, Role
from ioc.access.rules import may, may_open
from ioc.access.service import create_key, create_user, list_keys, list_users
from ioc.centre import Centre
from ioc.config_versions import note_versions

from .conftest import PASSWORD
from .test_access import audited
from .test_every_role import told

LISTS = ("accounts", "sessions", "keys", "displays", "audit", "refused", "feeds", "letters",
         "versions", "retention")  # fmt: skip
SENT = '{"id": "d-1", "number": "046085000123", "name": "Nguyễn Văn Sót"}'


@pytest.fixture
def filled(centre: Centre) -> Centre:
    create_user(centre, "somebody", PASSWORD, Role.LEADER, "Somebody")
    create_key(centre, "box", [Right.READS])
    why = "number: '046085000123' is no number of a document"
    intake.refuse(centre, "portal", "declaration", [intake.Refusal("d-1", "number", why, SENT)])
    audit.record(centre, "somebody", "plate_searched", "plate:43C16839", "theft", {"plate": "43C1"})
    audit.seal(centre)
    note_versions(centre)
    return centre


def rows(client, name: str, **asked: object) -> list[dict]:
    origin = {"origin": str(client.base_url).rstrip("/")}
    answer = client.post(f"/rows/{name}", json=asked, headers=origin)
    return answer.json()["rows"] if answer.status_code == 200 else []


def deed(client, table: str, ids: list[str], step: str, /, **said: str) -> dict:
    return told(client, "row-told.data", {"table": table, "ids": ids, "step": step, "said": said})[
        0
    ]


def test_only_who_manages_access_changes_anything(filled: Centre, sign_in, subtests) -> None:
    before = (list_users(filled), list_keys(filled))
    asked = (
        ("accounts", "new", "make", {"name": "new", "display_name": "New", "role": "leader"}),
        ("accounts", None, "shut", {}),
        ("accounts", None, "renew", {}),
        ("keys", "new", "make_key", {"source": "box", "rights": "reads"}),
        ("displays", "new", "make_display", {"name": "wall-1", "wall": "main"}),
        ("sessions", "0" * 12, "end", {}),
    )
    for role in Role:
        if may(role, Action.MANAGE_ACCESS):
            continue
        client = sign_in(role)
        for name, ref, step, said in asked:
            with subtests.test(role=role, step=step):
                found = ref or ref_of(filled, "somebody")
                assert not deed(client, name, [found], step, **said).get("done")
    users = [user for user in list_users(filled) if user.name not in set(Role)]
    assert (users, list_keys(filled)) == before


def ref_of(centre: Centre, account: str) -> str:
    from ioc.administration import registers, service
    from ioc.administration.model import Officer
    from ioc.listing import Ask

    found = service.rows_of(centre, registers.ACCOUNTS, Ask(), Officer("x")).rows
    return next(str(row["ref"]) for row in found if row["account"] == account)


def test_each_list_opens_to_whom_it_may(filled: Centre, sign_in, subtests) -> None:
    for role in Role:
        client = sign_in(role)
        for name in LISTS:
            with subtests.test(role=role, list=name):
                granted = may_open(role, Page.ADMIN)
                assert (rows(client, name) != []) is (
                    granted and name not in ("displays", "feeds", "letters")
                )
        origin = {"origin": str(client.base_url).rstrip("/")}
        taken = client.post("/sheet/audit", data={"purpose": "monthly check"}, headers=origin)
        assert (taken.status_code == 200) is (role is Role.AUDITOR), role
        assert "43C16839" not in taken.text


def test_an_auditor_reads_what_was_done_and_not_to_whom(filled: Centre, sign_in) -> None:
    client = sign_in(Role.AUDITOR)
    shown = json.dumps(rows(client, "audit"), ensure_ascii=False)
    assert "plate:•••" in shown
    [item] = rows(client, "refused")
    shown += json.dumps(item, ensure_ascii=False)
    look = {"table": "refused", "id": item["id"], "purpose": "correction"}
    shown += told(client, "row-shown.data", look)[1]
    assert "number" in shown
    for secret in ("43C16839", "046085000123", "Nguyễn Văn Sót"):
        assert secret not in shown
    said = deed(client, "audit", ["chain"], "verify")
    assert "nguyên vẹn" in said["text"]


def test_what_was_refused_is_shown_with_a_purpose_alone_and_noted(filled: Centre, sign_in) -> None:
    client = sign_in(Role.ADMIN)
    [item] = rows(client, "refused")
    look = {"table": "refused", "id": item["id"]}
    assert "Nguyễn Văn Sót" not in told(client, "row-shown.data", look)[1]
    assert audited(filled, "refused_seen") == []
    shown = told(client, "row-shown.data", {**look, "purpose": "correction"})[1]
    assert "Nguyễn Văn Sót" in json.dumps(json.loads(shown), ensure_ascii=False)
    assert len(audited(filled, "refused_seen")) == 1


REFUSALS = (
    ("accounts", "make", {"name": "A B", "display_name": "x", "role": "leader"}, "name"),
    ("accounts", "make", {"name": "ab", "display_name": "", "role": "leader"}, "display_name"),
    ("accounts", "make", {"name": "ab", "display_name": "x", "role": "king"}, "role"),
    ("accounts", "make", {"name": "ab", "display_name": "x", "role": "leader",
                          "scope": "1"}, "scope"),
    ("accounts", "fly", {}, "step"),
    ("keys", "make_key", {"source": "box", "rights": ""}, "rights"),
    ("keys", "make_key", {"source": "B O X", "rights": "reads"}, "source"),
    ("keys", "make_key", {"source": "box", "rights": "scans", "points": "no"}, "points"),
    ("displays", "make_display", {"name": "w", "wall": "nowhere"}, "wall"),
    ("audit", "forge", {}, "step"),
)  # fmt: skip


def test_a_refusal_names_its_field(sign_in, subtests) -> None:
    client = sign_in(Role.ADMIN)
    for table, step, said, field in REFUSALS:
        with subtests.test(table=table, step=step, field=field):
            answer = deed(client, table, ["new"], step, **said)
            assert (answer["field"], answer["done"]) == (field, [])
            assert "field." not in answer["text"]


def test_a_district_s_administrator_neither_sees_nor_makes_beyond_it(
    filled: Centre, sign_in
) -> None:
    create_user(filled, "phu-vang", PASSWORD, Role.ADMIN, "Phú Vang", "478")
    client = sign_in(Role.LEADER)
    assert client.post("/login", data={"name": "phu-vang", "password": PASSWORD}).status_code == 303
    assert [row["cells"]["account"] for row in rows(client, "accounts")] == ["phu-vang"]
    assert {name for name in LISTS if rows(client, name)} <= {
        "accounts", "sessions", "audit", "versions", "retention"}  # fmt: skip
    wish = {"name": "new", "display_name": "New", "role": "leader"}
    assert deed(client, "accounts", ["new"], "make", **wish)["field"] == "scope"
    assert deed(client, "accounts", ["new"], "make", **wish, scope="478")["done"] == ["new"]
    assert not deed(client, "accounts", [ref_of(filled, "somebody")], "shut")["done"]
    assert not deed(client, "keys", ["new"], "make_key", source="box", rights="reads")["done"]


def test_what_is_hidden_depends_on_the_kind_and_the_right() -> None:
    auditor, chief = Viewer("a", Role.AUDITOR, ""), Viewer("c", Role.ADMIN, "")
    assert subject_for("plate:43C16839", auditor) == "plate:•••"
    assert subject_for("plate:43C16839", chief) == "plate:43C16839"
    assert subject_for("alert:17", auditor) == "alert:17"
    assert why_for("name: 'An' is odd", auditor) == "name: '…' is odd"
    assert why_for("name: 'An' is odd", chief) == "name: 'An' is odd"
