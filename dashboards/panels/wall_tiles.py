"""Every tile of the walls by its name in walls.toml, and what it draws: markup by region."""

from collections.abc import Callable, Mapping

from dashboards.markup import Html
from dashboards.panels import (
    wall_cameras,
    wall_control,
    wall_days,
    wall_entries,
    wall_intake,
    wall_map,
    wall_reports,
    wall_sources,
)
from dashboards.words import Words
from ioc.clock import local_day
from ioc.places import City
from ioc.snapshot import WallSnapshot
from ioc.walls import Tile

Draw = Callable[[WallSnapshot, City, Words], Html]
Drawn = Callable[[WallSnapshot, City, Words], Mapping[str, Html]]


def _alone(tile: Tile, draw: Draw) -> Drawn:
    """Return what draws a tile that is one region."""
    return lambda snapshot, city, words: {f"wall-{tile.value}": draw(snapshot, city, words)}


def _map(snapshot: WallSnapshot, city: City, words: Words) -> Mapping[str, Html]:
    traffic = wall_sources.gate_traffic(snapshot, city)
    day = local_day(snapshot.as_of, city.zone)
    return {
        "wall-ground": wall_map.still(city, day, words),
        "wall-cams": wall_map.points(snapshot, city),
        "wall-marks": wall_map.marks(snapshot, traffic, city, words),
    }


_ALONE: Mapping[Tile, Draw] = {
    Tile.ENTRIES: wall_entries.entries,
    Tile.DOSES: wall_intake.doses,
    Tile.TESTS: wall_intake.tests,
    Tile.SCANS: wall_intake.scans,
    Tile.POINTS: wall_intake.busiest_points,
    Tile.VERDICTS: wall_control.verdicts,
    Tile.LOAD: wall_control.alarm_load,
    Tile.REPORTS: wall_reports.reports,
    Tile.GATES: wall_cameras.gates,
    Tile.CAMERAS: wall_cameras.cameras,
    Tile.VEHICLES_DAY: wall_days.vehicles,
    **wall_days.STREAMS,
}
TILES: Mapping[Tile, Drawn] = {
    Tile.MAP: _map,
    **{tile: _alone(tile, draw) for tile, draw in _ALONE.items()},
}
