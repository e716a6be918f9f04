"""What happens to reports by itself: frozen each morning, watched, sent once approved."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from ioc.briefings.book import BriefingBook, Recipient
from ioc.briefings.edition import Edition
from ioc.briefings.export import xlsx_of
from ioc.briefings.model import PDF, XLSX, Issue, IssueState
from ioc.briefings.page import sheet_of
from ioc.briefings.paint import pdf_of
from ioc.briefings.rules import contents_of, cut_off_of, day_due, state_of
from ioc.briefings.service import find_book, freeze, latest_issue, names, note_amendments
from ioc.centre import Centre
from ioc.db import transact
from ioc.labels import Language
from ioc.notices.model import Enclosure, Notice
from ioc.notices.service import letters_about, put_all
from ioc.wording import Wording

CLOCK = "timekeeper"
APPROVED, UNSIGNED = "briefing.approved", "briefing.unsigned"


def freeze_due(centre: Centre) -> Issue | None:
    """Freeze the report that is due and was not frozen yet; return it, None where none was."""
    wanted = find_book(centre)
    if wanted is None:
        return None
    day = day_due(centre.now(), wanted.cut_off, centre.city.zone)
    if latest_issue(centre, day) is not None:
        return None
    return freeze(centre, day, CLOCK)


def watch_issues(centre: Centre) -> int:
    """Note what came in after the cut-off of the issues of the last days; return how much."""
    wanted = find_book(centre)
    if wanted is None:
        return 0
    since = day_due(centre.now(), wanted.cut_off, centre.city.zone) - wanted.amended
    return note_amendments(centre, since + timedelta(days=1))


def send_due(centre: Centre, env: Mapping[str, str] | None = None) -> int:
    """Send the report that is due to be sent, once; return how many letters are new.

    One that nobody approved by then is told of instead, once: it goes out when it is approved.
    """
    wanted, now = find_book(centre), centre.now()
    if wanted is None:
        return 0
    day = day_due(now, wanted.cut_off, centre.city.zone)
    issue = latest_issue(centre, day)
    if issue is None or now < cut_off_of(day, wanted.send_at, centre.city.zone):
        return 0
    known = {letter.notice.dedupe for letter in letters_about(centre, f"briefing:{issue.name}")}
    if state_of(issue, wanted.signs) is not IssueState.APPROVED:
        notices = [one for one in [_unsigned(issue)] if one.dedupe not in known]
    else:
        given = os.environ if env is None else env
        notices = _letters(centre, wanted, issue, known, given)
    return transact(centre.engine, lambda conn: put_all(conn, centre, notices)) if notices else 0


def _unsigned(issue: Issue) -> Notice:
    return Notice(
        topic=UNSIGNED,
        about=f"briefing:{issue.name}",
        subject="notice.briefing_unsigned",
        body="notice.briefing_unsigned_body",
        dedupe=f"briefing:{issue.name}:unsigned",
        words={"issue": issue.name, "day": f"{issue.day:%d/%m/%Y}"},
    )


def _letters(
    centre: Centre,
    wanted: BriefingBook,
    issue: Issue,
    known: set[str],
    env: Mapping[str, str],
) -> list[Notice]:
    """Return a letter with its numbered copy to everybody who has an address, and none yet."""
    reached = [(n, one, _address(one, env)) for n, one in enumerate(wanted.recipients, 1)]
    due = [
        (n, one, address)
        for n, one, address in reached
        if _dedupe(issue, n) not in known and (address or one.address is None)
    ]
    if not due:
        return []
    words = Wording(Language.VI, centre.city.zone)
    edition = Edition(contents_of(issue), wanted, centre.city, words, issue, names(centre))
    return [_letter(edition, issue, n, one, address) for n, one, address in due]


def _letter(
    edition: Edition, issue: Issue, n: int, recipient: Recipient, address: str | None
) -> Notice:
    own = replace(edition, copy=(n, len(edition.book.recipients), edition.text(recipient.name)))
    author = edition.text(edition.book.centre)
    return Notice(
        topic=APPROVED,
        about=f"briefing:{issue.name}",
        subject="notice.briefing_approved",
        body="notice.briefing_approved_body",
        dedupe=_dedupe(issue, n),
        words={
            "number": str(issue.number),
            "version": str(issue.version),
            "day": f"{issue.day:%d/%m/%Y}",
            "code": issue.code,
            "points": _points(own),
        },
        channel=recipient.channel,
        recipient=address,
        enclosures=(
            Enclosure(f"briefing-{issue.name}.pdf", PDF, pdf_of(sheet_of(own), author)),
            Enclosure(f"briefing-{issue.name}.xlsx", XLSX, xlsx_of(own)),
        ),
    )


def _points(edition: Edition) -> str:
    says: Sequence[str] = [edition.say(one.says[0]) for one in edition.contents.sentences]
    return " ".join(f"{n}. {text.replace('|', '')}" for n, text in enumerate(says, 1))


def _dedupe(issue: Issue, n: int) -> str:
    return f"briefing:{issue.name}:{n}"


def _address(recipient: Recipient, env: Mapping[str, str]) -> str | None:
    """Return the address that the environment gives, None where it gives none."""
    return env.get(recipient.address, "").strip() or None if recipient.address else None
