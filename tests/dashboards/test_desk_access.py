"""The search and the evidence packs of the police desk: by right alone, and with a purpose."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from dashboards.auth import Viewer
from dashboards.opened_case import open_case
from dashboards.screen import Seat
from dashboards.searchable import may_search
from ioc.access.model import Action, Page, Role
from ioc.access.rules import may, may_open
from ioc.access.service import create_user
from ioc.alerts.model import AlertState
from ioc.alerts.service import find_alert
from ioc.labels import Language
from ioc.lookups.model import Purpose
from ioc.lookups.service import ask_for_trail, gather_plates, waiting_requests
from ioc.packs.service import check_pack
from ioc.signing import public_text, signing_key

from .conftest import PASSWORD
from .makers import YELLOW, a_read, a_stop, call
from .test_access import audited

PURPOSE = {"purpose": "Xe bỏ chạy", "case": "VP-7"}
SEARCH = {"quest": "search", "pattern": "75C*", "days": "7", **PURPOSE}


def ask(client, **quest: object) -> str:
    """Ask as the browser would and return what it would be shown."""
    answer = call(client, "found.data", {"quest.data": quest, "spoken.data": "vi"})
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def alert(centre) -> str:
    found = str(a_stop(centre).alert)
    gather_plates(centre)
    return found


def test_only_who_may_look_up_finds_anything_by_a_direct_call(
    centre, sign_in, alert, subtests
) -> None:
    for role in Role:
        with subtests.test(role=role):
            may_look = may(role, Action.LOOK_UP_PLATE) and may_open(role, Page.POLICE)
            client = sign_in(role)
            before = {name: len(audited(centre, name)) for name in ("plate_searched", "trail_seen")}
            before["asked"] = len(waiting_requests(centre))
            trail = {"quest": "trail", "plate": YELLOW, "days": "7", **PURPOSE}
            asked = {"quest": "ask", "plate": YELLOW, **PURPOSE}
            assert ("203.02" in ask(client, **SEARCH)) is may_look
            assert ("Hùng Vương" in json.loads(f'"{_plain(ask(client, **trail))}"')) is may_look
            ask(client, **asked)
            assert len(waiting_requests(centre)) == before["asked"] + may_look
            for deed in ("plate_searched", "trail_seen"):
                assert len(audited(centre, deed)) == before[deed] + may_look
            opened = ask(client, quest="open")
            assert ("search-form" in opened) is may_search(Viewer("somebody", role, "token"))


def _plain(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False).replace('"', "'").replace("\\", "")


def test_only_a_second_person_with_the_right_decides(centre, sign_in, alert, subtests) -> None:
    for role in Role:
        with subtests.test(role=role):
            since = centre.now() - timedelta(days=45)
            asked = ask_for_trail(centre, YELLOW, since, Purpose("somebody", "p", "c"))
            may_decide = may(role, Action.APPROVE_TRAIL) and may_open(role, Page.POLICE)
            client = sign_in(role)
            assert ("Duyệt" in _plain(ask(client, quest="open"))) is may_decide
            ask(client, quest="approve", request=str(asked.id))
            waiting = {request.id for request in waiting_requests(centre)}
            assert (asked.id not in waiting) is may_decide


def test_nobody_decides_what_he_asked_himself(centre, sign_in, alert) -> None:
    client = sign_in(Role.ADMIN)
    ask(client, quest="ask", plate=YELLOW, **PURPOSE)
    (asked,) = waiting_requests(centre)
    assert "tự duyệt" in _plain(ask(client, quest="approve", request=str(asked.id)))
    assert len(waiting_requests(centre)) == 1


QUESTS = (
    {**SEARCH, "purpose": ""},
    {**SEARCH, "case": " "},
    {**SEARCH, "days": "x"},
    {**SEARCH, "days": "60"},
    {**SEARCH, "pattern": "7*"},
    {**SEARCH, "pattern": "<script>"},
    {"quest": "trail", "plate": "", "days": "7", **PURPOSE},
    {"quest": "old_trail", "request": "1"},
    {"quest": "steal"},
    {"quest": None},
    {},
)


def test_what_cannot_be_asked_is_refused_and_shows_nothing(sign_in, alert, subtests) -> None:
    client = sign_in(Role.POLICE)
    for quest in QUESTS:
        with subtests.test(quest=quest):
            told = _plain(ask(client, **quest))
            assert "fault" in told
            assert "203.02" not in told
            assert "<script>" not in told


def test_a_scope_sees_only_its_own(centre, sign_in, alert) -> None:
    here = centre.city.units[centre.city.camera("cam-117").unit].code
    far = next(unit.code for unit in centre.city.units.values() if unit.code != here)
    create_user(centre, "far", PASSWORD, Role.POLICE, "Far", far)
    client = sign_in(Role.POLICE)
    assert client.post("/login", data={"name": "far", "password": PASSWORD}).status_code == 303
    assert "203.02" not in ask(client, **SEARCH)
    assert client.post(f"/pack/{alert}", data=PURPOSE).status_code == 404
    deed = {"deed.data": {"alert": alert, "step": "acknowledge"}, "spoken.data": "vi"}
    assert call(client, "answer.data", deed).status_code == 200
    assert find_alert(centre, alert).state is AlertState.NEW, "acted on what it may not see"


def test_a_pack_is_handed_out_with_the_right_alone(
    centre, sign_in, alert, tmp_path, subtests
) -> None:
    for role in Role:
        with subtests.test(role=role):
            may_take = may(role, Action.TAKE_EVIDENCE) and may_open(role, Page.POLICE)
            before = len(audited(centre, "pack_made"))
            answer = sign_in(role).post(f"/pack/{alert}", data=PURPOSE)
            assert answer.status_code == (200 if may_take else 403)
            assert len(audited(centre, "pack_made")) == before + may_take
            if may_take:
                assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
                file = tmp_path / "pack.zip"
                file.write_bytes(answer.content)
                assert check_pack(file, public_text(signing_key(centre.settings))).alert == alert


def test_a_pack_needs_a_purpose_a_sign_in_and_a_page_of_ours(sign_in, stranger, alert) -> None:
    client = sign_in(Role.POLICE)
    assert client.post(f"/pack/{alert}", data={"purpose": " "}).status_code == 422
    assert client.post("/pack/99", data=PURPOSE).status_code == 404
    assert client.post("/pack/x", data=PURPOSE).status_code == 404
    foreign = {"origin": "http://elsewhere.example"}
    assert client.post(f"/pack/{alert}", data=PURPOSE, headers=foreign).status_code == 403
    assert stranger.post(f"/pack/{alert}", data=PURPOSE).status_code in (303, 401)


def test_a_case_shows_all_its_sightings_and_where_it_is_due(centre, alert) -> None:
    from dashboards.auth import Viewer
    from ioc.vehicles.recording import record_read

    for n in range(3):
        record_read(centre, "box", a_read(f"m{n}", YELLOW, centre.now() + timedelta(seconds=n)))
    seat, who = Seat(Language.VI, sees_plates=True), Viewer("p", Role.POLICE, "t")
    _, parts = open_case(centre, seat, alert, who)
    assert parts["case-evidence"].count("<tr>") == 4
    assert parts["case-map"].count("due-mark") == 3
    assert "Tổ" in parts["case-actions"], "the nearest units are offered"
    _, masked = open_case(centre, Seat(Language.VI), alert, Viewer("o", Role.OPERATOR, "t"))
    assert "203.02" not in json.dumps(masked)
    assert "data-pack" not in masked["case-actions"]
