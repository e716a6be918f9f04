"""Citizens' reports on the wall: how many are open, how long they wait, what is overdue."""

from dashboards.components import live_age, tile
from dashboards.figures.bands import ageing_bar
from dashboards.markup import Html, el
from dashboards.panels.wall_streams import curve, hero_value
from dashboards.words import Words
from ioc.places import City
from ioc.snapshot import WallSnapshot

PERIOD_S = 10
STEPS = ("day", "three", "week", "longer")


def reports(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the reports that are open, by how long they have waited, and the calls to date."""
    figures = snapshot.figures
    overdue = figures.get("reports_overdue", 0)
    oldest = snapshot.ageing.oldest_at
    return tile(
        words.say("wall.reports"),
        el(
            "div",
            hero_value(figures.get("reports_open", 0), words),
            el(
                "div",
                el(
                    "span",
                    words.say("wall.overdue", n=words.number(overdue)),
                    cls="is-over" if overdue else None,
                ),
                el(
                    "small",
                    words.say("wall.oldest", age=words.age(snapshot.as_of - oldest))
                    if oldest
                    else words.say("wall.none_open"),
                ),
                cls="beside",
            ),
            curve(snapshot.streams["report.received"], snapshot, city, words, (90, 46)),
            cls="hero",
        ),
        ageing_bar(snapshot.ageing.steps, [words.say(f"wall.age_{step}") for step in STEPS], 450),
        el(
            "p",
            words.say("wall.calls", n=words.number(figures.get("calls_total", 0))),
            cls="context clip",
        ),
        age=live_age(PERIOD_S),
        name="reports",
    )
