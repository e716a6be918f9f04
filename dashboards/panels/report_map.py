"""Where reports are overdue: rings with their number, on ground as dark as many are open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import hypot

from dashboards.components import key_cap
from dashboards.figures.city_map import Sheet, ground, inset_ground, sheet_of
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.geometry import Box, Frame, Xy, free_place
from ioc.labels import label
from ioc.places import City, Unit
from ioc.reports.board import Board, Standings

SIZE = (600, 416)
INSET = Box(386, 2, 212, 164)
RING = 13.0
LETTER, LINE = 8.2, 20.0
# Open reports on a thousand people, from which the ground is drawn darker.
SHADES = (0.05, 0.3, 0.8)


@dataclass(frozen=True)
class Ring:
    """Overdue reports of neighbouring units in one ring; `name` is that of the most burdened."""

    at: Xy
    late: int
    name: str
    units: tuple[str, ...]


def overdue_map(board: Board, chosen: Sequence[str], city: City, day: date, words: Words) -> Html:
    """Return the map; each ring shows the reports of its units alone."""
    sheet = sheet_of(city, SIZE, INSET)
    lines = {line.key: line for line in board.units}
    units = [unit for unit in city.units_on(day) if unit.id in lines]
    shades = {unit.id: _shade(lines[unit.id], unit) for unit in units}
    outer = [u for u in units if not sheet.is_in_core((u.lat, u.lon))]
    inner = [u for u in units if sheet.is_in_core((u.lat, u.lon))]
    late_inside = sum(lines[unit.id].overdue for unit in inner)
    drawing = el(
        "svg",
        ground(city, sheet, day, shades),
        _marks(
            _rings(outer, lines, sheet.frame, Box(0, 0, *SIZE)),
            [sheet.inset],
            Box(0, 0, *SIZE),
            chosen,
            words,
        ),
        _inset(sheet, city, day, shades),
        el(
            "text",
            words.say("reports.inner", n=words.number(late_inside)),
            x=INSET.left + 10,
            y=INSET.top + 22,
            cls="inset-title",
        ),
        _marks(
            _rings(inner, lines, sheet.inset_frame, sheet.inset),
            [Box(INSET.left, INSET.top, 150, 28)],
            sheet.inset,
            chosen,
            words,
        ),
        cls="map report-map",
        viewBox=f"0 0 {SIZE[0]} {SIZE[1]}",
        role="group",
        aria_label=words.say("reports.map_summary", n=words.number(board.whole.overdue)),
    )
    head = el(
        "header",
        el("h2", words.say("reports.by_place"), " ", key_cap("P")),
        el("small", words.say("reports.by_place_how")),
    )
    nowhere = lines.get("")
    told = [words.say("reports.density")]
    if nowhere is not None and nowhere.open:
        told.append(words.say("reports.nowhere", n=words.number(nowhere.open)))
    return join([head, drawing, el("p", "; ".join(told), cls="map-note")])


def _shade(line: Standings, unit: Unit) -> int:
    share = 1000 * line.open / unit.population if unit.population else 0.0
    return sum(share >= least for least in SHADES)


def _rings(
    units: Sequence[Unit], lines: Mapping[str, Standings], frame: Frame, box: Box
) -> list[Ring]:
    """Return the rings, the fullest first; units nearer than a ring is wide share one."""
    late = [unit for unit in units if lines[unit.id].overdue]
    rings: list[Ring] = []
    for unit in sorted(late, key=lambda u: (-lines[u.id].overdue, u.id)):
        at = _inside(frame.at((unit.lat, unit.lon)), box)
        near = next((n for n, r in enumerate(rings) if _apart(r.at, at) < 2 * RING + 4), None)
        if near is None:
            rings.append(Ring(at, lines[unit.id].overdue, _short(unit), (unit.id,)))
        else:
            one = rings[near]
            total = one.late + lines[unit.id].overdue
            rings[near] = Ring(one.at, total, one.name, (*one.units, unit.id))
    return rings


def _inside(at: Xy, box: Box) -> Xy:
    """Return the point, moved so far that its ring lies wholly in a box."""
    room = RING + 5
    x = min(max(at[0], box.left + room), box.left + box.width - room)
    return x, min(max(at[1], box.top + room), box.top + box.height - room)


def _apart(one: Xy, other: Xy) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _short(unit: Unit) -> str:
    """Return its name without the word for what it is."""
    return unit.name.removeprefix(f"{label(unit.sort)} ")


def _marks(
    rings: Sequence[Ring], taken: list[Box], sheet: Box, chosen: Sequence[str], words: Words
) -> list[Html]:
    """Return the rings and as many of their names as find a free place."""
    drawn, names = [], []
    taken = [*taken, *(Box(r.at[0] - RING, r.at[1] - RING, 2 * RING, 2 * RING) for r in rings)]
    for ring in rings:
        (x, y), width = ring.at, len(ring.name) * LETTER
        sides = (
            *(Box(x + RING + 4, y - LINE / 2 + d, width, LINE) for d in (0, -10, 10)),
            *(Box(x - RING - 4 - width, y - LINE / 2 + d, width, LINE) for d in (0, -10, 10)),
            Box(x - width / 2, y - RING - LINE, width, LINE),
            Box(x - width / 2, y + RING, width, LINE),
        )
        place = free_place(sides, taken, sheet)
        if place is not None:
            taken.append(place)
            names.append(el("text", ring.name, x=place.left, y=place.top + 15, cls="ring-name"))
        drawn.append(_ring(ring, words, is_chosen=ring.units == tuple(chosen)))
    return [*names, *drawn]


def _ring(ring: Ring, words: Words, *, is_chosen: bool) -> Html:
    x, y = ring.at
    told = words.say("reports.ring", place=ring.name, n=words.number(ring.late))
    return el(
        "g",
        el("circle", cx=x, cy=y, r=RING + 3 if is_chosen else RING, cls="ring"),
        el("text", ring.late, x=x, y=y + 5.5, cls="ring-number"),
        cls="late-ring is-chosen" if is_chosen else "late-ring",
        data_pick="unit",
        data_value=",".join(ring.units),
        role="button",
        tabindex=0,
        aria_label=told,
    )


def _inset(sheet: Sheet, city: City, day: date, shades: Mapping[str, int]) -> Html:
    box = sheet.inset
    inside = el(
        "svg",
        inset_ground(city, sheet, day, shades),
        x=box.left,
        y=box.top,
        width=box.width,
        height=box.height,
        viewBox=f"{box.left} {box.top} {box.width} {box.height}",
    )
    frame = el(
        "rect",
        x=box.left + 1,
        y=box.top + 1,
        width=box.width - 2,
        height=box.height - 2,
        cls="inset-frame",
    )
    return join([inside, frame])
