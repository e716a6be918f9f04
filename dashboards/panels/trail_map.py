"""The small map of a case: where the plate was seen, in order, and where it is due."""

from collections.abc import Sequence
from datetime import date
from math import hypot

from dashboards.components import badge_mark
from dashboards.figures.city_map import trail_ground
from dashboards.markup import Html, el, join
from dashboards.panels.predictions import mark_of
from dashboards.words import Words
from ioc.geometry import Box, LatLon, Xy, frame_of, free_place, path_of
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.vehicles.model import Predicted, Sighting

SIZE = (520, 262)
# At least this much of the city around a single stop, in degrees.
AROUND = 0.02
STOPS = 6
# With cameras ahead: so much around them, and stops further away are told beside the map.
CLOSE, NEAR = 0.007, 0.03
BESIDE = ((24, -10), (-96, -10), (-36, 24), (-36, -44))
# A camera ahead that lies under the ring of the last stop has no mark of its own.
CLEAR_OF_RING = 34


def trail_map(
    sightings: Sequence[Sighting],
    permit_class: PermitClass | None,
    city: City,
    day: date,
    words: Words,
    due: Sequence[Predicted] = (),
) -> Html:
    """Return the stops of the newest sightings, the last one in its ring, and where it is due."""
    stops = _stops(sightings, city)
    if not stops:
        return el("p", words.say("case.no_trail"), cls="quiet")
    ahead = _ahead(due, city)
    shown = _framed([at for at, _ in stops], ahead)
    around = _surroundings(shown, CLOSE if ahead else AROUND)
    frame = frame_of(around, (56, 48, SIZE[0] - 112, SIZE[1] - 96))
    places = [frame.at(at) for at, _ in stops]
    sheet = Box(0, 0, *SIZE)
    inside = [n for n, (x, y) in enumerate(places) if Box(x, y, 1, 1).lies_in(sheet)]
    next_places = [frame.at(at) for at in ahead]
    taken = [Box(places[n][0] - 20, places[n][1] - 20, 40, 40) for n in inside]
    taken += [Box(x - 16, y - 13, 32, 26) for x, y in next_places]
    marks: list[Html] = _due_marks(places[-1], next_places)
    for n in inside:
        (x, y), is_last = places[n], n == len(stops) - 1
        sign = permit_class if is_last else None
        marks.append(_stop(n + 1, (x, y), sign, words, is_last=is_last))
        box = free_place((Box(x + dx, y + dy, 72, 20) for dx, dy in BESIDE), taken, sheet)
        if box is not None:
            taken.append(box)
            when = words.time(stops[n][1].read.seen_at)
            marks.append(el("text", when, x=box.left + 3, y=box.top + 16, cls="stop-time"))
    outside = [n for n in range(len(stops)) if n not in inside]
    drawing = el(
        "svg",
        trail_ground(city, frame, day),
        el("path", d=path_of(places), cls="trail") if len(places) > 1 else None,
        marks,
        cls="map trail-map",
        viewBox=f"0 0 {SIZE[0]} {SIZE[1]}",
        role="img",
        aria_label=words.say("case.trail_summary", n=len(stops)),
    )
    return join([_title(stops, outside, city, words), drawing])


def _title(
    stops: Sequence[tuple[LatLon, Sighting]], outside: Sequence[int], city: City, words: Words
) -> Html:
    """Return the title; a stop that lies off the map is told beside it."""
    told = words.say("case.trail_span")
    if outside:
        read = stops[outside[-1]][1].read
        place, when = city.cameras[read.camera].name, words.minute(read.seen_at)
        told = words.say("case.outside", n=outside[-1] + 1, place=place, time=when)
    return el("h3", words.say("case.trail"), el("small", told))


def _framed(stops: Sequence[LatLon], ahead: Sequence[LatLon]) -> list[LatLon]:
    """Return what the map must show: all stops, or with cameras ahead the last ones near them."""
    if not ahead:
        return list(stops)
    last = stops[-1]
    reach = max(NEAR, 2 * max(_apart(last, at) for at in ahead))
    return [*(at for at in stops if _apart(last, at) <= reach), *ahead]


def _apart(one: LatLon, other: LatLon) -> float:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def _stops(sightings: Sequence[Sighting], city: City) -> list[tuple[LatLon, Sighting]]:
    """Return the last stops, oldest first; one camera twice in a row is one stop."""
    stops: list[tuple[LatLon, Sighting]] = []
    for sighting in reversed(sightings):
        camera = city.cameras.get(sighting.read.camera)
        if camera is None:
            continue
        at = (camera.lat, camera.lon)
        if stops and stops[-1][0] == at:
            stops.pop()
        stops.append((at, sighting))
    return stops[-STOPS:]


def _ahead(due: Sequence[Predicted], city: City) -> list[LatLon]:
    cameras = [city.cameras.get(one.camera) for one in due]
    return [(camera.lat, camera.lon) for camera in cameras if camera is not None]


def _due_marks(last: Xy, places: Sequence[Xy]) -> list[Html]:
    """Return dotted lines from the last stop to where the vehicle is due, each with its mark."""
    lines = [
        el("path", d=path_of([last, (x, y)]), cls="due-line")
        for x, y in places
        if hypot(x - last[0], y - last[1]) > CLEAR_OF_RING
    ]
    marks = [
        el(
            "g",
            el("rect", x=x - 15, y=y - 12, width=30, height=24, rx=4, cls="due-box"),
            el("text", mark_of(n), x=x, y=y + 5.5, cls="due-text"),
        )
        for n, (x, y) in enumerate(places, 1)
        if hypot(x - last[0], y - last[1]) > CLEAR_OF_RING
    ]
    return [*lines, *marks]


def _surroundings(points: Sequence[LatLon], least: float) -> list[LatLon]:
    lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
    spread = max(max(lats) - min(lats), max(lons) - min(lons))
    around = max(0.0, least - spread / 2)
    return [
        (min(lats) - around, min(lons) - around),
        (max(lats) + around, max(lons) + around),
    ]


def _stop(
    n: int,
    at: tuple[float, float],
    permit_class: PermitClass | None,
    words: Words,
    *,
    is_last: bool,
) -> Html:
    x, y = at
    if not is_last:
        return el(
            "g",
            el("circle", cx=x, cy=y, r=11, cls="ring-disc"),
            el("text", n, x=x, y=y + 5.5, cls="stop-index"),
        )
    sign = (
        badge_mark(permit_class, words, at, 24.0)
        if permit_class
        else el("text", n, x=x, y=y + 6, cls="stop-last")
    )
    return el("g", el("circle", cx=x, cy=y, r=20, cls="ring"), sign)
