"""What happens reaches the screens by itself; what a seat must not see never does."""

import json
import re

import pytest

from dashboards import push
from ioc.access.model import Role
from ioc.alerts.model import Step
from ioc.alerts.service import Act, take_step
from ioc.vehicles.recording import record_read

from .makers import GATE, GREEN, NOBODY, YELLOW, a_read, a_stop, a_tab, call

# A Vietnamese plate as it is stored or displayed.
PLATE = re.compile(r"\b\d{2}-?[A-Z]{1,2}\d?[- ]?\d{3}\.?\d{2}\b")


def test_a_stop_becomes_a_row_on_the_desk(centre, sign_in) -> None:
    with a_tab(sign_in(Role.POLICE), "/police") as tab:
        tab.hear()
        assert "75C" not in tab.parts["police-queue"]
        alert = str(a_stop(centre).alert)
        live = tab.hear_until(lambda live: "police-queue" in live["parts"])
        assert f'data-alert="{alert}"' in tab.parts["police-queue"]
        assert "203.02" in tab.parts["police-queue"]
        assert alert in live["revisions"]


def test_a_step_changes_the_revision_of_its_case(centre, sign_in) -> None:
    alert = str(a_stop(centre).alert)
    with a_tab(sign_in(Role.POLICE), "/police") as tab:
        before = tab.hear()["revisions"][alert]
        take_step(centre, alert, Act(Step.ACKNOWLEDGE, "police"))
        tab.hear_until(lambda live: live["revisions"].get(alert, before) != before)


def test_the_wall_holds_no_plate_and_no_person(centre, sign_in) -> None:
    a_stop(centre)
    record_read(centre, "box", a_read("r2", NOBODY, centre.now(), GATE))
    with a_tab(sign_in(Role.ADMIN), "/wall") as tab:
        tab.hear()
        shown = json.dumps(tab.parts, ensure_ascii=False)
    for plate in (YELLOW, NOBODY, GREEN, "75C-203.02", "74C-442.76"):
        assert plate not in shown
    assert not PLATE.search(re.sub(r"<[^>]*>", " ", shown))
    assert "75C-•••.02" in shown
    assert "Nam Son" not in shown
    assert "/evidence/" not in shown


def test_only_what_changed_is_sent_again(centre, sign_in) -> None:
    with a_tab(sign_in(Role.LEADER), "/wall") as tab:
        first = tab.hear()["parts"]
        assert "wall-ground" in first
        record_read(centre, "box", a_read("r1", GREEN, centre.now(), GATE))
        later = tab.hear_until(lambda live: "wall-feeds" in live["parts"])["parts"]
        assert "wall-ground" not in later


def test_a_tab_that_was_closed_is_pushed_no_more(centre, sign_in, monkeypatch) -> None:
    """Tabs share one socket: the server learns of a closed one by its silence alone."""
    monkeypatch.setattr(push, "ASK_EVERY_S", 0.0)
    monkeypatch.setattr(push, "ANSWER_S", 0.5)
    with a_tab(sign_in(Role.LEADER), "/wall") as tab:
        tab.hear()
        tab.is_closed = True
        with pytest.raises(TimeoutError):
            tab.hear_until(lambda live: False)


def test_two_tabs_of_one_browser_get_each_its_page(centre, sign_in) -> None:
    client = sign_in(Role.ADMIN)
    with a_tab(client, "/wall") as wall, a_tab(client, "/briefing", "en") as briefing:
        wall.hear()
        briefing.hear()
    assert "wall-count" in wall.parts
    assert "Frozen issues" in briefing.parts["briefing-issues"]


def test_a_case_shows_pictures_certainty_permit_and_rule(centre, sign_in) -> None:
    alert = str(a_stop(centre).alert)
    asked = {"choice.data": {"alert": alert}, "spoken.data": "en"}
    found = call(sign_in(Role.POLICE), "case.data", asked).json()["response"]["case"]["data"]
    parts = found["parts"]
    assert found["alert"] == alert
    assert parts["case-evidence"].count("/evidence/") == 2
    assert ">97<" in parts["case-strip"]
    assert "R-V1" in parts["case-facts"]
    # The holder is a person or a firm: masked until somebody asks.
    assert "N•• S•• L••" in parts["case-facts"]
    assert "Nam Son" not in json.dumps(parts)
    assert 'data-key="Digit1"' in parts["case-actions"]


def test_a_case_that_is_none_changes_nothing(sign_in) -> None:
    asked = {"choice.data": {"alert": "999"}, "spoken.data": "vi"}
    assert call(sign_in(Role.POLICE), "case.data", asked).status_code in (200, 204)


def deed(client, **asked: object) -> dict:
    answer = call(client, "answer.data", {"deed.data": asked, "spoken.data": "en"})
    return answer.json()["response"]["answer"]["data"]


def test_steps_are_taken_from_the_desk_and_told(centre, sign_in) -> None:
    alert, client = str(a_stop(centre).alert), sign_in(Role.POLICE)
    assert deed(client, alert=alert, step="acknowledge")["text"] == "Recorded: Acknowledge."
    again = deed(client, alert=alert, step="acknowledge")["text"]
    assert again == "The alert has moved on. Look again, then choose."
    assert deed(client, alert=alert, step="assign")["text"] == "Missing or wrong: unit."
    assert deed(client, alert=alert, step="assign", unit="Unit 3")["text"].startswith("Recorded")
    closed = deed(client, alert=alert, step="close", outcome="cleared")
    assert closed["next"] is True


def test_a_deed_that_makes_no_sense_is_named(centre, sign_in) -> None:
    alert, client = str(a_stop(centre).alert), sign_in(Role.POLICE)
    assert deed(client, alert=alert, step="dance")["text"] == "Missing or wrong: step."
    assert deed(client, alert=alert, step="close", outcome="x")["text"].startswith("Missing")
    shelf = deed(client, alert=alert, step="shelve", minutes="100000")
    assert shelf["text"] == "Missing or wrong: minutes."
    assert deed(client, alert="999", step="acknowledge")["text"] == "This alert is gone."
