"""Freeze the report of a day, find issues, sign them, see what came later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path

from sqlalchemy import Connection, text

from ioc import audit
from ioc.briefings import store
from ioc.briefings.book import BriefingBook, Texts
from ioc.briefings.gathering import gather, values_of
from ioc.briefings.model import Amendment, Contents, FigureKind, Issue, Signature
from ioc.briefings.reading import read_briefing
from ioc.briefings.rules import canonical, contents_of, cut_off_of, digest_of, may_sign
from ioc.centre import Centre
from ioc.clock import day_bounds
from ioc.config import noted
from ioc.db import transact
from ioc.errors import Conflict, InvalidInput, NotFound, Unavailable
from ioc.live import Topic
from ioc.reports.service import catalogue

MOST_ISSUES = 60
SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def freeze(centre: Centre, day: date, actor: str) -> Issue:
    """Freeze the report of `day` as it is known now, and return the issue.

    Its figures are read in one snapshot. A day that was frozen before gets another version; where
    nothing has changed since, the issue that there is stays the newest.

    Raises:
        InvalidInput: the day is not over yet.
        Unavailable: the city's briefing.toml cannot be used.
    """
    now, wanted = centre.now(), book(centre)
    if now < day_bounds(day, centre.city.zone)[1]:
        raise InvalidInput("day", f"{day.isoformat()} is not over yet")

    def work(conn: Connection) -> tuple[Issue, bool]:
        conn.execute(SNAPSHOT)
        written = canonical(gather(conn, centre.city, wanted, day))
        digest, known = digest_of(written), store.latest(conn, day)
        if known is not None and known.digest == digest:
            return known, False
        issue = Issue(
            id=0,
            number=store.next_number(conn) if known is None else known.number,
            version=1 if known is None else known.version + 1,
            day=day,
            cut_off=cut_off_of(day, wanted.cut_off, centre.city.zone),
            digest=digest,
            frozen_at=now,
            frozen_by=actor,
            text=written,
        )
        detail = {"day": day.isoformat(), "digest": digest}
        audit.record(conn, actor, "briefing_frozen", f"briefing:{issue.name}", None, detail)
        return replace(issue, id=store.add(conn, issue)), True

    issue, is_new = transact(centre.engine, work)
    if is_new:
        centre.live.announce(Topic.BRIEFINGS)
    return issue


def draft(centre: Centre, day: date) -> Contents:
    """Return what would be frozen of `day` now; nothing is kept."""

    def work(conn: Connection) -> Contents:
        conn.execute(SNAPSHOT)
        return gather(conn, centre.city, book(centre), day)

    return transact(centre.engine, work)


def issues(centre: Centre, limit: int = MOST_ISSUES) -> list[Issue]:
    """Return issues without their texts, the newest first, every version."""
    return transact(centre.engine, partial(store.newest, limit=min(limit, MOST_ISSUES)))


def marks_of(centre: Centre, found: Sequence[Issue]) -> dict[str, str]:
    """Return by name what changes whenever an issue is signed, or differs otherwise."""
    marks = transact(centre.engine, partial(store.marks, ids=[issue.id for issue in found]))
    return {issue.name: marks.get(issue.id, "") for issue in found}


def latest_issue(centre: Centre, day: date) -> Issue | None:
    """Return the newest version of the report of a day, None while there is none."""
    return transact(centre.engine, partial(store.latest, day=day))


def find_issue(centre: Centre, name: str) -> Issue:
    """Return the issue of a name: number and version, `20-1`.

    Raises:
        NotFound: there is none.
    """
    number, _, version = name.partition("-")
    # More digits than a number of issues ever has would not fit the column.
    is_name = all(part.isascii() and part.isdigit() and len(part) < 9 for part in (number, version))
    if not is_name:
        raise NotFound("briefing", name[:40])
    return transact(centre.engine, partial(_held, name=name))


def opened(centre: Centre, issue: Issue) -> tuple[Contents, Sequence[Amendment]]:
    """Return what stands on an issue, and by how much its figures would differ now.

    Raises:
        TamperedIssue: its figures are not those that were frozen.
    """
    later = transact(centre.engine, partial(store.amendments, issue=issue.id))
    return contents_of(issue), [one for one in later if one.n]


def sign(centre: Centre, name: str, role: str, account: str, shown_as: str) -> Issue:
    """Sign an issue with the line of the list that a role may sign next; return it signed.

    Raises:
        NotFound: there is no such issue.
        Forbidden: the role signs nothing, or this account has signed already.
        Conflict: something comes first, the line is signed, or a newer version stands.
        TamperedIssue: its figures are not those that were frozen.
    """
    now, signs = centre.now(), book(centre).signs

    def work(conn: Connection) -> Issue:
        issue = _held(conn, name)
        contents_of(issue)
        newest = store.latest(conn, issue.day)
        if newest is not None and newest.version != issue.version:
            raise Conflict(f"briefing: version {newest.version} replaced it")
        line = may_sign(issue, signs, role, account)
        signature = Signature(line.stage, line.role, account, shown_as, now)
        if not store.sign(conn, issue.id, signature):
            raise Conflict("briefing: this line is signed already")
        detail = {"stage": line.stage.value, "role": line.role, "digest": issue.digest}
        audit.record(conn, account, "briefing_signed", f"briefing:{name}", None, detail)
        return replace(issue, signatures=(*issue.signatures, signature))

    issue = transact(centre.engine, work)
    centre.live.announce(Topic.BRIEFINGS)
    return issue


def note_amendments(centre: Centre, since: date) -> int:
    """Note by how much the figures of the newest issues since a day would be others now.

    Returns:
        How many figures differ otherwise than when it was looked last.
    """
    now, wanted = centre.now(), book(centre)

    def work(conn: Connection) -> int:
        conn.execute(SNAPSHOT)
        noted = 0
        for issue in store.current(conn, since):
            values = values_of(conn, centre.city, wanted, issue.day)
            known = {one.figure: one.n for one in store.amendments(conn, issue.id)}
            found = _differing(contents_of(issue), values)
            new = [
                Amendment(figure, n, now)
                for figure, n in sorted(found.items())
                if n != known.get(figure, 0)
            ]
            store.amend(conn, issue.id, new)
            noted += len(new)
        return noted

    noted = transact(centre.engine, work)
    if noted:
        centre.live.announce(Topic.BRIEFINGS)
    return noted


def drop_issues(centre: Centre, before: date) -> int:
    """Delete the issues of days before a day; return how many."""
    return transact(centre.engine, partial(store.drop, before=before))


def names(centre: Centre) -> dict[str, Texts]:
    """Return what agencies are called, by id."""
    return {one.id: Texts(one.vi, one.en) for one in catalogue(centre).agencies.values()}


def book(centre: Centre) -> BriefingBook:
    """Return what the city wants on its report, read once a process.

    Raises:
        Unavailable: its file is missing or wrong; `ioc admin check-config` says where.
    """
    found = find_book(centre)
    if found is None:
        raise Unavailable("the city's briefing.toml is missing or wrong: see check-config")
    return found


def find_book(centre: Centre) -> BriefingBook | None:
    """Return what the city wants on its report, None where its file is missing or wrong."""
    return _load(centre.settings.city_dir)


def _differing(contents: Contents, values: Mapping[str, int]) -> dict[str, int]:
    is_counted = {f.id: f for f in contents.figures if f.kind != FigureKind.OPEN}
    return {name: n - is_counted[name].value for name, n in values.items() if name in is_counted}


def _held(conn: Connection, name: str) -> Issue:
    number, _, version = name.partition("-")
    found = store.find(conn, int(number), int(version))
    if found is None:
        raise NotFound("briefing", name)
    return found


@cache
def _load(folder: Path) -> BriefingBook | None:
    return noted(read_briefing(folder))
