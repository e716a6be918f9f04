"""One erasure: the tie of rows to somebody cut, who he is forgotten, and what stays named."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import text_array
from ioc.persons.model import NumberKind
from ioc.persons.numbers import number_of, qid_of
from ioc.persons.rules import reference_of_number
from ioc.persons.sealing import open_number, seal_number
from ioc.persons.service import circles_of
from ioc.subjects import store
from ioc.subjects.holdings import IDENTITY, Holding, erasable
from ioc.subjects.model import About, Hold, HoldReason, Outcome, Subject
from ioc.vehicles.plate import normalise

SEALED_AS = "subject"
QID = "qid:"


def erase_subject(
    conn: Connection, centre: Centre, subject: Subject, *, dry_run: bool
) -> tuple[Outcome, list[str]]:
    """Cut what may be cut; return what that was, and the pictures to delete after the commit."""
    asked = asked_of(conn, centre, subject)
    erased: dict[str, int] = {}
    holds, names = [], []
    for holding in erasable(subject.about):
        staying = store.staying(conn, holding, asked)
        if staying.rows:
            holds.append(_hold(centre, holding, staying))
        if holding.table == "sightings" and not dry_run:
            names = store.pictures_of(conn, holding, asked)
        erased[holding.table] = _cut(conn, holding, asked, dry_run=dry_run)
    if subject.about is About.PERSON:
        needed = _identity(conn, asked, erased, is_needed=bool(holds), dry_run=dry_run)
        holds.extend(needed)
    return Outcome({table: n for table, n in erased.items() if n}, holds, len(names)), names


def asked_of(conn: Connection, centre: Centre, subject: Subject) -> Mapping[str, Any]:
    """Return by what the rows of a subject are found: all references of a person, or a plate."""
    key = key_of(centre, subject)
    if subject.about is About.PLATE:
        return {"plate": key, "now": centre.now()}
    _, refs = circles_of(conn, [key])[key]
    return {"refs": text_array(refs), "now": centre.now()}


def key_of(centre: Centre, subject: Subject) -> str:
    """Return the plate, or the reference of the person.

    Raises:
        InvalidInput: it is none.
    """
    if subject.about is About.PLATE:
        return normalise(subject.text)
    if subject.text.startswith(QID):
        kind, number = NumberKind.QID, qid_of(subject.text.removeprefix(QID))
    else:
        kind, number = number_of(subject.text)
    return reference_of_number(centre.settings.secret, kind, number)


def sealed_of(centre: Centre, subject: Subject) -> bytes:
    """Return who it is, for the centre's secret alone to open."""
    return seal_number(centre.settings.secret, SEALED_AS, subject.text)


def opened(centre: Centre, about: About, sealed: bytes) -> Subject:
    """Return who was sealed.

    Raises:
        Unavailable: it was sealed under another secret.
    """
    return Subject(about, open_number(centre.settings.secret, SEALED_AS, sealed))


def _cut(conn: Connection, holding: Holding, asked: Mapping[str, Any], *, dry_run: bool) -> int:
    if not holding.cut:
        return 0
    n = store.count(conn, holding, asked)
    if not dry_run:
        store.cut(conn, holding, asked)
    return n


def _identity(
    conn: Connection,
    asked: Mapping[str, Any],
    erased: dict[str, int],
    *,
    is_needed: bool,
    dry_run: bool,
) -> Sequence[Hold]:
    """Forget who he is, unless something that stays needs to say it; return what stays then."""
    if not is_needed:
        for holding in IDENTITY:
            erased[holding.table] = _cut(conn, holding, asked, dry_run=dry_run)
        return []
    counts = [(holding, store.count(conn, holding, asked)) for holding in IDENTITY]
    return [Hold(one.kind, one.table, n, HoldReason.NEEDED, None) for one, n in counts if n]


def _hold(centre: Centre, holding: Holding, staying: store.Staying) -> Hold:
    kind = centre.city.policy.kinds[holding.law or holding.kind]
    last = staying.last_at if holding.reason is HoldReason.LAW else None
    until = None if last is None else last + kind.kept
    return Hold(kind.id, holding.table, staying.rows, holding.reason, until)
