"""What is wrong whatever the permit says: every finding, what wins, what no vehicle is spared."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.lists.model import ListEntry, ListReason
from ioc.permits.model import Permit, PermitClass
from ioc.vehicles.model import (
    Elsewhere,
    Ground,
    Heading,
    NotRead,
    Outcome,
    PlateFacts,
    PlateRead,
    Reason,
    Registered,
    Spot,
    Verdict,
)
from ioc.vehicles.rulebook import Hours, Rulebook, parse_hours, parse_rulebook
from ioc.vehicles.rules import judge

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
LOCAL = NOW.astimezone(ZONE)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TABLE = tomllib.loads((ROOT / "config/hue/rules.toml").read_text(encoding="utf-8"))
BOOK = parse_rulebook(TABLE, 0.95, ("75",))
PASS, NOTE, REVIEW, STOP = Outcome
PLATE, OURS, ARMY, LAO = "43C16839", "75A12345", "BK2228", "UN9876"
SITE, ROAD = "kcl-truong-bia", "ql1a-north"


def a_read(**changes: object) -> PlateRead:
    return replace(PlateRead("1", "cam-001", PLATE, 0.99, NOW, Heading.IN), **changes)


def unread(kind: NotRead = NotRead.UNREADABLE, **changes: object) -> PlateRead:
    return a_read(plate="", not_read=kind, **changes)


def a_permit(permit_class: str = "green", **changes: object) -> Permit:
    permit = Permit("p", PLATE, PermitClass(permit_class), NOW - DAY, NOW + DAY, ref="ref-1")
    return replace(permit, **changes)


def an_entry(reason: str = "stolen", **changes: object) -> ListEntry:
    entry = ListEntry(
        *("e", "police", PLATE, ListReason(reason), NOW - DAY, NOW + DAY),
        ref="entry-1",
        entered_by="a",
        approved_by="b",
        approved_at=NOW - DAY,
    )
    return replace(entry, **changes)


def far(apart: timedelta, least: timedelta) -> Elsewhere:
    return Elsewhere("other-1", "cam-007", NOW - apart, apart, least)


def a_spot(road_class: str = "gate", **changes: object) -> Spot:
    return replace(Spot("cam-001", road_class, "in"), **changes)


def known(*permits: Permit, **others: Any) -> PlateFacts:
    return PlateFacts(permits=permits, **others)


def judged(
    facts: PlateFacts,
    spot: Spot | None = None,
    read: PlateRead | None = None,
    book: Rulebook = BOOK,
    local: datetime = LOCAL,
) -> Verdict:
    return judge(read or a_read(), facts, spot or a_spot(), book, local)


def with_finding(**changes: object) -> Rulebook:
    """The book of the city with one finding more, the first of all."""
    base = next(entry for entry in TABLE["finding"] if entry["id"] == "R-B6")
    extra = {k: v for k, v in base.items() if k != "road_class"} | {"id": "R-B9"} | changes
    return parse_rulebook({**TABLE, "finding": [extra, *TABLE["finding"]]}, 0.95, ("75",))


CURFEW = with_finding(
    finds="hours",
    hours="22:00-05:00",
    permit=["yellow", "none"],
    road_class=["main", "local"],
    outcome="stop",
    reason="out_of_hours",
    desk="police",
)
GREEN, YELLOW = a_permit("green"), a_permit("yellow")
RED = a_permit("red", destination=SITE, roads=(ROAD,))
TEN_FAR = (far(10 * MINUTE, 40 * MINUTE),)
REASONS: list[tuple[str, PlateFacts, Spot, PlateRead, Outcome, Reason]] = [
    ("stolen", known(GREEN, listed=(an_entry(),)), a_spot("local"), a_read(), STOP, Reason.STOLEN),
    ("wanted", known(listed=(an_entry("wanted"),)), a_spot(), a_read(), STOP, Reason.WANTED),
    (
        *("breaker", known(listed=(an_entry("quarantine_breaker"),)), a_spot("venue"), a_read()),
        *(STOP, Reason.QUARANTINE_BREAKER),
    ),
    (
        *("not approved", known(GREEN, listed=(an_entry(approved_by=None),)), a_spot(), a_read()),
        *(PASS, Reason.PERMITTED),
    ),
    (
        *("over", known(GREEN, listed=(an_entry(valid_until=NOW),)), a_spot(), a_read()),
        *(PASS, Reason.PERMITTED),
    ),
    (
        *("not begun", known(GREEN, listed=(an_entry(valid_from=NOW + MINUTE),)), a_spot()),
        *(a_read(), PASS, Reason.PERMITTED),
    ),
    ("cloned", known(GREEN, elsewhere=TEN_FAR), a_spot("main"), a_read(), STOP, Reason.CLONED),
    (
        *("within the slack", known(GREEN, elsewhere=(far(10 * MINUTE, 12 * MINUTE),))),
        *(a_spot(), a_read(), PASS, Reason.PERMITTED),
    ),
    (
        *("a clone in doubt", known(GREEN, elsewhere=TEN_FAR), a_spot("main")),
        *(a_read(confidence=0.9), PASS, Reason.PERMITTED),
    ),
    (
        *("one read under two names", known(GREEN, elsewhere=(far(MINUTE / 15, 9 * MINUTE),))),
        *(a_spot(), a_read(), PASS, Reason.PERMITTED),
    ),
    (
        *("seconds apart", known(GREEN, elsewhere=(far(MINUTE / 12, 9 * MINUTE),))),
        *(a_spot(), a_read(), STOP, Reason.CLONED),
    ),
    (
        *("looks", known(GREEN, registered=Registered("reg-1", Ground.WHITE)), a_spot()),
        *(a_read(colour=Ground.YELLOW), REVIEW, Reason.LOOKS_DIFFER),
    ),
    (
        *("looks the same", known(GREEN, registered=Registered("reg-1", Ground.WHITE)), a_spot()),
        *(a_read(colour=Ground.WHITE), PASS, Reason.PERMITTED),
    ),
    (
        *("ground unknown", known(GREEN, registered=Registered("reg-1", Ground.WHITE)), a_spot()),
        *(a_read(), PASS, Reason.PERMITTED),
    ),
    (
        *("wrong way", known(GREEN), a_spot(), a_read(direction=Heading.OUT)),
        *(REVIEW, Reason.WRONG_WAY),
    ),
    (
        *("both ways", known(GREEN), a_spot(direction="both"), a_read(direction=Heading.OUT)),
        *(PASS, Reason.PERMITTED),
    ),
    (
        *("heading unknown", known(GREEN), a_spot(), a_read(direction=Heading.UNKNOWN)),
        *(PASS, Reason.PERMITTED),
    ),
    ("covered", PlateFacts(), a_spot(), unread(NotRead.COVERED), STOP, Reason.NOT_READ),
    ("unreadable", PlateFacts(), a_spot(), unread(), REVIEW, Reason.NOT_READ),
    ("unreadable inside", PlateFacts(), a_spot("main"), unread(), NOTE, Reason.NOT_READ),
    (
        *("covered, perhaps", PlateFacts(), a_spot(), unread(NotRead.COVERED, confidence=0.9)),
        *(REVIEW, Reason.UNSURE_READ),
    ),
    ("foreign", PlateFacts(), a_spot("main"), a_read(plate=LAO + "X"), NOTE, Reason.FOREIGN),
    ("foreign, in", PlateFacts(), a_spot(), a_read(plate=LAO + "X"), STOP, Reason.NO_PERMIT),
    (
        *("foreign, permitted", known(GREEN), a_spot("main"), a_read(plate=LAO + "X")),
        *(PASS, Reason.PERMITTED),
    ),
    ("army", PlateFacts(), a_spot(), a_read(plate=ARMY), PASS, Reason.EXEMPT),
    ("resident inside", PlateFacts(), a_spot("local"), a_read(plate=OURS), PASS, Reason.EXEMPT),
    ("resident at a gate", PlateFacts(), a_spot(), a_read(plate=OURS), STOP, Reason.NO_PERMIT),
    (
        *("resident, yellow", known(YELLOW), a_spot("main"), a_read(plate=OURS)),
        *(STOP, Reason.YELLOW_ON_MAIN),
    ),
    (
        *("resident in doubt", PlateFacts(), a_spot("local"), a_read(plate=OURS, confidence=0.8)),
        *(NOTE, Reason.NO_PERMIT),
    ),
    (
        *("ambulance", known(listed=(an_entry("emergency"),)), a_spot(), a_read()),
        *(PASS, Reason.EXEMPT),
    ),
    (
        *("ambulance out by the lane in", known(listed=(an_entry("emergency"),)), a_spot()),
        *(a_read(direction=Heading.OUT), PASS, Reason.EXEMPT),
    ),
    (
        *("ambulance not approved", known(listed=(an_entry("emergency", approved_by=None),))),
        *(a_spot(), a_read(), STOP, Reason.NO_PERMIT),
    ),
]


@pytest.mark.parametrize(
    ("facts", "spot", "read", "outcome", "reason"),
    [row[1:] for row in REASONS],
    ids=[row[0] for row in REASONS],
)
def test_every_finding_and_every_exemption(
    facts: PlateFacts, spot: Spot, read: PlateRead, outcome: Outcome, reason: Reason
) -> None:
    verdict = judged(facts, spot, read)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert (verdict.desk is not None) == (outcome in (REVIEW, STOP))
    assert verdict.rule_version == 1


# Each against the next: the first of a pair must win wherever both hold.
PRECEDENCE: list[tuple[str, PlateFacts, Spot, PlateRead, Reason]] = [
    (
        "a breaker of quarantine before a wanted one",
        known(listed=(an_entry("wanted"), an_entry("quarantine_breaker"))),
        *(a_spot(), a_read(), Reason.QUARANTINE_BREAKER),
    ),
    (
        "wanted before stolen",
        known(listed=(an_entry("stolen"), an_entry("wanted"))),
        *(a_spot(), a_read(), Reason.WANTED),
    ),
    (
        "the urgent entry before the rule's order",
        known(listed=(an_entry("stolen", priority="P1"), an_entry("wanted", priority="P2"))),
        *(a_spot(), a_read(), Reason.STOLEN),
    ),
    (
        "a list before a clone",
        known(listed=(an_entry(),), elsewhere=TEN_FAR),
        *(a_spot(), a_read(), Reason.STOLEN),
    ),
    (
        "a list before the table of equal priority",
        known(listed=(an_entry(),)),
        *(a_spot(), a_read(), Reason.STOLEN),
    ),
    (
        "a red off its way before a stolen vehicle: it is more urgent",
        known(RED, listed=(an_entry(),)),
        *(a_spot("main"), a_read(), Reason.RED_OFF_ROUTE),
    ),
    (
        "a wanted one before a red off its way",
        known(RED, listed=(an_entry("wanted"),)),
        *(a_spot("main"), a_read(), Reason.WANTED),
    ),
    (
        "a clone before an unregistered vehicle",
        known(elsewhere=TEN_FAR),
        *(a_spot(), a_read(), Reason.CLONED),
    ),
    (
        "a clone before an expired permit",
        known(a_permit(valid_until=NOW), elsewhere=TEN_FAR),
        *(a_spot(), a_read(), Reason.CLONED),
    ),
    (
        "a red that leaves before a clone",
        known(RED, elsewhere=TEN_FAR),
        *(a_spot(), a_read(direction=Heading.OUT), Reason.RED_OUTBOUND),
    ),
    (
        "no permit before the wrong way: it stops",
        PlateFacts(),
        *(a_spot(), a_read(direction=Heading.OUT), Reason.NO_PERMIT),
    ),
    (
        "looks before the wrong way",
        known(GREEN, registered=Registered("reg-1", Ground.WHITE)),
        *(a_spot(), a_read(direction=Heading.OUT, colour=Ground.BLUE), Reason.LOOKS_DIFFER),
    ),
    (
        "the army is spared the wrong way, not the list",
        known(listed=(an_entry("wanted"),)),
        *(a_spot(), a_read(plate=ARMY, direction=Heading.OUT), Reason.WANTED),
    ),
    (
        "an ambulance is spared a permit, not a clone",
        known(listed=(an_entry("emergency"),), elsewhere=TEN_FAR),
        *(a_spot(), a_read(), Reason.CLONED),
    ),
]


@pytest.mark.parametrize(
    ("facts", "spot", "read", "reason"),
    [row[1:] for row in PRECEDENCE],
    ids=[row[0] for row in PRECEDENCE],
)
def test_which_reason_wins(facts: PlateFacts, spot: Spot, read: PlateRead, reason: Reason) -> None:
    assert judged(facts, spot, read).reason is reason


def test_what_a_finding_rests_on_and_the_permit_beside_it_are_named() -> None:
    verdict = judged(known(GREEN, listed=(an_entry(),)))
    assert (verdict.rests_on, verdict.permit) == ("entry-1", "ref-1")
    assert judged(known(elsewhere=TEN_FAR)).rests_on == "other-1"


def test_an_entry_may_be_more_urgent_than_its_rule() -> None:
    assert judged(known(listed=(an_entry(priority="P1"),))).priority == "P1"
    assert judged(known(listed=(an_entry(),))).priority == "P2"


@pytest.mark.parametrize(
    ("text", "at", "holds"),
    [
        ("22:00-05:00", "21:59", False),
        ("22:00-05:00", "22:00", True),
        ("22:00-05:00", "04:59", True),
        ("22:00-05:00", "05:00", False),
        ("06:30-08:00", "06:30", True),
        ("06:30-08:00", "08:00", False),
    ],
)
def test_hours_over_midnight(text: str, at: str, holds: bool) -> None:
    hours = parse_hours(text)
    assert isinstance(hours, Hours)
    assert hours.contains(time.fromisoformat(at)) is holds


@pytest.mark.parametrize(
    ("facts", "spot", "hour", "reason"),
    [
        (known(YELLOW), a_spot("local"), 23, Reason.OUT_OF_HOURS),
        (known(YELLOW), a_spot("local"), 12, Reason.PERMITTED),
        (known(GREEN), a_spot("local"), 23, Reason.PERMITTED),
        (PlateFacts(), a_spot("main"), 4, Reason.OUT_OF_HOURS),
        (PlateFacts(), a_spot("gate"), 4, Reason.NO_PERMIT),
        (known(listed=(an_entry("emergency"),)), a_spot("main"), 4, Reason.EXEMPT),
    ],
)
def test_a_curfew_is_a_finding_with_hours(
    facts: PlateFacts, spot: Spot, hour: int, reason: Reason
) -> None:
    assert judged(facts, spot, book=CURFEW, local=LOCAL.replace(hour=hour)).reason is reason


def test_a_zone_is_a_finding_with_units() -> None:
    zone = with_finding(finds="hours", hours="00:00-23:59", units=["19783-2021"])
    assert judged(known(GREEN), a_spot(unit="19783-2021"), book=zone).outcome is REVIEW
    assert judged(known(GREEN), a_spot(unit="19789-2021"), book=zone).outcome is PASS


def test_of_a_rule_the_version_of_the_day_counts() -> None:
    old = next(dict(entry) for entry in TABLE["finding"] if entry["id"] == "R-A3")
    new = old | {"version": 2, "valid_from": LOCAL.date(), "outcome": "review", "desk": "review"}
    old |= {"valid_until": LOCAL.date()}
    others = [entry for entry in TABLE["finding"] if entry["id"] != "R-A3"]
    book = parse_rulebook({**TABLE, "finding": [old, new, *others]}, 0.95)
    facts = known(GREEN, listed=(an_entry(valid_from=NOW - 9 * DAY),))
    before = judged(facts, read=a_read(seen_at=NOW - 2 * DAY), book=book, local=LOCAL - 2 * DAY)
    today = judged(facts, book=book)
    assert (before.outcome, before.rule_version) == (STOP, 1)
    assert (today.outcome, today.rule_version) == (REVIEW, 2)
    assert [book.rule("R-A3", n).version for n in (1, 2)] == [1, 2]  # type: ignore[union-attr]
    assert book.rule("R-A3").version == 2  # type: ignore[union-attr]


permits = st.lists(
    st.builds(
        lambda kind, start, length: a_permit(
            kind,
            valid_from=NOW + timedelta(hours=start),
            valid_until=NOW + timedelta(hours=start + length),
            destination=SITE,
            roads=(ROAD,),
        ),
        st.sampled_from([c.value for c in PermitClass]),
        st.integers(-50, 50),
        st.integers(1, 60),
    ),
    max_size=3,
).map(tuple)
entries = st.lists(
    st.builds(
        lambda reason, approved, start, priority: an_entry(
            reason,
            approved_by=approved,
            valid_from=NOW + timedelta(hours=start),
            priority=priority,
        ),
        st.sampled_from([r.value for r in ListReason]),
        st.sampled_from([None, "b"]),
        st.integers(-20, 20),
        st.sampled_from([None, "P1", "P3"]),
    ),
    max_size=2,
).map(tuple)
minutes = st.integers(0, 200).map(lambda n: n * MINUTE)
others = st.lists(st.builds(far, minutes, minutes), max_size=2).map(tuple)
looks = st.none() | st.builds(Registered, st.just("reg-1"), st.sampled_from([None, *Ground]))
facts = st.builds(PlateFacts, permits, entries, others, looks)
spots = st.builds(
    Spot,
    st.just("cam-001"),
    st.sampled_from(["gate", "main", "local", "venue", "quarantine"]),
    st.sampled_from(["in", "out", "both"]),
    st.sampled_from([None, ROAD]),
    st.sampled_from([None, SITE]),
)
reads = st.builds(
    lambda plate, confidence, heading, ground, kind: a_read(
        plate="" if kind else plate,
        confidence=confidence,
        direction=heading,
        colour=ground,
        not_read=kind,
    ),
    st.sampled_from([PLATE, OURS, ARMY, LAO + "X"]),
    st.floats(0, 1),
    st.sampled_from(list(Heading)),
    st.sampled_from(list(Ground)),
    st.none() | st.none() | st.sampled_from(list(NotRead)),
)
books = st.sampled_from([BOOK, CURFEW])
SEVERITY = {PASS: 0, NOTE: 1, REVIEW: 2, STOP: 3}
WATCHED = {Reason.STOLEN, Reason.WANTED, Reason.QUARANTINE_BREAKER}


@given(reads, facts, spots, books, st.integers(0, 23))
def test_whatever_comes_an_unsure_read_stops_nobody(
    read: PlateRead, facts: PlateFacts, spot: Spot, book: Rulebook, hour: int
) -> None:
    verdict = judge(read, facts, spot, book, LOCAL.replace(hour=hour))
    assert (verdict.desk is not None) == (verdict.outcome in (REVIEW, STOP))
    if read.confidence < book.sure:
        assert verdict.outcome is not STOP
        assert verdict.desk != "police"
        assert verdict.reason is not Reason.EXEMPT


@given(reads, facts, spots)
def test_whatever_comes_what_clears_is_a_permit_or_an_exemption_of_exactly_this_plate(
    read: PlateRead, facts: PlateFacts, spot: Spot
) -> None:
    verdict = judge(read, facts, spot, BOOK, LOCAL)
    if verdict.outcome is PASS and verdict.reason is not Reason.EXEMPT:
        assert any(p.valid_from <= read.seen_at < p.valid_until for p in facts.permits)
    if verdict.outcome in (PASS, NOTE) and read.confidence >= BOOK.sure:
        assert not any(
            entry.reason is not ListReason.EMERGENCY and entry.is_in_force(read.seen_at)
            for entry in facts.listed
            if read.not_read is None
        )


@given(reads, facts, spots)
def test_whatever_comes_a_green_permit_more_makes_nothing_worse(
    read: PlateRead, facts: PlateFacts, spot: Spot
) -> None:
    before = judge(read, facts, spot, BOOK, LOCAL)
    after = judge(read, replace(facts, permits=(*facts.permits, GREEN)), spot, BOOK, LOCAL)
    assert SEVERITY[after.outcome] <= SEVERITY[before.outcome]


@given(reads, facts, spots, permits)
def test_whatever_comes_a_valid_permit_more_makes_nothing_worse_for_who_has_one(
    read: PlateRead, facts: PlateFacts, spot: Spot, more: tuple[Permit, ...]
) -> None:
    held = replace(facts, permits=(*facts.permits, YELLOW))
    before = judge(read, held, spot, BOOK, LOCAL)
    after = judge(read, replace(held, permits=(*held.permits, *more)), spot, BOOK, LOCAL)
    assert SEVERITY[after.outcome] <= SEVERITY[before.outcome]


@given(reads, facts, spots)
def test_whatever_comes_an_entry_that_nobody_approved_changes_nothing(
    read: PlateRead, facts: PlateFacts, spot: Spot
) -> None:
    more = tuple(an_entry(reason.value, approved_by=None) for reason in ListReason)
    with_them = replace(facts, listed=(*more, *facts.listed))
    assert judge(read, with_them, spot, BOOK, LOCAL) == judge(read, facts, spot, BOOK, LOCAL)


@given(reads, facts, spots)
def test_whatever_comes_a_journey_that_can_be_made_is_no_clone(
    read: PlateRead, facts: PlateFacts, spot: Spot
) -> None:
    possible = tuple(other for other in facts.elsewhere if other.apart >= other.least)
    verdict = judge(read, replace(facts, elsewhere=possible), spot, BOOK, LOCAL)
    assert verdict.reason is not Reason.CLONED


def test_the_texts_of_every_reason_stand_in_the_registry() -> None:
    raised: Mapping[Reason, str] = {
        rule.reason: rule.texts["vi"] for rule in BOOK.all_rules if all(rule.texts.values())
    }
    # A curfew ships with no rule in force.
    assert set(Reason) - set(raised) == {Reason.OUT_OF_HOURS}
