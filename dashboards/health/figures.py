"""The figures on top of the desk of Health, of a seat's scope; each leads to its rows."""

from collections.abc import Sequence
from datetime import timedelta

from dashboards.panels.totals import Total
from dashboards.screen import Seat
from dashboards.words import Words
from ioc.centre import Centre
from ioc.doses.desk import count_repeats
from ioc.doses.rules import DOSE, NEAR
from ioc.paper.desk import FacilityLine, facilities
from ioc.paper.model import PaperKind, Rhythm
from ioc.people.desk import counted_today
from ioc.samples.desk import standing
from ioc.samples.rules import TEST

HERE = "/health?list="
# Whoever waits longer for a result has left the days in which it helps.
LONG = timedelta(days=1)


def figures(centre: Centre, seat: Seat, words: Words) -> list[Total]:
    """Return doses beside paper, facilities silent, samples that wait, cases, repeats."""
    reach = centre.reach(seat.scope)
    doses = facilities(centre, PaperKind.DOSE, None, reach.places)
    tests = facilities(centre, PaperKind.TEST, None, reach.places)
    today = counted_today(centre, (DOSE, NEAR, TEST), reach.everything())
    held = standing(centre, LONG, reach.places)
    shown = [
        _reconciled(doses, words),
        Total(
            words.number(today.get(DOSE, 0)),
            words.say("health.doses_today"),
            f"{HERE}doses&days=today",
        ),
        _silent("doses", doses, words),
        _silent("tests", tests, words),
        Total(
            words.number(held.pending),
            words.say("health.pending"),
            f"{HERE}pending",
            words.say("health.pending_long", n=words.number(held.long)),
        ),
    ]
    if seat.sees_persons:
        repeats = count_repeats(centre, reach.places)
        shown += [
            Total(words.number(held.cases), words.say("health.cases"), f"{HERE}cases"),
            Total(words.number(repeats), words.say("health.repeats"), f"{HERE}repeats"),
        ]
    return shown


def _reconciled(lines: Sequence[FacilityLine], words: Words) -> Total:
    platform = sum(one.line.platform for one in lines)
    told = [one.line.paper for one in lines if one.line.paper is not None]
    if not told:
        text = words.say("health.doses_total")
        return Total(words.number(platform), text, f"{HERE}doses", words.say("wall.no_paper"))
    paper = sum(told)
    gap = words.say("health.gap", n=words.signed(paper - platform))
    share = words.percent(platform / paper, 2) if paper else "–"
    about = words.say("health.of_paper", share=share, n=words.number(paper), gap=gap)
    return Total(words.number(platform), words.say("health.doses_total"), f"{HERE}doses", about)


def _silent(name: str, lines: Sequence[FacilityLine], words: Words) -> Total:
    silent = sum(one.silence.rhythm is Rhythm.SILENT for one in lines)
    about = words.say("health.of_facilities", n=words.number(len(lines)))
    where = f"{HERE}{name}&rhythm=silent"
    return Total(
        words.number(silent), words.say(f"health.silent_{name}"), where, about, is_due=silent > 0
    )
