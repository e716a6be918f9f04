"""The auditor's sample, breaches and imports on the administrator's desk: who sees, who acts."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from dashboards.screen import seat_of
from ioc import audit, import_runs, intake
from ioc.access.model import Role
from ioc.breaches.service import file_of, open_breach, untold
from ioc.centre import Centre
from ioc.db import transact
from ioc.labels import Language
from ioc.sampling import findings_of

from .test_admin import deed, rows
from .test_every_role import told

WORDS = {"what": "a phone was lost", "kinds": "scans,persons", "people": "12"}


@pytest.fixture
def drawn(centre: Centre, clock) -> Centre:
    """A month of look-ups that is over, one of them the auditor's own."""
    for n in range(3):
        audit.record(centre, "often", "plate_searched", f"plate:43C1683{n}", "case 1", {})
    audit.record(centre, Role.AUDITOR.value, "person_traced", "person:7", "case 2", {})
    audit.seal(centre)
    now = transact(centre.engine, lambda conn: conn.execute(text("SELECT now()")).scalar_one())
    clock.at = now + timedelta(days=32)
    return centre


def test_an_auditor_judges_what_was_drawn_and_nobody_else_does(drawn: Centre, sign_in) -> None:
    auditor, admin = sign_in(Role.AUDITOR), sign_in(Role.ADMIN)

    def judge(client, ref: str, finding: str, **said: str) -> dict:
        # The store's own time is the month that was drawn here: what is noted now falls into it.
        audit.seal(drawn)
        return deed(client, "sample", [ref], finding, **said)

    audit.seal(drawn)
    sample = rows(auditor, "sample", where={"month": "last"})
    mine = next(row["id"] for row in sample if row["cells"]["actor"] == Role.AUDITOR.value)
    first, second, *_ = [row["id"] for row in sample if row["cells"]["actor"] == "often"]
    assert rows(admin, "sample", where={"month": "last"}) == sample
    look = {"table": "sample", "id": first}
    shown = json.dumps(sample) + told(auditor, "row-shown.data", look)[1]
    assert "43C1683" not in shown
    assert not judge(admin, first, "justified")["done"]
    assert not judge(auditor, mine, "justified")["done"]
    assert judge(auditor, first, "unjustified")["field"] == "note"
    assert judge(auditor, first, "unclear", note="no case 1")["done"] == [first]
    assert judge(auditor, first, "justified", note="it was case 11")["done"] == [first]
    assert not judge(auditor, first, "unjustified", note="no")["done"]
    assert judge(auditor, second, "justified")["done"] == [second]
    audit.seal(drawn)
    judged = rows(auditor, "sample", where={"month": "last", "finding": "justified"})
    assert {row["id"] for row in judged} == {first, second}
    assert {row["cells"]["found_by"] for row in judged} == {Role.AUDITOR.value}
    entry = int(first.partition(".")[2])
    assert [one.finding.value for one in findings_of(drawn, entry)] == ["unclear", "justified"]


def test_a_breach_is_entered_followed_and_closed_at_the_desk(
    centre: Centre, clock, sign_in
) -> None:
    admin, auditor, leader = (sign_in(role) for role in (Role.ADMIN, Role.AUDITOR, Role.LEADER))
    at = clock.at.astimezone(centre.city.zone) - timedelta(hours=2)
    said = {**WORDS, "discovered_at": f"{at:%d/%m/%Y %H:%M}"}
    wrong = (("what", ""), ("kinds", "dreams"), ("people", "many"), ("discovered_at", "today"))
    for field, value in wrong:
        assert deed(admin, "breaches", ["new"], "enter", **{**said, field: value})["field"] == field
    assert not deed(auditor, "breaches", ["new"], "enter", **said)["done"]
    assert "còn" in deed(admin, "breaches", ["new"], "enter", **said)["text"]
    [breach] = untold(centre)
    assert breach.due_at == at.replace(second=0) + timedelta(hours=72)
    [row] = rows(auditor, "breaches")
    assert row["marks"] == {"clock": "is-due"}
    assert rows(leader, "breaches") == [], "a leader opens no administration"
    shown = told(auditor, "row-shown.data", {"table": "breaches", "id": row["id"]})[1]
    assert "QH15, 23" in shown
    assert not deed(admin, "breaches", [row["id"]], "closed", note="x")["done"]
    for step in ("contained", "authority_told", "people_told", "closed"):
        assert deed(admin, "breaches", [row["id"]], step, note="letter 17")["done"] == [row["id"]]
    assert untold(centre) == []
    assert file_of(centre, breach.no)[-1].actor == Role.ADMIN.value


def test_who_answers_for_a_breach_sees_its_hours_on_the_report(centre: Centre) -> None:
    from dashboards.auth import Viewer
    from dashboards.pages.briefing import SCREEN

    def line(role: Role, scope: str | None = None) -> str:
        viewer = Viewer("a", role, "t", scope)
        return SCREEN.draw(centre, seat_of(viewer, Language.VI)).parts.get("briefing-breach", "")

    assert line(Role.LEADER) == ""
    open_breach(centre, "Nguyễn Văn An's phone", ["scans"], None, centre.now(), "minh")
    assert "còn 3 ngày" in line(Role.LEADER)
    assert "An" not in line(Role.LEADER), "what happened stays at the desk"
    assert line(Role.HEALTH) == line(Role.LEADER, "478") == ""


def test_an_import_leads_to_the_rows_it_refused(centre: Centre, clock, sign_in) -> None:
    admin = sign_in(Role.ADMIN)

    def refuse(name: str) -> None:
        intake.refuse(centre, "portal", "permit", [intake.Refusal(name, "plate", "is none", "{}")])

    refuse("before")
    clock.advance(minutes=1)
    run = import_runs.begin(centre, "/data/giấy.csv", "0" * 64, ("permits", "portal"), "shell:an")
    refuse("within")
    assert rows(admin, "imports")[0]["marks"] == {"import_state": "is-due"}
    import_runs.finish(centre, run, {"recorded": 1200, "refused": 1})
    clock.advance(minutes=1)
    refuse("after")
    [row] = rows(admin, "imports", where={"import_state": "refused"})
    assert (row["cells"]["file"], row["cells"]["recorded"]) == ("giấy.csv", "1.200")
    found = rows(admin, "refused", where={"run": row["id"]})
    assert [one["cells"]["item_id"] for one in found] == ["within"]
    shown = told(admin, "row-shown.data", {"table": "imports", "id": row["id"]})[1]
    assert f"run={run}" in shown
