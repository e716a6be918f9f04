"""A service request that was posted becomes a report, once; its sender is told what he needs."""

import hashlib
from dataclasses import replace

from ingest.batch import refusal_of
from ingest.open311.documents import Reader, receipt_notice
from ingest.open311.forms import Form, parse_report
from ingest.open311.rendering import Value
from ioc import evidence, intake
from ioc.access.model import ApiKey
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.errors import MAX_ID, InvalidInput
from ioc.intake import IntakeStatus, Receipt
from ioc.reports.model import Placed
from ioc.reports.offered import Numbering
from ioc.reports.service import (
    REPORT,
    catalogue,
    find_case,
    place_report,
    receive,
    secret_of,
    token_of,
)

PICTURE = "report"
# Who sends is never kept of what was refused, and a key is nothing that was said.
SENDER = frozenset(
    {"api_key", "first_name", "last_name", "email", "phone", "device_id", "account_id"}
)


def receive_form(
    centre: Centre, key: ApiKey, form: Form, repeat_key: str | None
) -> tuple[Receipt, Placed]:
    """Keep the report of a form and return its receipt; what is refused is kept for inspection.

    Raises:
        InvalidInput: a field is wrong or missing.
    """
    try:
        placed = place_report(centre, parse_report(form, _item_id(centre, form, repeat_key)))
        placed = _with_evidence(centre, key.source, placed, form.picture)
        receipt = _received(centre, key.source, placed)
    except InvalidInput as fault:
        said = {name: value for name, value in form.fields.items() if name not in SENDER}
        intake.refuse(centre, key.source, REPORT, [refusal_of(said, str(fault))])
        raise
    return receipt, placed


def _received(centre: Centre, source: str, placed: Placed) -> Receipt:
    [receipt] = receive(centre, source, [placed])
    if receipt.status is IntakeStatus.REFUSED:
        raise InvalidInput("Idempotency-Key", "came before with another report")
    return receipt


def receipt_document(
    centre: Centre, receipt: Receipt, placed: Placed, reader: Reader
) -> list[Value]:
    """Return what the sender of a report is told: its number or a token, whom to ring, by when.

    `rating_secret` is told to nobody else; by it the sender rates or has the report reopened.
    """
    ref, numbering = str(receipt.ref), placed.service.numbering
    case = find_case(centre, ref)
    number: dict[str, Value] = {"service_request_id": ref}
    if numbering is not Numbering.REALTIME:
        number = {"token": token_of(centre, ref)}
    return [
        {
            **number,
            "service_notice": receipt_notice(case, catalogue(centre), reader),
            "account_id": placed.report.reporter.account,
            "rating_secret": secret_of(centre, ref),
        }
    ]


def _item_id(centre: Centre, form: Form, repeat_key: str | None) -> str:
    """Return the id under which a form is entered, so that a client that tries again sends once.

    The standard has none: it is the client's key of idempotency, or else what was said, that day.
    """
    if repeat_key is not None:
        if not 1 <= len(repeat_key) <= MAX_ID - 4 or not repeat_key.isprintable():
            raise InvalidInput("Idempotency-Key", f"needs 1 to {MAX_ID - 4} printing characters")
        return f"key:{repeat_key}"
    said = {name: values for name, values in sorted(form.fields.items()) if name != "api_key"}
    digest = hashlib.sha256(repr((said, form.picture)).encode("utf-8", "replace")).hexdigest()
    return f"311:{local_day(centre.now(), centre.city.zone)}:{digest[:40]}"


def _with_evidence(centre: Centre, source: str, placed: Placed, picture: bytes | None) -> Placed:
    """Keep the picture before the commit that names it."""
    if picture is None:
        return placed
    name = evidence.keep(centre, picture, PICTURE, f"report:{source}", centre.now())
    return replace(placed, report=replace(placed.report, picture=name))
