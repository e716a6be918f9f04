"""Faults of cameras: noted with their times, told once to whoever looks after cameras."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from ioc.camera_health import store
from ioc.camera_health.model import FaultSpell, Liar
from ioc.camera_health.rules import Found, changes, liars
from ioc.centre import Centre
from ioc.clock import day_bounds
from ioc.db import transact
from ioc.live import Topic
from ioc.notices.model import Notice
from ioc.notices.service import put_all

FAULTY = "camera.faulty"
DESK = "cameras"
# A street without power takes a dozen cameras: one letter says so.
MOST_SINGLY = 3


def note_faults(centre: Centre, found: Found) -> int:
    """Note what is wrong with all cameras now; return how many faults began or ended."""

    def work(conn: Connection) -> int:
        store.hold(conn)
        begun, over = changes(found, store.open_spells(conn))
        store.begin(conn, begun)
        store.end(conn, over, centre.now())
        put_all(conn, centre, _notices(centre, begun))
        return len(begun) + len(over)

    changed = transact(centre.engine, work)
    if changed:
        centre.live.announce(Topic.CAMERAS)
    return changed


def spells_between(centre: Centre, start: datetime, end: datetime) -> list[FaultSpell]:
    """Return the faults that were on at some time of start <= t < end, by camera and beginning."""
    return transact(centre.engine, lambda conn: store.spells_between(conn, start, end))


def liars_of(centre: Centre, day: date) -> list[Liar]:
    """Return the cameras that lied on a day of the city, until now; who lied longest first."""
    start, end = day_bounds(day, centre.city.zone)
    until = min(end, centre.now())
    return liars(spells_between(centre, start, until), start, until) if until > start else []


def drop_faults(centre: Centre, before: datetime) -> int:
    """Delete faults that were over before an instant; return how many."""
    return transact(centre.engine, lambda conn: store.drop(conn, before))


def _notices(centre: Centre, begun: Sequence[FaultSpell]) -> list[Notice]:
    if len(begun) <= MOST_SINGLY:
        return [_notice(centre, spell) for spell in begun]
    named = ", ".join(sorted({_name(centre, spell.camera) for spell in begun}))
    first = min(spell.since for spell in begun)
    return [
        Notice(
            topic=FAULTY,
            about="cameras",
            subject="notice.cameras_faulty",
            body="notice.cameras_faulty_body",
            dedupe=f"cameras:{begun[0].camera}:{centre.now().isoformat()}",
            words={
                "n": str(len({s.camera for s in begun})),
                "names": named,
                "time": _at(centre, first),
            },
            facts={"desk": DESK, "reason": "many"},
        )
    ]


def _notice(centre: Centre, spell: FaultSpell) -> Notice:
    return Notice(
        topic=FAULTY,
        about=f"camera:{spell.camera}",
        subject="notice.camera_faulty",
        body="notice.camera_faulty_body",
        dedupe=f"camera:{spell.camera}:{spell.fault}:{spell.since.isoformat()}",
        words={"name": _name(centre, spell.camera), "time": _at(centre, spell.since)},
        terms={"fault": f"camera_fault.{spell.fault}", "todo": f"camera_todo.{spell.fault}"},
        facts={"desk": DESK, "reason": spell.fault.value},
    )


def _name(centre: Centre, camera: str) -> str:
    known = centre.city.cameras.get(camera)
    return f"{known.name} ({camera})" if known else camera


def _at(centre: Centre, at: datetime) -> str:
    return f"{at.astimezone(centre.city.zone):%H:%M %d/%m/%Y}"
