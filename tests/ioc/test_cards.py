"""Cards: issued once, proved with and without the centre, ended, issued anew, counted."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc import tally
from ioc.cards.faces import face_of, note_printed, unprinted_faces, waiting_to_print
from ioc.cards.model import CardChange, CardMedium, CardOrder, CardState, CardStep
from ioc.cards.paper import CardSheets
from ioc.cards.reading import CodeReader
from ioc.cards.rulebook import parse_book
from ioc.cards.rules import LEADS, leads_to
from ioc.cards.service import cards_of, change_card, find_card, issue_cards, log_of
from ioc.cards.upkeep import drop_cards, recount
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound
from ioc.intake import IntakeStatus
from ioc.persons.codes import CodeKeys, Proof, open_code, read_code
from ioc.persons.rules import identify, reference_of
from ioc.signing import public_text, signing_key
from tests.conftest import Clock

PAPER = CardMedium.PAPER


def an_order(number: int = 1, **changes: object) -> CardOrder:
    identity = identify(f"046085{number:06d}", "Nguyễn Đình Chiểu", "1985-03-07")
    return CardOrder(**{"id": f"card-{number}", "identity": identity, "medium": PAPER, **changes})


def a_change(step: CardStep, why: str = "lost") -> CardChange:
    return CardChange(step, "user:ann", why)


def total(centre: Centre, *metrics: str) -> int:
    return transact(centre.engine, lambda conn: tally.total(conn, metrics))


def test_a_card_says_who_it_is_and_is_proved_without_the_store(centre: Centre) -> None:
    [(receipt, issued)] = issue_cards(centre, "ward", [an_order()])
    assert receipt.status is IntakeStatus.RECORDED
    code = open_code(str(issued.code))
    assert code.bearer.name == "NGUYEN DINH CHIEU"
    assert (code.bearer.card, read_code(str(issued.code)).number) == (issued.qid, "046085000001")
    keys = CodeKeys(public_text(signing_key(centre.settings)))
    assert code.proof(keys, centre.now()) is Proof.PROVED


def test_the_qid_alone_proves_a_card_to_the_centre(centre: Centre) -> None:
    [(_, issued)] = issue_cards(centre, "ward", [an_order()])
    text = str(issued.code)
    reader = CodeReader(centre)

    def proof(text: str) -> Proof:
        return reader.read(text, reader.digest_of(text)).proof

    assert proof(text) is Proof.PROVED
    shown = reader.read(text, reader.digest_of(text))
    assert shown.person == reference_of(centre.settings.secret, an_order().identity)
    assert shown.card == issued.qid
    assert proof(text.replace("CHIEU", "CHIEN")) is Proof.FORGED
    # The QID is checked, not the signature; without the secret's check the signature is.
    assert proof(text[:-3] + "abc") is Proof.PROVED
    other = CodeReader(replace(centre, settings=replace(centre.settings, secret="x" * 40)))
    assert other.read(text, b"1").proof is Proof.PROVED
    assert other.read(text[:-3] + "abc", b"2").proof is Proof.FORGED
    assert proof("046085000001|NGUYEN DINH CHIEU|1985-03-07|0|46ABC|") is Proof.UNSIGNED


def test_the_same_order_again_gives_the_same_card(centre: Centre) -> None:
    orders = [an_order(1), an_order(2), an_order(1)]
    first = issue_cards(centre, "ward", orders)
    again = issue_cards(centre, "ward", [orders[1], orders[0]])
    assert [receipt.status.value for receipt, _ in first] == ["recorded", "recorded", "repeated"]
    assert [receipt.status.value for receipt, _ in again] == ["repeated", "repeated"]
    assert [one for _, one in again] == [first[1][1], first[0][1]]
    [(refused, _)] = issue_cards(centre, "ward", [an_order(1, medium=CardMedium.PHONE)])
    assert (refused.status, refused.ref) == (IntakeStatus.REFUSED, None)
    assert total(centre, "card.issued") == 2
    assert recount(centre) == []


def test_a_card_is_issued_anew_once_and_ends_the_old_one(centre: Centre) -> None:
    [(_, old)] = issue_cards(centre, "ward", [an_order()])
    anew = an_order(id="anew", replaces=old.qid)
    answers = issue_cards(centre, "ward", [anew, replace(anew, id="third")])
    assert [receipt.status.value for receipt, _ in answers] == ["recorded", "refused"]
    assert "replaces it already" in str(answers[1][0].why)
    assert issue_cards(centre, "ward", [anew])[0][0].status is IntakeStatus.REPEATED
    nobody = issue_cards(centre, "ward", [an_order(5, replaces="46NOBODY")])[0][0]
    assert nobody.why == "replaces: there is no such card"
    assert find_card(centre, str(old.qid)).state is CardState.REPLACED
    assert (total(centre, "card.issued"), total(centre, "card.reissued")) == (1, 1)
    assert recount(centre) == []
    person = find_card(centre, str(old.qid)).person
    assert {card.state for card in cards_of(centre, [person])} == {
        CardState.ISSUED,
        CardState.REPLACED,
    }


def test_a_card_is_revoked_with_a_reason_and_restored(centre: Centre, clock: Clock) -> None:
    [(_, one)] = issue_cards(centre, "ward", [an_order()])
    qid = str(one.qid)
    assert change_card(centre, qid, a_change(CardStep.REVOKE)).state is CardState.REVOKED
    with pytest.raises(Conflict):
        change_card(centre, qid, a_change(CardStep.REVOKE))
    clock.advance(minutes=1)
    restored = change_card(centre, qid, a_change(CardStep.RESTORE, "found"))
    assert (restored.state, restored.ended_at) == (CardState.ISSUED, None)
    assert [(done.step.value, done.why) for done in log_of(centre, qid)] == [
        ("revoke", "lost"),
        ("restore", "found"),
    ]
    with pytest.raises(InvalidInput, match="why"):
        a_change(CardStep.REVOKE, " ")
    with pytest.raises(InvalidInput):
        change_card(centre, qid, a_change(CardStep.REPLACE))
    with pytest.raises(NotFound):
        change_card(centre, "46NOBODY", a_change(CardStep.REVOKE))
    assert recount(centre) == []


@given(st.lists(st.sampled_from(CardStep), max_size=6))
def test_no_way_leads_out_of_what_was_replaced(steps: list[CardStep]) -> None:
    state = CardState.ISSUED
    for step in steps:
        try:
            state = leads_to(state, step)
        except Conflict:
            assert step not in LEADS[state]
    assert state is not CardState.REPLACED or not LEADS[state]


def test_old_cards_are_sealed_and_deleted(centre: Centre, clock: Clock) -> None:
    issue_cards(centre, "ward", [an_order(1), an_order(2)])
    clock.advance(days=10)
    [(_, kept)] = issue_cards(centre, "ward", [an_order(3, unit="19768-2021")])
    before = clock.at - timedelta(days=5)
    assert drop_cards(centre, before, before) == 2
    assert find_card(centre, str(kept.qid)).unit == "19768-2021"
    assert total(centre, "card.issued") == 3
    assert recount(centre) == []


def test_a_thousand_cards_are_one_batch(centre: Centre) -> None:
    answers = issue_cards(centre, "ward", [an_order(n) for n in range(1_000)])
    assert len({issued.qid for _, issued in answers}) == 1_000
    assert total(centre, "card.issued") == 1_000


FAULTS = {
    "prefix": {},
    "prefix ": {"prefix": "A|"},
    "pre": {"prefix": "46", "pre": 1},
    "passport_key.0.id": {"prefix": "46", "passport_key": [{"id": "ß", "public": "AA=="}]},
    "passport_key.0.public": {"prefix": "46", "passport_key": [{"id": "AA==", "public": "AA=="}]},
    "passport_key.0.kid": {"prefix": "46", "passport_key": [{"kid": "AA=="}]},
}


@pytest.mark.parametrize(("field", "document"), FAULTS.items(), ids=FAULTS)
def test_a_fault_of_the_cards_file_is_named(field: str, document: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as fault:
        parse_book(document)
    assert fault.value.field == field.strip()


def test_an_order_of_the_past_counts_on_its_day(centre: Centre) -> None:
    at = centre.now() - timedelta(days=30)
    issue_cards(centre, "ward", [an_order(issued_at=at)])
    zone = centre.city.zone
    counted = transact(
        centre.engine, lambda conn: tally.on_day(conn, ["card.issued"], date(2021, 9, 4), zone)
    )
    assert counted == {"card.issued": 1}


LONG = "Tôn Nữ Hoàng Nguyễn Thị Phương Quỳnh Ngọc Ưu Đàm Thảo Vỹ Ỷ Lộ"


def test_cards_print_once_with_names_right_and_a_code_that_reads(centre: Centre, tmp_path) -> None:
    names = ["Đỗ Thị Ngọc Ánh", LONG, *["Nguyễn Văn Ổn"] * 10]
    orders = [
        an_order(n, identity=identify(f"046085{n:06d}", name, "1985-03-07"))
        for n, name in enumerate(names)
    ]
    issued = [one for _, one in issue_cards(centre, "ward", orders)]
    issue_cards(centre, "ward", [an_order(50, medium=CardMedium.PHONE)])
    change_card(centre, str(issued[-1].qid), a_change(CardStep.REVOKE))
    assert waiting_to_print(centre, PAPER, None) == 11
    faces = [face for batch in unprinted_faces(centre, PAPER, None, 100) for face in batch]
    assert {face.name for face in faces} == set(names)
    assert {face.code for face in faces} == {one.code for one in issued[:-1]}
    assert {(face.number, face.born) for face in faces} >= {("******000001", "07/03/1985")}
    for to_cut in (True, False):
        with (tmp_path / "cards.pdf").open("wb") as out:
            sheets = CardSheets(out, centre.city.name, to_cut=to_cut)
            sheets.draw(faces)
            assert sheets.finish() == 11
        content = (tmp_path / "cards.pdf").read_bytes()
        assert content.count(b"/Type /Page\n") == (2 if to_cut else 11)
        assert b"be-vietnam-pro" in content.lower() or b"BeVietnamPro" in content
    note_printed(centre, faces, "user:ann")
    assert waiting_to_print(centre, PAPER, None) == 0
    assert face_of(centre, str(issued[0].qid)).name == names[0]
    with pytest.raises(Conflict):
        face_of(centre, str(issued[-1].qid))
    with pytest.raises(NotFound):
        face_of(centre, "46NOBODY")
