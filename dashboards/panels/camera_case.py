"""One camera, opened: its scorecard in words, its day by the hour, its last thirty days."""

from collections.abc import Sequence

from dashboards.figures.bands import band_chart
from dashboards.figures.bars import mini_bars
from dashboards.markup import Html, el, join
from dashboards.panels.camera_rows import (
    NOTHING,
    district_of,
    misread_told,
    needs,
    share_told,
    skew_told,
    usual_told,
)
from dashboards.words import Words
from ioc.camera_health.model import CameraFault, FaultSpell
from ioc.camera_watch import faults_of
from ioc.places import Camera, City
from ioc.scorecards import CameraDay, Scorecard

CHART = (560, 170)
DAYS = (560, 70)


def head(card: Scorecard, camera: Camera, city: City, words: Words) -> Html:
    """Return which camera it is and how it does."""
    where = [words.say(camera.road_class), words.say(camera.direction), district_of(camera, city)]
    road = city.places.get(camera.road or "")
    if road is not None:
        where.insert(0, road.name)
    return el(
        "header",
        el("h2", camera.name),
        el(
            "p", el("span", camera.id, cls="mono"), " · ", ", ".join(part for part in where if part)
        ),
        el(
            "p",
            words.say(f"camera_state.{card.state.state}"),
            f": {card.state.error}" if card.state.error else None,
            cls="is-due" if "state" in needs(card, city.limits.cameras) else "quiet",
        ),
    )


def lies(card: Scorecard, spells: Sequence[FaultSpell], city: City, words: Words) -> Html:
    """Return what is wrong with a camera and what to do about it, then its faults of the day."""
    on = {spell.fault: spell for spell in spells if spell.until is None}
    found = dict.fromkeys([*on, *faults_of(card, city.limits.cameras)])
    told = [
        el(
            "li",
            el("b", _told(fault, on.get(fault), words)),
            el("span", words.say(f"camera_todo.{fault}")),
        )
        for fault in found
    ]
    past = [
        el(
            "li",
            words.say(
                "cameras.lied_for",
                fault=words.say(f"camera_fault.{spell.fault}"),
                age=words.age(spell.until - spell.since),
            ),
            " ",
            el("small", words.time(spell.since)),
        )
        for spell in spells
        if spell.until is not None
    ]
    return join(
        [
            el("ul", told, cls="camera-lies") if told else None,
            el("section", el("h3", words.say("cameras.lied_today")), el("ul", past), cls="quiet")
            if past
            else None,
        ]
    )


def _told(fault: CameraFault, spell: FaultSpell | None, words: Words) -> str:
    name = words.say(f"camera_fault.{fault}")
    if spell is None:
        return name
    return words.say("cameras.fault_since", fault=name, time=words.moment(spell.since))


def scores(card: Scorecard, city: City, words: Words) -> Html:
    """Return the scorecard: each measure with its value, and of how many it is told."""
    sample, answers, late = card.sample, card.answers, set(needs(card, city.limits.cameras))
    lines = (
        (
            "rate",
            f"{words.number(card.state.reads_per_minute, 1)}",
            words.say("cameras.usual_is", usual=usual_told(card, words))
            if card.usual
            else words.say("cameras.no_usual"),
        ),
        (
            "sure",
            share_told(sample.share_sure, words),
            words.say("cameras.of_newest", n=words.number(sample.reads)),
        ),
        (
            "skew",
            skew_told(card, city.limits.cameras, words),
            words.say("cameras.known_after", n=words.number(sample.delay_s, 1))
            if sample.delay_s is not None
            else NOTHING,
        ),
        (
            "doubtful",
            share_told(card.share_doubtful, words),
            words.say(
                "cameras.of_today", n=words.number(card.doubtful), of=words.number(card.today)
            ),
        ),
        (
            "misread",
            misread_told(card, words),
            words.say("cameras.of_month", share=share_told(answers.share, words))
            if answers.given
            else words.say("cameras.no_answer"),
        ),
    )
    return el(
        "dl",
        [
            el(
                "div",
                el("dt", words.say(f"cameras_how.{name}")),
                el("dd", el("b", value), el("small", told), cls="is-due" if name in late else None),
            )
            for name, value, told in lines
        ],
        cls="scores",
    )


def day(of: CameraDay, hour: float, words: Words) -> Html:
    """Return the day by the hour, before what is usual, and what of it was doubtful."""
    low, high = (of.band.low, of.band.high) if of.band else ((), ())
    total, doubtful = sum(of.hours), sum(of.doubtful)
    told = words.say("cameras.day_summary", n=words.number(total), doubtful=words.number(doubtful))
    head = el("header", el("h3", words.say("cameras.day")), el("small", told))
    usual = words.say("cameras.band", n=of.band.weeks) if of.band else words.say("cameras.no_band")
    days = [n for _, n in of.days]
    first = of.days[0][0]
    return join(
        [
            el(
                "section",
                head,
                band_chart(of.hours, (low, high), hour, CHART, told),
                el("p", usual, cls="quiet"),
            ),
            el(
                "section",
                el(
                    "header",
                    el("h3", words.say("cameras.month")),
                    el("small", words.say("cameras.since", day=f"{first:%d/%m}")),
                ),
                mini_bars(days, *DAYS),
            ),
        ]
    )
