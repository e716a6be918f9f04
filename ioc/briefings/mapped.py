"""The map of the sheet: how dense a figure is by commune, how many came in at each gate."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import sqrt

from ioc.briefings.edition import Edition
from ioc.briefings.model import Figure, GateLine
from ioc.briefings.sheet import Box as Rectangle
from ioc.briefings.sheet import (
    Clipped,
    Disc,
    Face,
    Group,
    Ink,
    Item,
    Shape,
    Text,
    fitted,
    rule,
    width_of,
)
from ioc.geometry import Box, Frame, Xy, cells, frame_of, free_place
from ioc.places import City, PlaceKind, Road, WaterSort

LEFT, RIGHT, TOP = 978.0, 1412.0, 268.0
# Room for the labels of gates beside the land.
LAND = (LEFT + 12, TOP + 40, RIGHT - LEFT - 36, 285.0)
DENSITY = (Ink.LAND1, Ink.LAND2, Ink.LAND3, Ink.LAND4)
LABELLED = 9
LARGEST, SMALLEST = 14.0, 3.2


def city_map(edition: Edition) -> list[Item]:
    """Return the map with its legend."""
    city, book = edition.city, edition.book
    figure = edition.contents.figure(book.map_figure)
    frame = frame_of(city.outline, LAND)
    outline = tuple(frame.at(point) for point in city.outline)
    land = Clipped(outline, (*_communes(edition, figure, frame), *_water(city, frame)))
    items: list[Item] = [
        rule(LEFT, RIGHT, TOP),
        Text(LEFT, TOP + 23, edition.text(book.map_title), Face.SEMIBOLD, 16, level=3),
        land,
        Shape((outline,), stroke=Ink.EDGE, width=1.0, is_closed=True),
        *_roads(edition, frame),
        *_gates(edition.contents.gates, edition, frame),
        *_legend(edition, figure),
    ]
    area = (LEFT, TOP, RIGHT - LEFT, 420.0)
    return [Group(tuple(items), book.map_figure, edition.text(book.map_title), area)]


def density(n: int | None, people: int, steps: Sequence[int]) -> int:
    """Return in which step a count lies, 0 the lowest; what is kept silent lies there, too.

    >>> density(90, 1000, (40, 80, 160)), density(None, 1000, (40, 80, 160))
    (2, 0)
    """
    if n is None or people <= 0:
        return 0
    rate = n * 1000 / people
    return sum(rate >= step for step in steps)


def _communes(edition: Edition, figure: Figure | None, frame: Frame) -> list[Item]:
    units = edition.city.units_on(edition.day)
    left, top, width, height = LAND
    box = (left - 10, top - 10, width + 20, height + 20)
    found = _cells(tuple(frame.at((unit.lat, unit.lon)) for unit in units), box)
    shown: list[Item] = []
    for unit, cell in zip(units, found, strict=True):
        if len(cell) < 3:
            continue
        n = figure.units.get(unit.id, 0) if figure else 0
        people = edition.contents.units.get(unit.id, 0)
        ink = DENSITY[min(len(DENSITY) - 1, density(n, people, edition.book.map_steps))]
        shown.append(Shape((cell,), ink, Ink.PAPER, 0.8, is_closed=True))
    return shown


@lru_cache(maxsize=4)
def _cells(
    centres: tuple[Xy, ...], box: tuple[float, float, float, float]
) -> tuple[tuple[Xy, ...], ...]:
    return tuple(tuple(cell) for cell in cells(centres, box))


def _water(city: City, frame: Frame) -> list[Item]:
    lagoons = [w for w in city.waters if w.sort is WaterSort.LAGOON]
    return [
        Shape(
            (tuple(frame.at(point) for point in water.line),),
            Ink.WATER,
            Ink.LINE,
            0.8,
            is_closed=True,
        )
        for water in lagoons
    ]


def _roads(edition: Edition, frame: Frame) -> list[Item]:
    found = edition.city.of_kind(PlaceKind.ROAD, edition.day)
    roads = [road for road in found if isinstance(road, Road) and road.ref]

    def drawn(*, is_trunk: bool) -> tuple[tuple[Xy, ...], ...]:
        return tuple(
            tuple(frame.at(point) for point in road.line)
            for road in roads
            if road.ref.endswith("1A") is is_trunk
        )

    shapes = [
        Shape(drawn(is_trunk=False), stroke=Ink.ROAD, width=1.1),
        Shape(drawn(is_trunk=True), stroke=Ink.MAIN_ROAD, width=2.4),
    ]
    return [shape for shape in shapes if shape.lines]


def _gates(gates: Sequence[GateLine], edition: Edition, frame: Frame) -> list[Item]:
    """Return a circle a gate, its area the vehicles; the busiest are named where there is room."""
    most = max([gate.n for gate in gates], default=0)
    if most <= 0:
        return []
    sheet = Box(LEFT - 6, TOP + 28, RIGHT - LEFT + 12, 310.0)
    discs: list[Item] = []
    taken: list[Box] = []
    for gate in gates:
        x, y = frame.at((gate.lat, gate.lon))
        radius = max(SMALLEST, sqrt(gate.n / most) * LARGEST) if gate.n else 2.0
        discs.append(Disc(x, y, radius, Ink.GATE))
        taken.append(Box(x - radius, y - radius, 2 * radius, 2 * radius))
    labels: list[Item] = []
    for gate in [gate for gate in gates if gate.n][:LABELLED]:
        at, text = frame.at((gate.lat, gate.lon)), f"{gate.name} {edition.words.number(gate.n)}"
        width = width_of(text, Face.SEMIBOLD, 14.2)
        radius = max(SMALLEST, sqrt(gate.n / most) * LARGEST)
        box = free_place(_beside(at, width, radius + 5), taken, sheet)
        if box is not None:
            taken.append(box)
            labels += _label(text, box)
    return [*discs, *labels]


def _label(text: str, box: Box) -> list[Item]:
    # Light ground in place of a halo: letters over lines stay letters.
    ground = Rectangle(box.left - 1, box.top + 1, box.width + 2, box.height - 3, fill=Ink.PAPER)
    return [ground, Text(box.left, box.top + 14, text, Face.SEMIBOLD, 14.2)]


def _beside(at: Xy, width: float, away: float) -> Iterator[Box]:
    x, y = at
    for drop in (-9.0, -26.0, 8.0, -42.0, 24.0):
        yield Box(x + away, y + drop, width, 18)
        yield Box(x - away - width, y + drop, width, 18)
    yield Box(x - width / 2, y - away - 18, width, 18)
    yield Box(x - width / 2, y + away, width, 18)


def _legend(edition: Edition, figure: Figure | None) -> list[Item]:
    words, steps = edition.words, edition.book.map_steps
    total = words.number(sum(gate.n for gate in edition.contents.gates))
    y = TOP + 341
    items: list[Item] = [
        Disc(LEFT + 10, y - 4, 9, Ink.GATE),
        Text(LEFT + 26, y, words.say("briefing.map_gates", n=total), size=14.6),
    ]
    names = [words.say("briefing.map_below", n=words.number(steps[0]))]
    for low, high in pairwise(steps):
        names.append(f"{words.number(low)}–{words.number(high)}")
    names.append(words.say("briefing.map_above", n=words.number(steps[-1])))
    x = LEFT
    for ink, name in zip(DENSITY, names, strict=False):
        items.append(Rectangle(x, y + 15, 22, 12, ink, Ink.EDGE, 0.8))
        items.append(Text(x + 28, y + 26, name, size=14.6))
        x += 28 + width_of(name, Face.MEDIUM, 14.6) + 22
    if figure is not None:
        # The last day of the period, by its own name.
        text = words.say(
            "briefing.map_unit",
            unit=edition.unit_name(figure.id),
            day=edition.moment(edition.end)[:5],
            source=edition.short_source(figure.source),
        )
        shown = fitted(text, Face.MEDIUM, 14.2, RIGHT - LEFT)
        items.append(Text(LEFT, y + 48, shown, size=14.2, ink=Ink.SECOND))
    return items
