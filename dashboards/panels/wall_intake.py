"""What comes in of cards, doses and tests, each with its age, its source and its gap."""

from dashboards.components import tile
from dashboards.figures.bands import reconciliation
from dashboards.figures.bars import share_bar
from dashboards.markup import Html, el
from dashboards.panels.wall_streams import curve, hero_value, stream_age, usual
from dashboards.words import Words
from ioc.places import City
from ioc.snapshot import WallSnapshot

# How often each is counted: scans by the quarter-hour, facilities send by the hour at best.
SCANS_S, FACILITIES_S = 900, 3600
SITES = 4
PX = 450


def scans(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the scans of today before their usual range, and what they come to in all."""
    stream = snapshot.streams["scan"]
    figures = snapshot.figures
    return tile(
        words.say("wall.scans"),
        el(
            "div",
            hero_value(figures.get("scans_today", stream.today), words),
            el(
                "div",
                words.say("wall.scans_unit"),
                el("small", usual(stream, snapshot, city, words)),
                cls="beside",
            ),
            cls="hero",
        ),
        curve(stream, snapshot, city, words, (PX, 64)),
        el(
            "p",
            words.say(
                "wall.scans_total",
                scans=words.number(figures.get("scans_total", 0)),
                cards=words.number(figures.get("cards_total", 0)),
            ),
            cls="context clip",
        ),
        age=stream_age(stream, SCANS_S, snapshot, city, words),
        name="scans",
    )


def busiest_points(snapshot: WallSnapshot, _city: City, words: Words) -> Html:
    """Return the sites that scanned most today, and how many points did at all."""
    top = max([n for _, n in snapshot.scans_by_site] + [1])
    rows = [
        el(
            "div",
            el("span", name),
            el("b", words.number(n), cls="count"),
            share_bar(n, top, PX, 4),
            cls="place-row",
        )
        for name, n in snapshot.scans_by_site[:SITES]
    ]
    active = snapshot.figures.get("points_active", 0)
    return tile(
        words.say("wall.points"),
        rows or el("p", words.say("wall.no_scans"), cls="context"),
        age=el("span", words.say("wall.points_active", n=words.number(active)), cls="age is-plain"),
        name="busiest",
    )


def doses(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the doses on the platform beside those on paper, the gap at its true scale."""
    stream = snapshot.streams["dose"]
    held = snapshot.figures.get("doses_total", 0)
    paper = snapshot.figures.get("doses_reported_total", 0)
    beside = (
        words.say("wall.of_paper", share=words.percent(held / paper, 2), n=words.number(paper))
        if paper
        else words.say("wall.no_paper")
    )
    return tile(
        words.say("wall.doses"),
        el(
            "div",
            hero_value(held, words),
            el("div", words.say("wall.doses_unit"), el("small", beside), cls="beside"),
            cls="hero",
        ),
        reconciliation(held, paper),
        el(
            "div",
            el("span", words.say(_gap_words(held, paper))),
            curve(stream, snapshot, city, words, (110, 34)),
            el("b", words.number(abs(paper - held)) if paper else "–", cls="count gap"),
            cls="gap-row",
        ),
        age=stream_age(stream, FACILITIES_S, snapshot, city, words),
        name="doses",
    )


def tests(snapshot: WallSnapshot, city: City, words: Words) -> Html:
    """Return the tests to date, how many facilities reported, and today's positives by kind."""
    stream = snapshot.streams["test"]
    figures = snapshot.figures
    positives = [
        el("span", _kind(kind, words), " ", el("b", words.number(n), cls="count"))
        for kind, n in snapshot.positives.items()
    ]
    return tile(
        words.say("wall.tests"),
        el(
            "div",
            hero_value(figures.get("tests_total", 0), words),
            el(
                "div",
                words.say("wall.tests_unit"),
                el(
                    "small",
                    words.say(
                        "wall.facilities", n=words.number(figures.get("facilities_reporting", 0))
                    ),
                ),
                cls="beside",
            ),
            curve(stream, snapshot, city, words, (64, 46)),
            cls="hero",
        ),
        el("p", words.say("wall.positives"), positives or words.number(0), cls="context positives"),
        age=stream_age(stream, FACILITIES_S, snapshot, city, words),
        name="tests",
    )


def _gap_words(held: int, paper: int) -> str:
    if not paper:
        return "wall.unreconciled"
    return "wall.gap" if paper >= held else "wall.surplus"


def _kind(kind: str, words: Words) -> str:
    """Return the short name of a kind of test, its id where the labels have none."""
    key = f"short_kind.{kind}"
    named = words.say(key)
    return kind if named == key else named
