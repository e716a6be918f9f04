"""What stands above the lists of scans: figures of a seat's scope, and each sort of point."""

from collections import defaultdict

from dashboards.markup import Html, el
from dashboards.panels.totals import Total
from dashboards.screen import Seat
from dashboards.words import Words
from ioc.centre import Centre
from ioc.places import PointSort
from ioc.venues.desk import PointDay, points_today
from ioc.venues.model import PointState
from ioc.venues.service import occupancies

HERE = "/scans?list="


def points_of(centre: Centre, seat: Seat) -> list[PointDay]:
    """Return the points of a seat's scope today."""
    return points_today(centre, centre.reach(seat.scope).places)


def figures(points: list[PointDay], centre: Centre, seat: Seat, words: Words) -> list[Total]:
    """Return scans against their usual, points that scan and that fell silent, who was refused."""
    scans, away = sum(one.scans for one in points), sum(one.turned_away for one in points)
    known = [one for one in points if one.usual_now is not None]
    usual = sum(one.usual_now or 0 for one in known)
    by_state = {state: sum(one.state is state for one in points) for state in PointState}
    silent, reach = by_state[PointState.SILENT], centre.reach(seat.scope)
    sites = [one for one in occupancies(centre) if reach.covers(one.site)]
    full = sum(bool(one.capacity and one.inside >= one.capacity) for one in sites)
    share = words.percent(away / scans, 2) if scans else words.percent(0)
    return [
        Total(
            words.number(scans),
            words.say("scans.scans"),
            f"{HERE}points",
            words.say("scans.usual_by_now", n=words.number(round(usual)), points=len(known)),
        ),
        Total(
            words.number(by_state[PointState.SCANNING]),
            words.say("scans.active"),
            f"{HERE}points&state=scanning",
            words.say("scans.of_points", n=words.number(len(points))),
        ),
        Total(
            words.number(silent),
            words.say("scans.silent"),
            f"{HERE}points&state=silent",
            words.say("scans.silent_about"),
            is_due=silent > 0,
        ),
        Total(
            words.number(by_state[PointState.SHUT]),
            words.say("scans.shut"),
            f"{HERE}points&state=shut",
        ),
        Total(
            words.number(away),
            words.say("scans.refused"),
            f"{HERE}refusals&span=day",
            words.say("scans.of_scans", share=share),
        ),
        Total(
            words.number(sum(one.inside for one in sites)),
            words.say("scans.inside"),
            f"{HERE}sites",
            words.say("scans.full_sites", n=words.number(full)),
        ),
    ]


def by_sort(points: list[PointDay], words: Words) -> Html:
    """Return each sort of point: its scans so far, and a mark where they usually are by now."""
    held: dict[PointSort, list[PointDay]] = defaultdict(list)
    for one in points:
        held[one.sort].append(one)
    counted = {sort: sum(one.scans for one in of) for sort, of in held.items()}
    usual = {sort: sum(one.usual_now or 0 for one in of) for sort, of in held.items()}
    shown = sorted(held, key=lambda sort: -counted[sort])
    return el("ul", [_sort(sort, counted[sort], usual[sort], words) for sort in shown], cls="sorts")


def _sort(sort: PointSort, scans: int, usual: float, words: Words) -> Html:
    """Each on a scale of its own: they differ by thousands."""
    top = max(scans, usual, 1)
    against = words.say("scans.usual", n=words.number(round(usual))) if usual else ""
    mark = el("i", style=f"left:{usual / top * 100:.1f}%") if usual else None
    return el(
        "li",
        el(
            "a",
            el("span", words.say(sort)),
            el("b", words.number(scans)),
            el("div", el("em", style=f"width:{scans / top * 100:.1f}%"), mark, cls="sort-bar"),
            el("small", against or words.say("scans.no_usual")),
            href=f"{HERE}points&sort={sort}",
        ),
    )
