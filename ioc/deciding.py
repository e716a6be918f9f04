"""Transport decides and changes, and whoever registered is told: in one transaction.

The letter goes into the outbox with the decision, the printed permit in it; what is not to be
decided is not told either.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import InvalidInput
from ioc.live import Topic
from ioc.notices.model import Enclosure, Notice
from ioc.notices.service import book, put_all
from ioc.permits.model import Order, Permit, PermitState
from ioc.permits.service import change_in, find_permit
from ioc.registrations.model import Decided, Decision, Filing, RegistrationStep
from ioc.registrations.rules import OF_TRANSPORT
from ioc.registrations.service import decide_in, filing_in
from ioc.vehicles.plate import display

MOST_AT_ONCE = 200
MAIL = "mail"
PDF = "application/pdf"


def decide(centre: Centre, ref: str, decision: Decision) -> Decided:
    """Take a step of Transport with a registration; an approval grants a permit.

    Raises:
        NotFound: there is no such registration.
        Conflict: its state does not allow the step.
        InvalidInput: the decision lacks something, or holds what cannot be.
    """
    [decided] = decide_many(centre, [ref], decision)
    if decided.fault is not None:
        raise decided.fault
    return decided


def decide_many(centre: Centre, refs: Sequence[str], decision: Decision) -> list[Decided]:
    """Take the same step with many registrations in one transaction.

    One that cannot be decided so is left as it is, with the fault that says why.

    Raises:
        InvalidInput: the step is none of Transport's, or these are too many.
    """
    if decision.step not in OF_TRANSPORT:
        raise InvalidInput("decision", f"{decision.step.value} is none of Transport's")
    if len(refs) > MOST_AT_ONCE:
        raise InvalidInput("refs", f"at most {MOST_AT_ONCE} are decided at once")

    def work(conn: Connection) -> list[Decided]:
        decided = decide_in(conn, centre, refs, decision)
        letters = [_decision_letter(centre, one, decision) for one in decided]
        put_all(conn, centre, [letter for letter in letters if letter is not None])
        return decided

    decided = transact(centre.engine, work)
    if any(one.fault is None for one in decided):
        centre.live.announce(Topic.REGISTRATIONS, Topic.PERMITS)
    return decided


def change_permit(centre: Centre, ref: str, order: Order) -> Permit:
    """Make a new version of a permit and return it; who registered the vehicle is told.

    Raises:
        NotFound: there is no such permit.
        Conflict: its state does not allow the change.
        InvalidInput: a value of the order cannot be.
    """

    def work(conn: Connection) -> Permit:
        permit = change_in(conn, centre, ref, order)
        filing = filing_in(conn, permit.registration)
        letter = None if filing is None else _change_letter(centre, filing, permit, order)
        put_all(conn, centre, [] if letter is None else [letter])
        return permit

    permit = transact(centre.engine, work)
    centre.live.announce(Topic.PERMITS, Topic.REGISTRATIONS)
    return permit


def printed(centre: Centre, ref: str) -> tuple[Permit, bytes]:
    """Return the newest version of a permit, and it as PDF.

    Raises:
        NotFound: there is no such permit.
        Conflict: it is revoked.
    """
    permit = find_permit(centre, ref)
    filing = transact(centre.engine, lambda conn: filing_in(conn, permit.registration))
    return permit, _paper(centre, permit, filing)


def file_name(permit: Permit) -> str:
    """Return the name of the file of a printed permit."""
    return f"permit-{permit.plate}-{permit.ref[:8]}-v{permit.version}.pdf"


def _decision_letter(centre: Centre, decided: Decided, decision: Decision) -> Notice | None:
    filing, permit = decided.filing, decided.permit
    if filing is None or decided.fault is not None:
        return None
    words = {"number": filing.registration.id, "note": decision.note or ""}
    if decision.step is not RegistrationStep.APPROVE or permit is None:
        name = f"notice.registration_{decision.step.value}"
        return _letter(centre, filing, name, words, {})
    terms = {"class": f"permit_class.{permit.permit_class}"}
    words |= _span(centre, permit)
    return _letter(centre, filing, "notice.registration_approve", words, terms, permit)


def _change_letter(centre: Centre, filing: Filing, permit: Permit, order: Order) -> Notice | None:
    terms = {"change": f"change.{order.change}", "class": f"permit_class.{permit.permit_class}"}
    words = {"number": filing.registration.id, "note": order.why, **_span(centre, permit)}
    return _letter(centre, filing, "notice.permit_changed", words, terms, permit)


def _letter(
    centre: Centre,
    filing: Filing,
    name: str,
    words: dict[str, str],
    terms: dict[str, str],
    permit: Permit | None = None,
) -> Notice | None:
    recipient = filing.registration.mail
    if recipient is None or MAIL not in book(centre).channels:
        return None
    enclosed: tuple[Enclosure, ...] = ()
    if permit is not None and permit.state is PermitState.GRANTED:
        paper = _paper(centre, permit, filing)
        enclosed = (Enclosure(file_name(permit), PDF, paper),)
    return Notice(
        topic="registration.decided",
        about=f"registration:{filing.ref}",
        subject=name,
        body=f"{name}_body",
        dedupe=f"{filing.ref}:{name}:{centre.now().isoformat()}",
        words=words,
        terms=terms,
        channel=MAIL,
        recipient=recipient,
        enclosures=enclosed,
    )


def _paper(centre: Centre, permit: Permit, filing: Filing | None) -> bytes:
    # Here: what makes PDF would take a tenth of the start of every service that may print once.
    from ioc.permits.paper import Journey, print_permit  # noqa: PLC0415

    asked = None if filing is None else filing.registration
    places = (None, None) if asked is None else (asked.origin, asked.destination)
    return print_permit(centre, permit, Journey(display(permit.plate), *places))


def _span(centre: Centre, permit: Permit) -> dict[str, str]:
    ends = {"from": permit.valid_from, "until": permit.valid_until}
    return {name: f"{at.astimezone(centre.city.zone):%H:%M %d/%m/%Y}" for name, at in ends.items()}
