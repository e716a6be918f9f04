"""What waits at Transport's desk when a demo opens: a morning's registrations, some decided."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ioc.applicants import Applicants
from ioc.centre import Centre
from ioc.clock import local_day
from ioc.deciding import decide
from ioc.intake import IntakeStatus
from ioc.labels import Language, label
from ioc.permits.model import PermitClass
from ioc.registrations.model import Decision, RegistrationStep
from ioc.registrations.service import record_registrations, reply

SOURCE = "portal"
ACTOR = "transport"
SEED = 1004
FILED = 36
EVERY = timedelta(minutes=11)
Step = RegistrationStep
# What was done with the first of the day, the oldest first; the rest waits.
DONE: Sequence[tuple[Step, PermitClass | None, str | None]] = (
    (Step.APPROVE, PermitClass.GREEN, None),
    (Step.APPROVE, PermitClass.YELLOW, None),
    (Step.REFUSE, None, "forbidden_area"),
    (Step.APPROVE, PermitClass.GREEN, None),
    (Step.ASK, None, "ask_papers"),
    (Step.APPROVE, PermitClass.YELLOW, None),
    (Step.REFUSE, None, "no_need"),
    (Step.APPROVE, PermitClass.GREEN, None),
    (Step.ASK, None, "ask_dates"),
)
APPEALED = 2


def seed_registrations(centre: Centre, demo: Mapping[str, Any]) -> None:
    """File registrations over the last hours and decide some; the same day again: nothing."""
    if "registrations" not in demo:
        return
    now = centre.now()
    # Decided are strangers: vehicles that the demo shows being stopped stay without leave.
    strangers, everybody = Applicants({**demo, "vehicle": ()}, SEED), Applicants(demo, SEED)
    day = local_day(now, centre.city.zone)
    for number in range(FILED):
        then = replace(centre, now=_at(centre, EVERY * (FILED - number)))
        applicants = strangers if number < len(DONE) else everybody
        filed = applicants.next(f"{day}-{number}", then.now())
        if number < len(DONE) and filed.until_at is None:
            filed = replace(filed, until_at=now + timedelta(days=2))
        [receipt] = record_registrations(then, SOURCE, [filed])
        if receipt.status is IntakeStatus.RECORDED and number < len(DONE):
            soon = replace(centre, now=_at(centre, EVERY * (FILED - number) - EVERY * 2))
            _decide(soon, str(receipt.ref), number)


def _decide(centre: Centre, ref: str, number: int) -> None:
    step, permit_class, reason = DONE[number]
    note = None if reason is None else label(f"transport_reason.{reason}", Language.VI)
    decide(centre, ref, Decision(step, ACTOR, note, permit_class))
    if number == APPEALED:
        reply(centre, ref, Step.APPEAL, SOURCE, label("transport_demo.appeal", Language.VI))


def _at(centre: Centre, ago: timedelta) -> Any:
    at = centre.now() - ago
    return lambda: at
