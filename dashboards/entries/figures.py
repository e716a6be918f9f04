"""The figures on top of the desk of people who come, of a seat's scope; each leads to its rows."""

from dashboards.panels.totals import Total
from dashboards.screen import Seat
from dashboards.words import Words
from ioc.centre import Centre
from ioc.duplicates.service import count_open
from ioc.people.desk import Queue, counted_today, queue
from ioc.people.lodgings import GUEST
from ioc.people.model import DeclarationStep
from ioc.people.rules import COUNTED, ENTRY, PEOPLE
from ioc.people.tasks import late_by_unit

DECLARED, VEHICLE = COUNTED[DeclarationStep.RECEIVE], "entry.vehicle"
METRICS = (ENTRY, VEHICLE, DECLARED, PEOPLE, GUEST)
HERE = "/entries?list="


def figures(centre: Centre, seat: Seat, words: Words) -> list[Total]:
    """Return what came in today, what waits, what is late."""
    reach = centre.reach(seat.scope)
    n = counted_today(centre, METRICS, reach.everything())
    late = sum(k for unit, k in late_by_unit(centre).items() if reach.covers_unit(unit))

    def total(metric: str, text: str, where: str, context: str = "") -> Total:
        return Total(words.number(n.get(metric, 0)), words.say(text), HERE + where, context)

    people = words.say("entries.people_declared", n=words.number(n.get(PEOPLE, 0)))
    vehicles = words.say("entries.vehicles", n=words.number(n.get(VEHICLE, 0)))
    shown = [
        _waiting(queue(centre, reach.unit_ids()), centre, words),
        total(ENTRY, "entries.entered", "passages&span=day", vehicles),
        total(DECLARED, "entries.declared", "declarations&state=&span=day", people),
        Total(
            words.number(late),
            words.say("entries.late"),
            f"{HERE}tasks&late=yes",
            words.say("entries.late_about"),
            is_due=late > 0,
        ),
        total(GUEST, "entries.guests", "lodgings&here=now"),
    ]
    if seat.sees_persons and reach.is_whole:
        pairs = words.number(count_open(centre))
        shown.append(Total(pairs, words.say("entries.pairs"), f"{HERE}pairs"))
    return shown


def _waiting(held: Queue, centre: Centre, words: Words) -> Total:
    since = held.since and words.age(centre.now() - held.since)
    oldest = words.say("entries.oldest", age=since) if since else words.say("entries.none_waiting")
    text, where = words.say("entries.waiting_now"), f"{HERE}declarations"
    return Total(words.number(held.n), text, where, oldest)
