"""Scans: answered by the city's rules, kept once, counted exactly, whoever sends them how often."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ioc import tally
from ioc.cards.model import CardChange, CardStep
from ioc.cards.service import change_card, issue_cards
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.db import transact
from ioc.errors import InvalidInput
from ioc.overview import figures
from ioc.persons.codes import read_code
from ioc.persons.rules import reference_of
from ioc.venues.model import (
    AdmissionFacts,
    AdmissionReason,
    GateStanding,
    PointChange,
    Scan,
    Sender,
    Way,
)
from ioc.venues.recording import ScanDesk
from ioc.venues.rulebook import parse_book
from ioc.venues.rules import admit, is_active
from ioc.venues.service import (
    active_points,
    admission_book,
    change_points,
    occupancies,
    visits_at,
    visits_of,
)
from ioc.venues.upkeep import drop_scans, ensure_scan_days, finish_scan_days, recount
from tests.conftest import NOW, Clock
from tests.ioc.test_cards import an_order

GATE, OTHER_GATE, POST = "dong-ba-01", "dong-ba-02", "my-chanh"
CITIZEN = "046085000123||Nguyễn Đình Chiểu|07031985|Nam|Huế|14092021"


def a_scan(number: int = 1, **changes: object) -> Scan:
    return Scan(f"scan-{number}", GATE, CITIZEN, Way.IN, NOW - timedelta(seconds=5))._replace(
        **changes
    )


def citizen(number: int) -> str:
    return f"046085{number:06d}||Trần Thị Bé|07031985|Nam|Huế|14092021"


def counted(centre: Centre) -> dict[str, int]:
    day = local_day(centre.now(), centre.city.zone)
    metrics = ["scan.in", "scan.out", "scan.turned_away"]
    return transact(centre.engine, lambda conn: tally.on_day(conn, metrics, day, centre.city.zone))


def rows(centre: Centre) -> int:
    return transact(
        centre.engine, lambda conn: conn.execute(text("SELECT count(*) FROM scans")).scalar_one()
    )


def words(answers) -> list[str]:
    return [one.status.value for one in answers]


@pytest.fixture
def desk(centre: Centre) -> ScanDesk:
    return ScanDesk(centre)


def test_a_scan_is_kept_counted_and_shown(centre: Centre, desk: ScanDesk) -> None:
    batch = [a_scan(1), a_scan(2, direction=Way.OUT, point=POST), a_scan(3, code=citizen(7))]
    answers = desk.record("gate", batch)
    assert words(answers) == ["recorded"] * 3
    assert [one.admission.reason.value for one in answers] == ["admitted", "leaving", "admitted"]
    assert counted(centre) == {"scan.in": 2, "scan.out": 1, "scan.turned_away": 0}
    shown = figures(centre).values
    assert (shown["scans_today"], shown["scans_total"], shown["points_active"]) == (3, 3, 2)
    person = reference_of(centre.settings.secret, read_code(CITIZEN))
    hour = timedelta(hours=1)
    assert {v.point for v in visits_of(centre, [person], NOW - hour, NOW)} == {GATE, POST}
    assert len({v.person for v in visits_at(centre, GATE, NOW - hour, NOW)}) == 2
    assert recount(centre) == []


def test_no_number_and_no_text_of_a_code_is_kept(centre: Centre, desk: ScanDesk) -> None:
    desk.record("gate", [a_scan()])
    kept = transact(
        centre.engine,
        lambda conn: str(
            conn.execute(text("SELECT s::text, i::text FROM scans s, scan_ids i")).all()
        ),
    )
    assert "046085" not in kept
    assert "NGUYEN" not in kept.upper()
    assert "046085" not in repr(a_scan())


def test_the_same_again_changes_nothing_and_another_content_is_refused(
    centre: Centre, desk: ScanDesk, clock: Clock
) -> None:
    first = desk.record("gate", [a_scan(1), a_scan(2), a_scan(1)])
    assert words(first) == ["recorded", "recorded", "repeated"]
    clock.advance(minutes=9)
    again = ScanDesk(centre).record("gate", [a_scan(2), a_scan(1, direction=Way.OUT), a_scan(1)])
    assert words(again) == ["repeated", "refused", "repeated"]
    assert again[0].admission == first[0].admission
    assert "id_reused" in str(again[1].why)
    yesterday = a_scan(2, scanned_at=NOW - timedelta(days=1))
    assert words(desk.record("gate", [yesterday])) == ["refused"]
    assert words(desk.record("another", [a_scan(1)])) == ["recorded"]
    assert counted(centre)["scan.in"] == rows(centre) == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"point": "nowhere"}, "point"),
        ({"point": OTHER_GATE}, "point"),
        ({"code": "HUE"}, "code"),
        ({"code": CITIZEN.replace("07031985", "31021985")}, "code.born_on"),
        ({"scanned_at": NOW + timedelta(minutes=6)}, "scanned_at"),
        ({"scanned_at": NOW - timedelta(days=46)}, "scanned_at"),
    ],
)
def test_a_bad_scan_is_refused_by_its_field_and_the_others_go_in(
    centre: Centre, desk: ScanDesk, change: dict[str, object], field: str
) -> None:
    party = (Sender("gate", frozenset({GATE, "nowhere"})), [a_scan(1, **change), a_scan(2)])
    [answers] = desk.record_parties([party])
    assert words(answers) == ["refused", "recorded"]
    assert str(answers[0].why).startswith(f"{field}: ")
    if field.startswith("code"):
        assert answers[0].admission.reason is AdmissionReason.UNKNOWN_CODE
        assert not answers[0].admission.admit
    assert rows(centre) == 1


def test_a_day_without_a_partition_is_made(centre: Centre, desk: ScanDesk) -> None:
    old = [a_scan(n, scanned_at=NOW - timedelta(days=n)) for n in range(0, 45, 11)]
    assert words(desk.record("gate", old)) == ["recorded"] * 5
    assert recount(centre) == []


def test_a_card_that_ended_is_turned_away_from_then_on(
    centre: Centre, desk: ScanDesk, clock: Clock
) -> None:
    [(_, issued)] = issue_cards(centre, "ward", [an_order()])
    code = str(issued.code)
    assert desk.record("gate", [a_scan(1, code=code)])[0].admission.admit
    clock.advance(seconds=3)
    change_card(centre, str(issued.qid), CardChange(CardStep.REVOKE, "user:ann", "lost"))
    clock.advance(seconds=3)
    now = clock.at
    answers = desk.record(
        "gate",
        [
            a_scan(2, code=code, scanned_at=now),
            a_scan(3, code=code, scanned_at=now - timedelta(seconds=30)),  # from a queue
            a_scan(4, code=code, scanned_at=now, direction=Way.OUT),
            a_scan(5, code=code.replace("CHIEU", "CHIEN"), scanned_at=now),
        ],
    )
    assert [one.admission.reason.value for one in answers] == [
        "card_revoked", "admitted", "leaving", "forged",
    ]  # fmt: skip
    assert counted(centre) == {"scan.in": 4, "scan.out": 1, "scan.turned_away": 2}
    change_card(centre, str(issued.qid), CardChange(CardStep.RESTORE, "user:ann", "found"))
    clock.advance(seconds=3)
    assert desk.record("gate", [a_scan(6, code=code, scanned_at=clock.at)])[0].admission.admit
    assert recount(centre) == []


def test_a_point_that_is_shut_admits_nobody(centre: Centre, desk: ScanDesk, clock: Clock) -> None:
    assert GATE in active_points(centre)
    receipts = change_points(
        centre,
        "board",
        [
            PointChange("1", GATE, False),
            PointChange("2", "nowhere", True),
            PointChange("1", GATE, False),
        ],
    )
    assert [one.status.value for one in receipts] == ["recorded", "refused", "repeated"]
    assert GATE not in active_points(centre)
    assert desk.record("gate", [a_scan(1)])[0].admission.admit  # scanned before it was shut
    late = a_scan(2, scanned_at=clock.advance(seconds=1))
    assert desk.record("gate", [late])[0].admission.reason is AdmissionReason.POINT_INACTIVE
    opens = PointChange("3", GATE, is_active=True, since=clock.at + timedelta(minutes=5))
    change_points(centre, "board", [opens])
    assert GATE not in active_points(centre)
    clock.advance(minutes=6)
    assert GATE in active_points(centre)
    assert desk.record("gate", [a_scan(3, scanned_at=clock.at)])[0].admission.admit


def test_who_is_inside_is_in_minus_out_and_begins_anew_at_night(
    centre: Centre, desk: ScanDesk, clock: Clock
) -> None:
    def inside() -> tuple[int, int]:
        one = next(one for one in occupancies(centre) if one.site == "dong-ba")
        return one.inside, one.left_over

    batch = [a_scan(n, point=(GATE, OTHER_GATE)[n % 2], code=citizen(n)) for n in range(10)]
    desk.record("gate", batch)
    desk.record("gate", batch)
    desk.record("gate", [a_scan(n + 100, direction=Way.OUT) for n in range(3)])
    assert inside() == (7, 0)
    desk.record("gate", [a_scan(n + 200, direction=Way.OUT) for n in range(9)])
    assert inside() == (0, 0)
    desk.record("gate", [a_scan(n + 300) for n in range(4)])
    assert inside() == (2, 0)
    clock.at = datetime(2021, 10, 4, 19, 59, tzinfo=UTC)  # 02:59 of the next day in Huế
    assert inside() == (2, 0)
    clock.advance(minutes=2)
    assert inside() == (0, 2)
    desk.record("gate", [a_scan(999, scanned_at=clock.at - timedelta(minutes=30))])
    assert inside() == (0, 3)


def test_a_full_site_admits_nobody_until_somebody_leaves(
    centre: Centre, clock: Clock, tmp_path
) -> None:
    folder = tmp_path / "hue"
    folder.mkdir()
    for name in ("admission.toml", "cards.toml", "city.toml"):
        content = (centre.settings.city_dir / name).read_text(encoding="utf-8")
        (folder / name).write_text(content.replace("dong-ba = 6000", "dong-ba = 2"))
    small = replace(centre, settings=replace(centre.settings, config_dir=tmp_path))
    desk = ScanDesk(small)
    assert all(one.admission.admit for one in desk.record("gate", [a_scan(1), a_scan(2)]))
    at = clock.advance(seconds=3)
    full = desk.record("gate", [a_scan(3, scanned_at=at), a_scan(4, point=POST, scanned_at=at)])
    assert [one.admission.reason.value for one in full] == ["site_full", "admitted"]
    desk.record("gate", [a_scan(5, scanned_at=at, direction=Way.OUT)])
    at = clock.advance(seconds=3)
    assert desk.record("gate", [a_scan(6, scanned_at=at)])[0].admission.admit


def test_standings_are_asked_only_where_a_rule_asks_for_them(centre: Centre, tmp_path) -> None:
    folder = tmp_path / "hue"
    folder.mkdir()
    for name in ("admission.toml", "cards.toml", "city.toml"):
        content = (centre.settings.city_dir / name).read_text(encoding="utf-8")
        (folder / name).write_text(content)
    book = folder / "admission.toml"
    content = book.read_text(encoding="utf-8")
    start = content.index('[[rule]]\nid = "person-red"')
    book.write_text(content[:start] + content[content.index("[[rule]]", start + 1) :])
    asked = []

    def standings(_conn, persons):
        asked.append(list(persons))
        return dict.fromkeys(persons, GateStanding("red"))

    lax = replace(centre, settings=replace(centre.settings, config_dir=tmp_path))
    assert ScanDesk(lax, standings).record("gate", [a_scan(1)])[0].admission.admit
    assert asked == []
    answer = ScanDesk(centre, standings).record("gate", [a_scan(2), a_scan(3)])[0]
    assert answer.admission.reason is AdmissionReason.COLOUR_RED
    assert [len(persons) for persons in asked] == [1]


def test_days_are_finished_sealed_and_dropped(centre: Centre, desk: ScanDesk, clock: Clock) -> None:
    desk.record("gate", [a_scan(n, scanned_at=NOW - timedelta(days=n % 3)) for n in range(9)])
    ensure_scan_days(centre)
    assert len(finish_scan_days(centre)) >= 3
    assert finish_scan_days(centre) == []
    clock.advance(days=1)
    assert finish_scan_days(centre) == [NOW.date()]
    before = dict(figures(centre).values)
    assert drop_scans(centre, NOW.date()) > 0
    assert rows(centre) == 3
    assert figures(centre).values["scans_total"] == before["scans_total"] == 9
    assert recount(centre) == []


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_is_sent_twice_cut_and_shuffled_counts_once(
    centre: Centre, desk: ScanDesk, data: st.DataObject
) -> None:
    base = data.draw(st.integers(0, 10**9)) * 100
    scans = [
        a_scan(base + n, code=citizen(n % 7), direction=way, point=point)
        for n, (way, point) in enumerate(
            data.draw(
                st.lists(
                    st.tuples(st.sampled_from(Way), st.sampled_from([GATE, OTHER_GATE, POST])),
                    min_size=1,
                    max_size=20,
                )
            )
        )
    ]
    before, held = Counter(counted(centre)), rows(centre)
    status = Counter()
    for _ in range(3):
        sent = data.draw(st.permutations(scans))
        for part in (sent[: data.draw(st.integers(0, len(sent)))], sent):
            if part:
                status.update(words(desk.record("gate", part)))
    fresh = {scan.id for scan in scans}
    assert rows(centre) - held == status["recorded"] <= len(fresh)
    grown = Counter(counted(centre))
    grown.subtract(before)
    assert grown["scan.in"] + grown["scan.out"] == status["recorded"]
    assert recount(centre) == []


def test_senders_at_once_count_once(centre: Centre) -> None:
    scans = [a_scan(n, code=citizen(n % 50)) for n in range(200)]
    desks = [ScanDesk(centre) for _ in range(4)]
    recorded: list[int] = []

    def send(desk: ScanDesk, seed: int) -> None:
        mixed = random.Random(seed).sample(scans, len(scans))
        for start in range(0, 200, 40):
            answers = desk.record("gate", mixed[start : start + 40])
            recorded.append(words(answers).count("recorded"))

    threads = [Thread(target=send, args=(desk, n)) for n, desk in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(recorded) == rows(centre) == counted(centre)["scan.in"] == 200
    assert next(o for o in occupancies(centre) if o.site == "dong-ba").inside == 200
    assert recount(centre) == []


LEAVING = AdmissionFacts("out", "personal_qr", "forged", "revoked", "inactive", "full")
TABLE = {
    "who leaves is never held": (LEAVING, "leaving"),
    "shut": (AdmissionFacts("in", "citizen_card", "unsigned", point="inactive"), "point_inactive"),
    "forged": (AdmissionFacts("in", "personal_qr", "forged"), "forged"),
    "expired": (AdmissionFacts("in", "vaccine_passport", "expired"), "code_expired"),
    "revoked": (AdmissionFacts("in", "personal_qr", "proved", "revoked"), "card_revoked"),
    "replaced": (AdmissionFacts("in", "personal_qr", "proved", "replaced"), "card_replaced"),
    "full": (AdmissionFacts("in", "personal_qr", "proved", "issued", site="full"), "site_full"),
    "another's": (AdmissionFacts("in", "personal_qr", "unknown_signer"), "admitted"),
    "unsigned": (AdmissionFacts("in", "insurance_card", "unsigned"), "admitted"),
}


@pytest.mark.parametrize(("facts", "reason"), TABLE.values(), ids=TABLE)
def test_the_shipped_rules(centre: Centre, facts: AdmissionFacts, reason: str) -> None:
    answer = admit(facts, admission_book(centre))
    assert answer.reason.value == reason
    assert answer.admit is (reason in {"admitted", "leaving"})


LAST = {"id": "all", "admit": True, "reason": "admitted"}
BAD = {
    "rule": {},
    "rule.1.reason": {"rule": [{**LAST, "reason": "because"}]},
    "rule.1.admit": {"rule": [{**LAST, "admit": 1}]},
    "rule.1.id": {"rule": [{**LAST, "id": ""}]},
    "rule.1.unless": {"rule": [{**LAST, "unless": 1}]},
    "rule.1.when": {"rule": [{**LAST, "when": {"way": "in"}}]},
    "rule.1.when.colour": {"rule": [{**LAST, "when": {"colour": "blue"}}]},
    "rule.1.when.weather": {"rule": [{**LAST, "when": {"weather": "in"}}]},
    "rule.1": {"rule": [LAST, {**LAST, "id": "b"}]},
    "capacity.xep": {"rule": [LAST], "capacity": {"xep": 0}},
    "day_begins": {"rule": [LAST], "day_begins": time(3, 7)},
    "curfew": {"rule": [LAST], "curfew": 1},
}


@pytest.mark.parametrize(("field", "document"), BAD.items(), ids=BAD)
def test_a_fault_of_the_rules_is_named(field: str, document: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as fault:
        parse_book(document)
    assert fault.value.field == field


@given(st.lists(st.tuples(st.integers(0, 99), st.booleans()), max_size=8), st.integers(0, 99))
def test_the_latest_change_of_a_point_decides(changes: list[tuple[int, bool]], hour: int) -> None:
    states = sorted((NOW + timedelta(hours=h), active) for h, active in changes)
    at = NOW + timedelta(hours=hour)
    past = [active for since, active in states if since <= at]
    assert is_active(states, at) is (past[-1] if past else True)


def test_who_is_let_in_at_a_gate_of_the_province_has_entered(
    centre: Centre, desk: ScanDesk
) -> None:
    batch = [a_scan(1, point=POST), a_scan(2, point=POST), a_scan(3, point=GATE, code=citizen(1))]
    desk.record("gate", [*batch, a_scan(4, point=POST, code=citizen(2), direction=Way.OUT)])
    assert figures(centre).values["entries_people_today"] == 1
