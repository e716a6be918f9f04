"""The small map of a case: where the plate was seen, in order, and where it is due."""

from collections.abc import Sequence
from datetime import date

from dashboards.components import badge_mark
from dashboards.figures.city_map import trail_ground
from dashboards.figures.geometry import Box, LatLon, frame_of, free_place, path_of
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.permits.model import PermitClass
from ioc.places import City
from ioc.vehicles.model import Sighting

SIZE = (520, 316)
# At least this much of the city around a single stop, in degrees.
AROUND = 0.02
STOPS = 6


def trail_map(
    sightings: Sequence[Sighting],
    permit_class: PermitClass | None,
    city: City,
    day: date,
    words: Words,
) -> Html:
    """Return the stops of the newest sightings, the last one in its ring."""
    stops = _stops(sightings, city)
    if not stops:
        return el("p", words.say("case.no_trail"), cls="quiet")
    frame = frame_of(_surroundings([at for at, _ in stops]), (56, 48, SIZE[0] - 112, SIZE[1] - 96))
    places = [frame.at(at) for at, _ in stops]
    sheet = Box(0, 0, *SIZE)
    taken = [Box(x - 20, y - 20, 40, 40) for x, y in places]
    marks: list[Html] = []
    for n, ((x, y), (_, sighting)) in enumerate(zip(places, stops, strict=True), 1):
        is_last = n == len(stops)
        marks.append(_stop(n, (x, y), permit_class if is_last else None, words, is_last=is_last))
        box = free_place(
            (
                Box(x + dx, y + dy, 72, 20)
                for dx, dy in ((24, -10), (-96, -10), (-36, 24), (-36, -44))
            ),
            taken,
            sheet,
        )
        if box is not None:
            taken.append(box)
            when = words.time(sighting.read.seen_at)
            marks.append(el("text", when, x=box.left + 3, y=box.top + 16, cls="stop-time"))
    title = el("h3", words.say("case.trail"), el("small", words.say("case.trail_span")))
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
    return join([title, drawing])


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


def _surroundings(points: Sequence[LatLon]) -> list[LatLon]:
    lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
    spread = max(max(lats) - min(lats), max(lons) - min(lons))
    around = max(0.0, AROUND - spread / 2)
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
