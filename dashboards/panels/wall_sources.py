"""Where the numbers of the wall come from: cameras, gates, services, each with its age."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.components import age_badge
from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.places import City
from ioc.snapshot import WallSnapshot

SERVICES = ("vision", "ingest", "timekeeper", "dashboards")


@dataclass(frozen=True)
class GateTraffic:
    """What one gate saw in the last hour."""

    name: str
    lat: float
    lon: float
    per_hour: int


def gate_traffic(snapshot: WallSnapshot, city: City) -> list[GateTraffic]:
    """Return the gates with their reads of the last hour, the cameras of one point together."""
    found: dict[str, GateTraffic] = {}
    for name, n in snapshot.gate_reads.items():
        camera = city.cameras[name]
        at = city.places.get(camera.point or "", camera)
        old = found.get(at.id)
        # The name of a lane's camera begins with the gate's name, up to the comma.
        short = camera.name.split(",")[0]
        found[at.id] = GateTraffic(short, at.lat, at.lon, n + (old.per_hour if old else 0))
    return sorted(found.values(), key=lambda gate: (-gate.per_hour, gate.name))


def feeds(snapshot: WallSnapshot, words: Words) -> Html:
    """Return the line of sources at the foot, each with the age of its last sign of life."""
    live = sum(camera.state == "live" for camera in snapshot.cameras)
    lost = sum(camera.state == "lost" for camera in snapshot.cameras)
    whole = words.say("wall.camera_count", live=live, total=len(snapshot.cameras))
    reads = words.number(snapshot.figures.get("reads_today", 0))
    services = [_service(name, snapshot.services, words) for name in SERVICES]
    return el(
        "ul",
        el("li", words.say("wall.cameras"), el("b", whole), words.say("wall.lost", n=lost)),
        el(
            "li",
            words.say("wall.reads"),
            el("b", reads, cls="count reads"),
            age_badge(newest(snapshot), 0, words),
        ),
        services,
        cls="feeds",
    )


def _service(name: str, beats: Mapping[str, Mapping[str, object]], words: Words) -> Html:
    """Return whether a service beat within the last seconds (a beat lives for fifteen)."""
    is_there = any(beat.startswith(name) for beat in beats)
    said = words.say("state.running" if is_there else "state.silent")
    mark = el("span", el("i"), el("b", said), cls="age" if is_there else "age is-late")
    return el("li", words.say(f"service.{name}"), mark)


def newest(snapshot: WallSnapshot) -> datetime | None:
    """Return when the newest read came in, None when none did lately."""
    age = snapshot.newest_read_s
    return None if age is None else snapshot.as_of - timedelta(seconds=age)
