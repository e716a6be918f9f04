"""The shift lead's page: who may do what on it, also by direct call; and what a flood costs."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import event

from dashboards.auth import Viewer
from dashboards.pages import police, shift
from dashboards.screen import Seat, seat_of
from ioc.access.model import Role
from ioc.access.service import create_user
from ioc.alerts.handover import handovers
from ioc.alerts.model import AlertState
from ioc.alerts.muting import mute, mutes
from ioc.alerts.service import find_alert
from ioc.centre import Centre
from ioc.errors import InvalidInput, NotFound
from ioc.labels import Language
from tests.ioc.test_alarm_load import cry

from .conftest import PASSWORD
from .makers import a_tab, call

LEAD = Seat(Language.VI, sees_plates=True)
DEEDS = (
    {"do": "step", "take": "acknowledge", "alertId": "1"},
    {"do": "mute", "camera": "cam-001", "rule": "R-K1", "note": "dirt", "minutes": "10"},
    {"do": "unmute", "camera": "cam-002", "rule": "R-K1"},
    {"do": "misread", "alerts": "1,2,3"},
    {"do": "hand_over", "taker": "minh", "note": ""},
)


def do(client, deed: object) -> str:
    answer = call(client, "shift-told.data", {"shift-deed.data": deed, "spoken.data": "en"})
    return answer.text


def look(client, asked: object) -> str:
    answer = call(client, "shift-shown.data", {"shift-look.data": asked, "spoken.data": "en"})
    return answer.text


def test_nobody_else_leads_a_shift(centre: Centre, sign_in, subtests) -> None:
    create_user(centre, "minh", PASSWORD, Role.SHIFT_LEAD, "Minh")
    alerts = cry(centre, 3)
    mute(centre, "lan", "cam-002", "R-K1", "dirt")
    others = [role for role in Role if role not in (Role.SHIFT_LEAD, Role.ADMIN)]
    clients = [sign_in(role) for role in others]
    for role, client in zip(others, clients, strict=True):
        with subtests.test(role=role):
            for deed in DEEDS:
                assert "Recorded" not in do(client, deed)
            for item in (f"alert:{alerts[0]}", "group:cam-001|R-K1", "noise:cam-001|R-K1"):
                assert "shift-case" not in look(client, {"item": item})
            assert "minh" not in look(client, {"form": True})
            assert {find_alert(centre, alert).state for alert in alerts} == {AlertState.NEW}
            assert [m.camera for m in mutes(centre)] == ["cam-002"]
            assert handovers(centre) == []
            assert client.get("/shift").status_code == 403
    with ExitStack() as stack, ThreadPoolExecutor(len(clients)) as pool:
        tabs = [stack.enter_context(a_tab(client, "/shift")) for client in clients]
        heard = [pool.submit(tab.hear, 1.5) for tab in tabs]
        for hearing in heard:
            with pytest.raises(TimeoutError):
                hearing.result()


def test_a_lead_does_all_of_it(centre: Centre, sign_in) -> None:
    create_user(centre, "minh", PASSWORD, Role.SHIFT_LEAD, "Minh")
    alerts = cry(centre, 3)
    mute(centre, "lan", "cam-002", "R-K1", "dirt")
    client = sign_in(Role.SHIFT_LEAD)
    said = [json.loads(do(client, deed))["response"]["shift-told"]["data"] for deed in DEEDS]
    assert [one["done"] for one in said] == [True] * 5
    # The first was taken before its camera was muted, so all three could be ended.
    assert [find_alert(centre, a).state for a in alerts] == [
        AlertState.FALSE_READ,
        AlertState.SHELVED,
        AlertState.SHELVED,
    ]
    assert [m.camera for m in mutes(centre)] == ["cam-001"]
    assert [(h.giver, h.taker) for h in handovers(centre)] == [("shift_lead", "minh")]


NO_DEEDS: tuple[object, ...] = (
    None,
    [],
    {},
    {"do": "dance"},
    {"do": "step", "take": "dance", "alertId": "1"},
    {"do": "step", "take": "acknowledge", "alertId": "x"},
    {"do": "step", "take": "shelve", "alertId": "1"},
    {"do": "step", "take": "assign", "alertId": "1", "unit": "to-01"},
    {"do": "mute", "camera": "cam-999", "rule": "R-K1", "note": "x"},
    {"do": "mute", "camera": "cam-001", "rule": "R-K1", "note": ""},
    {"do": "mute", "camera": "cam-001", "rule": "R-K1", "note": "x", "minutes": "٣"},
    {"do": "mute", "camera": "cam-001", "rule": "R-K1", "note": "x", "minutes": "9999999"},
    {"do": "unmute", "camera": "cam-001", "rule": "R-K1"},
    {"do": "misread", "alerts": "1,999"},
    {"do": "hand_over", "taker": "shift_lead"},
)


def test_a_deed_that_cannot_be_says_why_and_changes_nothing(centre, sign_in, subtests) -> None:
    [alert] = cry(centre, 1)
    before = find_alert(centre, alert)
    client = sign_in(Role.SHIFT_LEAD)
    for deed in NO_DEEDS:
        with subtests.test(deed=deed):
            told = json.loads(do(client, deed))["response"]["shift-told"]["data"]
            assert told["done"] is False
            assert told["text"]
            assert "shift_field." not in told["text"]
            assert (find_alert(centre, alert), mutes(centre)) == (before, [])


@pytest.mark.parametrize("item", ["", "x", "alert:", "group:x|y", "noise:cam-001|", "mute:"])
def test_a_row_that_is_none_is_not_shown(centre: Centre, item: str) -> None:
    with pytest.raises((InvalidInput, NotFound)):
        shift.chosen(centre, LEAD, item)


def test_a_scope_hides_what_lies_outside(centre: Centre) -> None:
    [here] = cry(centre, 1, camera="cam-001")
    cry(centre, 1, camera="cam-117", first=10)
    unit = centre.city.units[centre.city.camera("cam-001").unit]
    scoped = seat_of(Viewer("lan", Role.SHIFT_LEAD, "t", unit.code), Language.VI)
    listed = shift.draw(centre, scoped).parts["shift-list"]
    assert f"alert:{here}" in listed
    assert listed.count("data-item") == 1
    with pytest.raises(NotFound):
        shift.chosen(centre, Seat(Language.VI, sees_plates=True, scope="00000"), f"alert:{here}")


def test_a_flood_is_one_row_and_costs_no_more_questions(centre: Centre) -> None:
    asked: list[str] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

    def cost(page) -> int:
        asked.clear()
        page.draw(centre, LEAD)
        return len(asked)

    cry(centre, 4)
    few = cost(shift), cost(police)
    # Ten times what the room bears in an hour, all of one dirty lens.
    cry(centre, 240, first=100)
    assert (cost(shift), cost(police)) == few
    begun = time.perf_counter()
    listed = shift.draw(centre, LEAD).parts["shift-list"]
    took = time.perf_counter() - begun
    assert listed.count("data-item") == 1
    queue = police.draw(centre, LEAD).parts["police-queue"]
    assert queue.count("data-alert=") == 1
    assert ">244<" in queue
    assert ">244<" in listed
    assert len(listed) < 2_000
    # No figure, a bound: it is read every other second.
    assert took < 1.0
    chosen = shift.chosen(centre, LEAD, "group:cam-001|R-K1")
    assert chosen.count("<li>") <= 20
