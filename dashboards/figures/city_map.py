"""The schematic map of a city: what stands still, drawn once; what changes is drawn over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from dashboards.markup import Html, el, join
from ioc.geometry import Box, Frame, LatLon, cells, frame_of, path_of
from ioc.places import City, PlaceKind, Road, RoadClass, WaterSort

# Degrees around the innermost cameras, so that none of them stands on the edge of the inset.
MARGIN = 0.006
LEFT = 30.0
Shades = Mapping[str, int]
Rect = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sheet:
    """One map on a page: its size in pixels, the frame of the city, the inset and its frame."""

    size: tuple[int, int]
    frame: Frame
    inset: Box
    inset_frame: Frame
    core: tuple[LatLon, LatLon]

    def is_in_core(self, point: LatLon) -> bool:
        """Tell whether (lat, lon) is shown in the inset."""
        (south, west), (north, east) = self.core
        return south <= point[0] <= north and west <= point[1] <= east


def sheet_of(city: City, size: tuple[int, int], inset: Box) -> Sheet:
    """Return the sheet of `city`: the whole outline, and its main roads enlarged in `inset`."""
    lowest_left, highest_right = _core(city)
    box = (8.0, 8.0, size[0] - 16.0, size[1] - 16.0)
    frame = frame_of(city.outline, box)
    west = min(frame.at(point)[0] for point in city.outline)
    # The sea lies east: the land moves to the left edge, the inset takes the free corner.
    frame = replace(frame, left=frame.left - west + LEFT)
    inner = (inset.left, inset.top, inset.width, inset.height)
    return Sheet(
        size,
        frame,
        inset,
        frame_of([lowest_left, highest_right], inner),
        (lowest_left, highest_right),
    )


def ground(city: City, sheet: Sheet, day: date, shades: Shades | None = None) -> Html:
    """Return what stands still on `day`: land, cells of the units, water, roads.

    `shades` says how dark the cell of a unit is, 0 to 3.
    """
    width, height = sheet.size
    outline = path_of([sheet.frame.at(point) for point in city.outline], closed=True)
    units = tuple((unit.lat, unit.lon) for unit in city.units_on(day))
    south_west, north_east = sheet.core
    left, bottom = sheet.frame.at(south_west)
    right, top = sheet.frame.at(north_east)
    box = (0.0, 0.0, float(width), float(height))
    return join(
        [
            el("clipPath", el("path", d=outline), id="land-clip"),
            el("path", d=outline, cls="land"),
            el(
                "g",
                _shaded(city, sheet.frame, box, day, shades),
                _cells(units, sheet.frame, box),
                _water(city, sheet.frame),
                clip_path="url(#land-clip)",
            ),
            el("path", d=outline, cls="shore"),
            _roads(city, sheet.frame, day, is_inner=False),
            el("rect", x=left, y=top, width=right - left, height=bottom - top, cls="core"),
        ]
    )


def inset_ground(city: City, sheet: Sheet, day: date, shades: Shades | None = None) -> Html:
    """Return what stands still in the enlarged part; clip it to the inset."""
    box = sheet.inset
    units = tuple((unit.lat, unit.lon) for unit in city.units_on(day))
    whole = (box.left - 600, box.top - 600, box.width + 1200, box.height + 1200)
    return join(
        [
            el("rect", **_rect(box), cls="inset-land"),
            _shaded(city, sheet.inset_frame, whole, day, shades),
            _cells(units, sheet.inset_frame, whole),
            _water(city, sheet.inset_frame, scale=2.6),
            _roads(city, sheet.inset_frame, day, is_inner=True),
        ]
    )


def trail_ground(city: City, frame: Frame, day: date) -> Html:
    """Return the ground of a small map on a desk: water and roads in `frame`."""
    return join([_water(city, frame, scale=2.0), _roads(city, frame, day, is_inner=True)])


def _core(city: City) -> tuple[LatLon, LatLon]:
    """Return the south-west and north-east corners around the cameras of the main roads."""
    inner = [c for c in city.cameras.values() if c.road_class is RoadClass.MAIN]
    if not inner:
        return city.outline[0], city.outline[len(city.outline) // 2]
    lats, lons = [c.lat for c in inner], [c.lon for c in inner]
    return (min(lats) - MARGIN, min(lons) - MARGIN), (max(lats) + MARGIN, max(lons) + MARGIN)


def _cells(units: tuple[LatLon, ...], frame: Frame, box: Rect) -> Html:
    return el("path", d="".join(_shapes(units, frame, box)), cls="cell")


@lru_cache(maxsize=8)
def _shapes(units: tuple[LatLon, ...], frame: Frame, box: Rect) -> tuple[str, ...]:
    drawn = cells([frame.at(unit) for unit in units], box)
    return tuple(path_of(cell, closed=True) if cell else "" for cell in drawn)


def _shaded(
    city: City, frame: Frame, box: Rect, day: date, shades: Shades | None
) -> list[Html] | None:
    if shades is None:
        return None
    units = city.units_on(day)
    shapes = _shapes(tuple((unit.lat, unit.lon) for unit in units), frame, box)
    dark: dict[int, list[str]] = {}
    for unit, shape in zip(units, shapes, strict=True):
        dark.setdefault(shades.get(unit.id, 0), []).append(shape)
    return [el("path", d="".join(d), cls=f"shade-{n}") for n, d in sorted(dark.items()) if n]


def _water(city: City, frame: Frame, scale: float = 1.0) -> list[Html]:
    found = []
    for water in city.waters:
        line = [frame.at(point) for point in water.line]
        if water.sort is WaterSort.RIVER:
            found.append(el("path", d=path_of(line), cls="river", stroke_width=4.5 * scale))
        else:
            found.append(el("path", d=path_of(line, closed=True), cls="lagoon"))
    return found


def _roads(city: City, frame: Frame, day: date, *, is_inner: bool) -> list[Html]:
    roads = [road for road in city.of_kind(PlaceKind.ROAD, day) if isinstance(road, Road)]
    main = [road for road in roads if _is_main(road, is_inner=is_inner)]
    others = [road for road in roads if road not in main and (is_inner or road.ref)]

    def lines(chosen: Sequence[Road]) -> str:
        return "".join(path_of([frame.at(point) for point in road.line]) for road in chosen)

    return [
        el("path", d=lines(others), cls="road"),
        el("path", d=lines(main), cls="road-casing"),
        el("path", d=lines(main), cls="road-main"),
    ]


def _is_main(road: Road, *, is_inner: bool) -> bool:
    """Tell whether a road is drawn strong: those forbidden to some inside, the trunk outside."""
    if is_inner:
        return road.road_class is RoadClass.MAIN
    return bool(road.ref) and road.ref.endswith("1A")


def _rect(box: Box) -> dict[str, object]:
    return {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
