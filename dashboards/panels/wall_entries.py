"""The first tile of the wall: who and what entered today, against what is usual."""

from dashboards.components import badge, live_age, tile
from dashboards.figures.bars import share_bar
from dashboards.markup import Html, el
from dashboards.panels.wall_streams import curve, hero_value, usual
from dashboards.words import Words
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.snapshot import WallSnapshot

PERIOD_S = 10


def entries(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the people and the vehicles that entered today, the vehicles by pass."""
    sums = dict.fromkeys((*PermitClass, "none"), 0)
    for (_, name), n in snapshot.entries.items():
        sums[name] = sums.get(name, 0) + n
    top = max([*sums.values(), 1])
    people = snapshot.streams["entry.person"]
    vehicles = snapshot.figures.get("entries_vehicles_today", sum(sums.values()))
    rows = [
        _class_row(badge(kind, words, 34), words.say(kind), sums[kind], top, words)
        for kind in PermitClass
    ]
    none = el("span", cls="no-badge")
    rows.append(_class_row(none, words.say("standing.none"), sums["none"], top, words))
    approved = snapshot.figures.get("vehicles_approved_total", 0)
    return tile(
        words.say("wall.entries"),
        el(
            "div",
            hero_value(snapshot.figures.get("entries_people_today", people.today), words, "people"),
            el(
                "div",
                words.say("wall.people"),
                el("small", usual(people, snapshot, city, words)),
                cls="beside",
            ),
            cls="hero",
        ),
        curve(people, snapshot, city, words, (450, 44)),
        el(
            "div",
            hero_value(vehicles, words, "is-second vehicles"),
            el(
                "div",
                words.say("wall.vehicles"),
                el("small", words.say("wall.approved", n=words.number(approved))),
                cls="beside",
            ),
            cls="hero",
        ),
        rows,
        el(
            "p",
            words.say("wall.declared"),
            " ",
            el(
                "b",
                words.number(snapshot.figures.get("declarations_today", 0)),
                cls="count declared",
            ),
            cls="context clip",
        ),
        age=live_age(PERIOD_S),
        name="entries",
    )


def _class_row(sign: Html, name: str, n: int, top: int, words: Words) -> Html:
    count = el("b", words.number(n), cls="count")
    return el("div", sign, el("span", name), share_bar(n, top, 128), count, cls="class-row")
