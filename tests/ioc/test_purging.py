"""The night's purge removes what is due and nothing else, and signs what it removed."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from ioc import certificates
from ioc.backups import back_up, backups
from ioc.centre import Centre
from ioc.certificates import WrongCertificate
from ioc.clock import day_bounds, local_day
from ioc.db import transact
from ioc.policy import KINDS
from ioc.upkeep import purge_and_certify, purge_at_night, recount
from ioc.vehicles import store as vehicles
from ioc.venues import store as venues
from tests.ioc.rows import add_row

DAY = timedelta(days=1)
OVER = {"closed_at": None, "state": "closed"}
# Kind, table, and what a row needs to be due by its age alone; `when` names the column that counts.
DUE = [
    ("intake", "intake", {}),
    ("refused", "refused", {}),
    ("sightings", "sightings", {"direction": "in", "outcome": "pass", "reason": "local"}),
    ("sightings", "plates_seen", {}),
    ("sightings", "doubts", {}),
    ("sightings", "readings", {}),
    ("pictures", "evidence", {"sha256": None}),
    ("permits", "permits", {}),
    ("permits", "registrations", {"state": "refused"}),
    ("permits", "journeys", {}),
    ("alerts", "alerts", {"closed_at": None}),
    ("alerts", "reviews", {}),
    ("notices", "notices", {}),
    ("passages", "passages", {}),
    ("declarations", "declarations", {"state": "arrived", "means": "car", "manner": "self"}),
    ("lodgings", "lodgings", {}),
    ("persons", "persons", {"kind": "cccd"}),
    ("doses", "doses", {"age_group": "adult"}),
    ("tests", "tests", {"kind": "pcr"}),
    ("tests", "cases", {"state": "recovered"}),
    ("scans", "scans", {}),
    ("cards", "cards", {"state": "issued", "medium": "paper"}),
    ("card_ends", "card_ends", {"state": "revoked"}),
    ("calls", "calls", {"direction": "in"}),
    ("reports", "reports", {"sort": "report", "state": "received"}),
    ("briefings", "briefings", {}),
    ("permits", "list_entries", {"list": "watched"}),
    ("doses", "paper_totals", {}),
    ("audit", "trail_requests", {}),
    ("requests", "subject_requests", {}),
    ("requests", "erasures", {}),
    ("breaches", "breaches", {"closed_at": None}),
]


def add(conn: Connection, centre: Centre, table: str, given: dict[str, object], at) -> None:
    filled = dict(given)
    if "closed_at" in filled:
        filled["closed_at"] = at
    if "sha256" in filled:
        filled["sha256"] = format(int(at.timestamp()), "064x")
    add_row(conn, table, at, **filled)


def rows(centre: Centre) -> dict[str, int]:
    def work(conn: Connection) -> dict[str, int]:
        return {
            table: conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for _, table, _ in DUE
        }

    return transact(centre.engine, work)


def test_what_is_due_goes_and_what_is_not_stays(centre: Centre) -> None:
    now, kept = centre.now(), centre.city.limits.retention
    assert {kind for kind, _, _ in DUE} | {"reporters", "audit"} == set(KINDS)
    times = {kind: (now - kept[kind] - 2 * DAY, now - kept[kind] + 2 * DAY) for kind in kept}

    def work(conn: Connection) -> None:
        for subject, kind in ((vehicles, "sightings"), (venues, "scans")):
            for at in times[kind]:
                day = local_day(at, centre.city.zone)
                subject.create_day(conn, day, *day_bounds(day, centre.city.zone))
        add_row(conn, "plate_lists", now, id="watched")
        for kind, table, given in DUE:
            for at in times[kind]:
                add(conn, centre, table, given, at)

    transact(centre.engine, work)
    assert set(rows(centre).values()) == {2}
    purge_and_certify(centre)
    assert rows(centre) == dict.fromkeys((table for _, table, _ in DUE), 1)
    left = {kind: times[kind][1] for kind in times}

    def oldest(conn: Connection, table: str, at) -> bool:
        columns = conn.execute(TIMES, {"table": table}).scalars().all()
        return all(
            conn.execute(text(f"SELECT min({c}) FROM {table}")).scalar_one() in (at, None)
            for c in columns
            if c not in ("held_from", "held_until")
        )

    for kind, table, _ in DUE:
        assert transact(centre.engine, lambda conn, k=kind, t=table: oldest(conn, t, left[k])), (
            table
        )
    again = purge_and_certify(centre)
    assert not any(again.says["removed"].values()), "what is gone is gone once"


def test_what_is_open_is_never_purged(centre: Centre) -> None:
    old = centre.now() - timedelta(days=5000)

    def work(conn: Connection) -> None:
        add_row(conn, "alerts", old)
        add_row(conn, "breaches", old)
        add_row(conn, "registrations", old, state="received")

    transact(centre.engine, work)
    purge_and_certify(centre)
    assert {t: n for t, n in rows(centre).items() if n} == {
        "alerts": 1,
        "breaches": 1,
        "registrations": 1,
    }


def test_a_night_leaves_one_certificate_signed_and_chained(centre: Centre, clock) -> None:
    zone = centre.city.zone
    first = purge_at_night(centre)
    assert first is not None, "a centre that was never purged is, at once"
    assert purge_at_night(centre) is None
    clock.at = (clock.at.astimezone(zone) + DAY).replace(hour=1, minute=59)
    assert purge_at_night(centre) is None, "the night's purge begins at its hour"
    clock.advance(minutes=1)
    second = purge_at_night(centre)
    assert second is not None
    assert second.says["day"] == "2021-10-05"
    assert second.says["previous"] is not None
    assert second.says["kept_since"]["sightings"] == (clock.at - 60 * DAY).isoformat()
    assert purge_at_night(centre) is None
    clock.advance(days=2, hours=-1)
    assert purge_at_night(centre) is not None, "a night that nobody was awake for is made up for"
    assert certificates.verify(centre) == 3
    files = sorted((centre.settings.state_dir / "certificates").iterdir())
    assert [file.name[:10] for file in files] == ["2021-10-04", "2021-10-05", "2021-10-07"]
    assert second.signature in files[1].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE purge_certificates SET content = replace(content, '2021', '2022')",
            "not signed by us",
        ),
        ("UPDATE purge_certificates SET signer = repeat('A', 43) || '='", "not signed by us"),
        ("DELETE FROM purge_certificates WHERE no = 2", "is missing"),
    ],
)
def test_a_changed_or_missing_certificate_shows(centre: Centre, statement: str, says: str) -> None:
    for _ in range(3):
        purge_and_certify(centre)
    assert certificates.verify(centre) == 3

    def tamper(conn: Connection) -> None:
        conn.execute(text("ALTER TABLE purge_certificates DISABLE TRIGGER USER"))
        conn.execute(text(statement))

    transact(centre.engine, tamper)
    with pytest.raises(WrongCertificate, match=says):
        certificates.verify(centre)


def test_no_backup_is_older_than_the_policy_says(centre: Centre, clock) -> None:
    life = centre.city.policy.backups
    first = back_up(centre)
    clock.advance(days=1)
    second = back_up(centre)
    clock.advance(seconds=(life - DAY).total_seconds())
    assert purge_and_certify(centre).says["backups"]["removed"] == 0
    clock.advance(seconds=1)
    says = purge_and_certify(centre).says["backups"]
    assert (says["removed"], says["kept_days"]) == (1, life.days)
    assert says["oldest"] == second.made_at.isoformat()
    assert not first.folder.exists()
    assert [one.folder for one in backups(centre)] == [second.folder]
    assert recount(centre) == []


TIMES = text("""
    SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'
        AND table_name = :table AND data_type = 'timestamp with time zone'
""")
