"""The rule table of the first city, as DESIGN promises it: every permit on every class of road."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import InvalidInput
from ioc.permits.model import Permit, PermitClass
from ioc.vehicles.model import Heading, Outcome, PlateFacts, PlateRead, Reason, Spot, Verdict
from ioc.vehicles.rulebook import Rulebook, parse_rulebook
from ioc.vehicles.rules import judge

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
DAY = timedelta(days=1)
LOCAL = NOW.astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
TODAY = LOCAL.date()
TABLE = tomllib.loads((ROOT / "config/hue/rules.toml").read_text(encoding="utf-8"))
BOOK = parse_rulebook(TABLE, 0.95, ("75",))
PASS, NOTE, REVIEW, STOP = Outcome
ROADS = ("gate", "main", "local", "venue", "quarantine")
SITE, OTHER_SITE, ROAD = "kcl-truong-bia", "kcl-quan-su", "ql1a-north"


def a_read(**changes: object) -> PlateRead:
    return replace(PlateRead("1", "cam-001", "43C16839", 0.99, NOW, Heading.IN), **changes)


def a_permit(permit_class: str = "green", **changes: object) -> Permit:
    permit = Permit("p", "43C16839", PermitClass(permit_class), NOW - DAY, NOW + DAY, ref="ref-1")
    return replace(permit, **changes)


def a_spot(road_class: str, **changes: object) -> Spot:
    return replace(Spot("cam-001", road_class, "in"), **changes)


def judged(
    permits: list[Permit], spot: Spot, read: PlateRead | None = None, book: Rulebook = BOOK
) -> Verdict:
    return judge(read or a_read(), PlateFacts(tuple(permits)), spot, book, LOCAL)


HELD = {
    "green": [a_permit("green")],
    "yellow": [a_permit("yellow")],
    "none": [],
    "expired": [a_permit(valid_until=NOW)],
    "not yet valid": [a_permit(valid_from=NOW + timedelta(seconds=1))],
    "revoked": [a_permit(revoked_at=NOW)],
    "red": [a_permit("red", destination=SITE, roads=(ROAD,))],
}
REASONS = {
    "none": Reason.NO_PERMIT,
    "expired": Reason.EXPIRED,
    "not yet valid": Reason.NOT_YET_VALID,
    "revoked": Reason.REVOKED,
}


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("held", REASONS)
def test_without_leave_a_gate_stops_and_the_rest_takes_note(held: str, road: str) -> None:
    verdict = judged(HELD[held], a_spot(road))
    assert verdict.outcome is (STOP if road == "gate" else NOTE)
    assert verdict.reason is REASONS[held]
    assert verdict.desk == ("police" if road == "gate" else None)


@pytest.mark.parametrize("road", ROADS)
def test_green_may_go_anywhere(road: str) -> None:
    verdict = judged(HELD["green"], a_spot(road))
    assert (verdict.outcome, verdict.reason) == (PASS, Reason.PERMITTED)
    assert (verdict.permit, verdict.permit_class) == ("ref-1", PermitClass.GREEN)


@pytest.mark.parametrize("road", ROADS)
def test_yellow_may_enter_but_not_use_main_roads(road: str) -> None:
    verdict = judged(HELD["yellow"], a_spot(road))
    expected = (STOP, Reason.YELLOW_ON_MAIN) if road == "main" else (PASS, Reason.PERMITTED)
    assert (verdict.outcome, verdict.reason) == expected


@pytest.mark.parametrize(
    ("spot", "heading", "outcome", "reason"),
    [
        (a_spot("gate"), Heading.IN, PASS, Reason.PERMITTED),
        (a_spot("gate"), Heading.OUT, STOP, Reason.RED_OUTBOUND),
        (a_spot("gate", direction="in"), Heading.UNKNOWN, PASS, Reason.PERMITTED),
        (a_spot("gate", direction="out"), Heading.UNKNOWN, STOP, Reason.RED_OUTBOUND),
        (a_spot("gate", direction="both"), Heading.UNKNOWN, REVIEW, Reason.RED_OUTBOUND),
        (a_spot("main"), Heading.IN, STOP, Reason.RED_OFF_ROUTE),
        (a_spot("main", road="tl10"), Heading.IN, STOP, Reason.RED_OFF_ROUTE),
        (a_spot("main", road=ROAD), Heading.IN, PASS, Reason.PERMITTED),
        (a_spot("local"), Heading.IN, STOP, Reason.RED_OFF_ROUTE),
        (a_spot("local", road=ROAD), Heading.IN, PASS, Reason.PERMITTED),
        (a_spot("venue"), Heading.IN, STOP, Reason.RED_OFF_ROUTE),
        (a_spot("venue", road=ROAD), Heading.IN, PASS, Reason.PERMITTED),
        (a_spot("quarantine", site=SITE), Heading.IN, PASS, Reason.PERMITTED),
        (a_spot("quarantine", site=OTHER_SITE), Heading.IN, STOP, Reason.RED_WRONG_SITE),
        (a_spot("quarantine"), Heading.IN, STOP, Reason.RED_WRONG_SITE),
    ],
)
def test_red_goes_its_way_to_its_site(
    spot: Spot, heading: Heading, outcome: Outcome, reason: Reason
) -> None:
    verdict = judged(HELD["red"], spot, a_read(direction=heading))
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert verdict.desk != "police" or verdict.outcome is STOP


def test_a_red_permit_without_a_site_is_at_home_nowhere() -> None:
    verdict = judged([a_permit("red")], a_spot("quarantine"))
    assert verdict.reason is Reason.RED_WRONG_SITE


@pytest.mark.parametrize(
    ("confidence", "outcome", "reason"),
    [
        (0.95, STOP, Reason.NO_PERMIT),
        (0.9499, REVIEW, Reason.UNSURE_READ),
        (0.0, REVIEW, Reason.UNSURE_READ),
    ],
)
def test_an_unsure_read_is_never_more_than_a_review(
    confidence: float, outcome: Outcome, reason: Reason
) -> None:
    verdict = judged([], a_spot("gate"), a_read(confidence=confidence))
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_an_unsure_read_of_exactly_a_permitted_plate_passes() -> None:
    assert judged(HELD["green"], a_spot("gate"), a_read(confidence=0.5)).outcome is PASS


def test_an_exemption_holds_for_a_sure_read_only() -> None:
    army = a_read(plate="BK2228")
    assert judged([], a_spot("gate"), army).reason is Reason.EXEMPT
    unsure = judged([], a_spot("gate"), replace(army, confidence=0.9))
    assert (unsure.outcome, unsure.reason) == (REVIEW, Reason.UNSURE_READ)


def test_a_text_outside_the_grammar_is_judged() -> None:
    assert judged([], a_spot("gate"), a_read(plate="X")).reason is Reason.NO_PERMIT


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOW - DAY, Reason.PERMITTED),
        (NOW - DAY - timedelta(microseconds=1), Reason.NOT_YET_VALID),
        (NOW + DAY - timedelta(microseconds=1), Reason.PERMITTED),
        (NOW + DAY, Reason.EXPIRED),
    ],
    ids=["first instant", "just before", "last instant", "just after"],
)
def test_a_permit_holds_from_its_start_until_before_its_end(at: datetime, reason: Reason) -> None:
    assert judged([a_permit()], a_spot("gate"), a_read(seen_at=at)).reason is reason


def test_a_read_from_before_the_revocation_passes() -> None:
    permit = a_permit(revoked_at=NOW + timedelta(seconds=1))
    assert judged([permit], a_spot("gate")).outcome is PASS


def test_of_several_valid_permits_the_mildest_counts() -> None:
    both = [a_permit("yellow", ref="yellow"), a_permit("green", ref="green")]
    for permits in (both, both[::-1]):
        assert judged(permits, a_spot("main")).permit == "green"


def test_a_valid_permit_outweighs_one_that_is_revoked() -> None:
    permits = [a_permit(ref="old", revoked_at=NOW - DAY), a_permit(ref="new")]
    assert judged(permits, a_spot("gate")).permit == "new"


def test_of_several_that_do_not_hold_the_one_that_began_last_says_why() -> None:
    older = a_permit(ref="older", valid_from=NOW - 9 * DAY, valid_until=NOW - 8 * DAY)
    newer = a_permit(ref="newer", valid_from=NOW - 5 * DAY, revoked_at=NOW - 4 * DAY)
    later = a_permit(ref="later", valid_from=NOW + DAY, valid_until=NOW + 2 * DAY)
    verdict = judged([older, later, newer], a_spot("gate"))
    assert (verdict.reason, verdict.permit) == (Reason.REVOKED, "newer")


def test_rules_hold_on_their_days() -> None:
    table = {
        **TABLE,
        "rule": [
            {**rule, "valid_until": TODAY} if rule["id"] == "R-V1" else rule
            for rule in TABLE["rule"]
        ]
        + [
            {
                **next(rule for rule in TABLE["rule"] if rule["id"] == "R-V2"),
                "id": "R-V1",
                "version": 2,
                "road_class": "main",
                "valid_from": TODAY,
            }
        ],
    }
    book = parse_rulebook(table, 0.95)
    spot = a_spot("main")
    known = PlateFacts(tuple(HELD["yellow"]))
    assert judge(a_read(), known, spot, book, LOCAL - DAY).outcome is STOP
    assert judge(a_read(), known, spot, book, LOCAL).outcome is PASS


def test_a_day_without_a_rule_is_a_fault_that_names_it() -> None:
    with pytest.raises(InvalidInput, match="2019-01-01"):
        judge(a_read(), PlateFacts(), a_spot("gate"), BOOK, datetime(2019, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("name", ["outcome", "reason", "id", "legal_basis", "valid_from"])
def test_a_rule_without_a_field_is_named(name: str) -> None:
    broken = {key: value for key, value in TABLE["rule"][0].items() if key != name}
    with pytest.raises(InvalidInput, match=name):
        parse_rulebook({**TABLE, "rule": [broken]}, 0.95)


permits = st.lists(
    st.builds(
        lambda kind, start, length, revoked, red: a_permit(
            kind,
            valid_from=NOW + timedelta(hours=start),
            valid_until=NOW + timedelta(hours=start + length),
            revoked_at=None if revoked is None else NOW + timedelta(hours=revoked),
            destination=red[0],
            roads=red[1],
        ),
        st.sampled_from([c.value for c in PermitClass]),
        st.integers(-50, 50),
        st.integers(1, 60),
        st.none() | st.integers(-50, 50),
        st.tuples(st.sampled_from([None, SITE, OTHER_SITE]), st.sampled_from([(), (ROAD,)])),
    ),
    max_size=4,
)
spots = st.builds(
    Spot,
    st.just("cam-001"),
    st.sampled_from(ROADS),
    st.sampled_from(["in", "out", "both"]),
    st.sampled_from([None, ROAD, "tl10"]),
    st.sampled_from([None, SITE, OTHER_SITE]),
)
reads = st.builds(
    lambda plate, confidence, heading: a_read(
        plate=plate, confidence=confidence, direction=heading
    ),
    st.sampled_from(["43C16839", "BK2228"]),
    st.floats(0, 1),
    st.sampled_from(list(Heading)),
)


@given(reads, permits, spots)
def test_whatever_comes_the_police_hears_only_of_sure_reads(
    read: PlateRead, permits: list[Permit], spot: Spot
) -> None:
    verdict = judge(read, PlateFacts(tuple(permits)), spot, BOOK, LOCAL)
    assert (verdict.desk is not None) == (verdict.outcome in (REVIEW, STOP))
    if verdict.desk == "police":
        assert verdict.outcome is STOP
        assert read.confidence >= BOOK.sure
    if verdict.outcome is PASS and verdict.reason is not Reason.EXEMPT:
        assert any(
            permit.valid_from <= read.seen_at < permit.valid_until
            and (permit.revoked_at is None or permit.revoked_at > read.seen_at)
            for permit in permits
        )
    other = judge(read, PlateFacts(tuple(permits[::-1])), spot, BOOK, LOCAL)
    assert other.outcome is verdict.outcome
