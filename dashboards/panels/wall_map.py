"""The live map of the wall: the ground drawn once a day, the marks with every push."""

from collections.abc import Sequence
from datetime import date

from dashboards.figures.city_map import Sheet, ground, inset_ground, sheet_of
from dashboards.figures.map_marks import (
    CameraMark,
    GateMark,
    ViolationMark,
    cameras,
    gate_labels,
    gates,
    violations,
)
from dashboards.markup import Html, el, join
from dashboards.panels.reasons import class_of
from dashboards.panels.wall_sources import GateTraffic
from dashboards.words import Words
from ioc.geometry import Box
from ioc.places import City
from ioc.snapshot import TickerLine, WallSnapshot

SIZE = (924, 528)
INSET = Box(564, 0, 360, 222)
LEGEND = Box(640, 428, 284, 100)
TITLE = Box(0, 0, 190, 40)
STATES = {"live": "live", "connecting": "late", "lost": "lost", "silent": "none"}
SHOWN = 8


def still(city: City, day: date, words: Words) -> Html:
    """Return the ground of the map and its legend."""
    sheet = sheet_of(city, SIZE, INSET)
    inset = sheet.inset
    inner = el(
        "svg",
        inset_ground(city, sheet, day),
        x=inset.left,
        y=inset.top,
        width=inset.width,
        height=inset.height,
        viewBox=f"{inset.left} {inset.top} {inset.width} {inset.height}",
    )
    return join([_drawing(ground(city, sheet, day), inner), _legend(words)])


def points(snapshot: WallSnapshot, city: City) -> Html:
    """Return the cameras, on the sheet and in the inset; they change less often than the rest."""
    sheet = sheet_of(city, SIZE, INSET)
    found = _cameras(snapshot, city)
    return _drawing(
        cameras([m for m in found if not sheet.is_in_core(m.at)], sheet.frame),
        cameras([m for m in found if sheet.is_in_core(m.at)], sheet.inset_frame),
    )


def marks(snapshot: WallSnapshot, traffic: Sequence[GateTraffic], city: City, words: Words) -> Html:
    """Return gates and open violations, on the sheet and in the inset."""
    sheet = sheet_of(city, SIZE, INSET)
    inset = sheet.inset
    wrongs = _violations(snapshot.ticker, city)
    outer = [mark for mark in wrongs if not sheet.is_in_core(mark.at)]
    inner = [mark for mark in wrongs if sheet.is_in_core(mark.at)]
    taken = [inset, LEGEND, TITLE]
    whole, inside = Box(0, 0, *SIZE), Box(inset.left, inset.top, inset.width, inset.height)
    posts = _gates(traffic, sheet)
    return _drawing(
        gates(posts, sheet.frame, taken),
        violations(outer, sheet.frame, taken, whole, words),
        gate_labels(posts, sheet.frame, taken, whole, words.say("wall.per_hour")),
        violations(inner, sheet.inset_frame, [], inside, words),
        _inset_frame(inset),
    )


def _inset_frame(inset: Box) -> Html:
    return el(
        "rect",
        x=inset.left + 1,
        y=inset.top + 1,
        width=inset.width - 2,
        height=inset.height - 2,
        rx=3,
        cls="inset-frame",
    )


def _drawing(*parts: object) -> Html:
    return el(
        "svg", *parts, cls="map", width=SIZE[0], height=SIZE[1], viewBox=f"0 0 {SIZE[0]} {SIZE[1]}"
    )


def _cameras(snapshot: WallSnapshot, city: City) -> list[CameraMark]:
    return [
        CameraMark((city.cameras[c.id].lat, city.cameras[c.id].lon), STATES.get(c.state, "none"))
        for c in snapshot.cameras
    ]


def _gates(traffic: Sequence[GateTraffic], sheet: Sheet) -> list[GateMark]:
    return [
        GateMark((gate.lat, gate.lon), gate.name, gate.per_hour)
        for gate in traffic
        if not sheet.is_in_core((gate.lat, gate.lon))
    ]


def _violations(lines: Sequence[TickerLine], city: City) -> list[ViolationMark]:
    """Return the marks of the first alerts; their numbers are those of the cards."""
    return [
        ViolationMark(
            (city.cameras[line.camera].lat, city.cameras[line.camera].lon), n, class_of(line.reason)
        )
        for n, line in enumerate(lines[:SHOWN], 1)
        if line.camera in city.cameras
    ]


def _legend(words: Words) -> Html:
    def sign(*parts: Html) -> Html:
        return el("svg", *parts, cls="map", viewBox="0 0 26 22")

    dot = sign(el("circle", cx=13, cy=11, r=5, cls="cam live"))
    none = sign(el("circle", cx=13, cy=11, r=3.4, cls="cam none"))
    lost = sign(el("path", d="M7 5l12 12m0 -12l-12 12", cls="cam lost"))
    gate = sign(el("path", d="M5 3v16m16 -16v16m-16 -8h16", cls="gate"))
    road = sign(el("path", d="M0 11h26", cls="road-main"))
    rows = (
        (dot, "camera_state.live"),
        (none, "camera_state.silent"),
        (lost, "camera_state.lost"),
        (gate, "wall.gate"),
        (road, "wall.main_road"),
    )
    return el("div", [el("span", mark, words.say(key)) for mark, key in rows], cls="legend")
