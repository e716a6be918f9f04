"""The use cases of calls: take in, open tickets, count."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from ioc import intake, tally
from ioc.calls import store
from ioc.calls.hotlines import read_hotlines
from ioc.calls.model import Call, CallDirection, Hotlines, Rung
from ioc.centre import Centre
from ioc.clock import bucket_of
from ioc.config import noted
from ioc.db import transact
from ioc.errors import InvalidInput
from ioc.intake import Entry, IntakeStatus, Receipt
from ioc.live import Topic
from ioc.reports.service import catalogue, digest_of_report, receive_in

CALL = "call"
AHEAD = timedelta(minutes=5)
_READ: dict[tuple[Path, str], Hotlines] = {}


def hotlines(centre: Centre) -> Hotlines:
    """Return the city's hotlines, read once a process; what is wrong in them is logged."""
    key = (centre.settings.config_dir, centre.settings.city)
    if key not in _READ:
        _READ[key] = noted(read_hotlines(centre.settings.city_dir, catalogue(centre)))
    return _READ[key]


def require_line(known: Hotlines, line: str, branch: str | None) -> None:
    """Refuse a line or a branch that the city does not have.

    Raises:
        InvalidInput: there is none; the field says which.
    """
    if line not in known.lines:
        raise InvalidInput("line", f"there is no line {line!r}: {', '.join(known.lines)}")
    if branch is not None and (line, branch) not in known.branches:
        digits = ", ".join(digit for of, digit in known.branches if of == line)
        raise InvalidInput("branch", f"{line} has no branch {branch!r}: {digits}")


def record_calls(centre: Centre, source: str, calls: Sequence[Call]) -> list[Receipt]:
    """Keep calls of `source` in one transaction, with the tickets they open; one receipt each."""
    now = centre.now()

    def work(conn: Connection) -> tuple[list[Receipt], bool]:
        wrong = _refused(conn, calls, now)
        sound = [call for call in calls if call.id not in wrong]
        entries = [Entry(call.id, _digest(centre, call), secrets.token_hex(16)) for call in sound]
        receipts = iter(intake.enter_ids(conn, source, CALL, entries, now))
        answers = [wrong.get(call.id) or next(receipts) for call in calls]
        new = {
            str(receipt.ref): call
            for call, receipt in zip(calls, answers, strict=True)
            if receipt.status is IntakeStatus.RECORDED
        }
        opening = [call.opens for call in new.values() if call.opens is not None]
        opened = receive_in(conn, centre, source, opening) if opening else []
        tickets = {call_id_of(one.id): str(one.ref) for one in opened if one.ref is not None}
        store.add(conn, source, new, tickets, now)
        tally.add(conn, _counts(new.values()))
        return answers, bool(opened)

    receipts, has_opened = transact(centre.engine, work)
    centre.live.announce(*((Topic.CALLS, Topic.REPORTS) if has_opened else (Topic.CALLS,)))
    return receipts


def ticket_id(call: str) -> str:
    """Return the id under which a call's ticket is entered as a report."""
    return f"call:{call}"


def call_id_of(ticket: str) -> str:
    """Return the id of the call that opened a ticket."""
    return ticket.removeprefix("call:")


def calls_by_branch(centre: Centre, start: datetime, end: datetime) -> list[Rung]:
    """Return how often each line and branch was rung, or rang, in a span."""
    return transact(centre.engine, lambda conn: store.rung(conn, start, end))


def metrics_of(direction: CallDirection) -> Iterator[str]:
    """Yield the metrics that one call counts in."""
    yield "call"
    yield f"call.{direction}"


def _refused(conn: Connection, calls: Sequence[Call], now: datetime) -> Mapping[str, Receipt]:
    """Return the receipts of calls that cannot be, by id."""
    named = [call.ticket for call in calls if call.ticket is not None]
    known = store.known_tickets(conn, named) if named else set()
    wrong = {}
    for call in calls:
        if call.at > now + AHEAD:
            wrong[call.id] = f"at: lies ahead of now by more than {AHEAD}"
        elif call.ticket is not None and call.ticket not in known:
            wrong[call.id] = f"ticket: there is no report {call.ticket!r}"
    return {name: Receipt(name, IntakeStatus.REFUSED, why=why) for name, why in wrong.items()}


def _counts(calls: Iterable[Call]) -> tally.Counts:
    rung = Counter((call.direction, call.line, bucket_of(call.at)) for call in calls)
    counts: dict[tuple[str, str, datetime], int] = {}
    for (direction, line, bucket), n in rung.items():
        for metric in metrics_of(direction):
            key = (metric, line, bucket)
            counts[key] = counts.get(key, 0) + n
    return counts


def _digest(centre: Centre, call: Call) -> bytes:
    """Return the digest of what was said; of a ticket what names nobody."""
    opens = None if call.opens is None else digest_of_report(centre, call.opens.report).hex()
    at = call.at.isoformat()
    said = (call.line, call.branch, call.direction.value, at, call.topic, call.ticket, opens)
    return hashlib.sha256(repr(said).encode()).digest()
