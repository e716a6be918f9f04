"""`scene:` addresses: a rendered camera described in one line of text."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl

from ioc.errors import InvalidInput
from ioc.vehicles.model import Ground, Layout
from vision.scene.face import Blank, PlateFace
from vision.scene.scene import START, Scene, Setting
from vision.scene.traffic import (
    BASE_KMH,
    DIRECTIONS,
    MAX_PER_MINUTE,
    PLAIN_MANNER,
    SLOWEST_KMH,
    Manner,
    PlannedTraffic,
    RandomTraffic,
    Run,
    SceneScript,
)
from vision.scene.vehicles import Kind, Vehicle, kind_of
from vision.scene.weather import Weather

Weighted = tuple[tuple[Vehicle, int], ...]
FIELDS = (
    "seed", "per_minute", "weather", "direction", "kmh", "abreast", "parking", "width", "height",
    "fps", "plates", "passes", "pool", "name",
)  # fmt: skip
# The camera of one-way traffic stands nearer to its lane.
LOOK_X_M = {"in": -0.3, "out": 0.3, "both": 0.0}
_WEIGHTED = re.compile(r"([^*@]+?)(?:\*(\d{1,4}))?")
_PASS = re.compile(r"([^*@/]+)@(\d+(?:\.\d+)?)(?:/(\d+(?:\.\d+)?))?(?:/([01]))?")
_MOTORBIKE = re.compile(r"\d\d[A-Z]\d\d{5}|\d\d[A-Z]{2}\d{5}|\d\d[A-Z]{2}\d{6}")


@dataclass(frozen=True)
class SceneSpec:
    """What a `scene:` address asks for; `pool` names vehicles that its reader must supply."""

    seed: int = 1
    per_minute: float = 6.0
    weather: Weather = Weather.DAY
    direction: str = "in"
    manner: Manner = PLAIN_MANNER
    width: int = 1280
    height: int = 720
    fps: float = 10.0
    vehicles: Weighted = ()
    passes: tuple[Run, ...] = ()
    pool: str = ""
    name: str = ""

    def open(self, vehicles: Weighted = (), start: datetime = START) -> Scene:
        """Return the scene.

        Args:
            vehicles: added to those of the address.
            start: the time burnt into the picture at t = 0, where the address gives a `name`.
        """
        script: SceneScript
        if self.passes:
            script = PlannedTraffic(self.passes)
        else:
            drawn = self.vehicles + vehicles
            script = RandomTraffic(self.seed, self.per_minute, drawn, self.direction, self.manner)
        setting = Setting(
            width=self.width,
            height=self.height,
            fps=self.fps,
            weather=self.weather,
            seed=self.seed,
            look_x_m=0.0 if self.passes else LOOK_X_M[self.direction],
            name=self.name,
            start=start,
        )
        return Scene(script, setting)


def parse_scene_url(url: str) -> SceneSpec:
    """Read an address such as `scene:seed=7&per_minute=6&weather=rain&plates=51F12345*3`.

    Fields, all optional: seed, per_minute, weather (day, dusk, night, rain, blur), direction (in,
    out, both), kmh (of a car), abreast (share of motorbikes riding two abreast), parking (share of
    vehicles that park for a while), width, height, fps, name (burnt into the picture), pool (a name
    for its reader), and

    - plates: `TEXT[:KIND[:GROUND[:LAYOUT]]][*WEIGHT]`, separated by commas, or the path of a text
      file with one a line;
    - passes: `TEXT[:KIND[:GROUND[:LAYOUT]]]@AT_S[/KMH[/LANE]]`, separated by commas; lane 0 is on
      the left and comes, lane 1 leaves.

    Raises:
        InvalidInput: a field is unknown or wrong; the error names it.

    >>> parse_scene_url("scene:seed=7&weather=night").weather.value
    'night'
    """
    if not url.startswith("scene:"):
        raise InvalidInput("source", f"{url!r} does not begin with scene:")
    fields: dict[str, str] = {}
    for name, value in parse_qsl(url.removeprefix("scene:"), keep_blank_values=True):
        if name not in FIELDS:
            raise InvalidInput(name, f"is no field of a scene; known are {', '.join(FIELDS)}")
        if name in fields:
            raise InvalidInput(name, "stands twice")
        fields[name] = value
    if "passes" in fields and ("plates" in fields or "pool" in fields):
        raise InvalidInput("passes", "stands alone: plates and pool are for random traffic")
    return SceneSpec(
        seed=int(_number(fields, "seed", 1, (0, 2**31))),
        per_minute=_number(fields, "per_minute", 6.0, (0.1, MAX_PER_MINUTE)),
        weather=Weather(_choice(fields, "weather", tuple(Weather))),
        direction=_choice(fields, "direction", DIRECTIONS),
        manner=Manner(
            kmh=_number(fields, "kmh", BASE_KMH[Kind.CAR], (SLOWEST_KMH, 120)),
            abreast=_number(fields, "abreast", 0.0, (0, 1)),
            parking=_number(fields, "parking", 0.0, (0, 0.16)),
        ),
        width=int(_number(fields, "width", 1280, (320, 3840))),
        height=int(_number(fields, "height", 720, (180, 2160))),
        fps=_number(fields, "fps", 10.0, (1, 60)),
        vehicles=_plates(fields.get("plates", "")),
        passes=_passes(fields["passes"]) if "passes" in fields else (),
        pool=fields.get("pool", ""),
        name=fields.get("name", ""),
    )


def parse_vehicle(text: str, field: str = "plates") -> Vehicle:
    """Read `TEXT[:KIND[:GROUND[:LAYOUT]]]`; what is left out follows from the number.

    Raises:
        InvalidInput: named by `field`.

    >>> parse_vehicle("59P135790").kind.value, parse_vehicle("TM6672").face.ground.value
    ('motorbike', 'red')
    """
    plate, *more = text.strip().split(":")
    if len(more) > 3:
        raise InvalidInput(field, f"{text!r} has more than plate, kind, ground and layout")
    known = dict(zip(("kind", "ground", "layout"), more, strict=False))
    try:
        return vehicle_of(
            plate,
            Kind(known["kind"]) if known.get("kind") else None,
            Ground(known["ground"]) if known.get("ground") else None,
            Layout(known["layout"]) if known.get("layout") else None,
        )
    except (ValueError, InvalidInput) as fault:
        raise InvalidInput(field, f"{text!r}: {fault}") from fault


def vehicle_of(
    plate: str,
    kind: Kind | None = None,
    ground: Ground | None = None,
    layout: Layout | None = None,
) -> Vehicle:
    """Return the vehicle with this plate (normalised); None is filled in as the law suggests.

    Raises:
        InvalidInput: the text is no plate, or a motorbike is to carry one line.
    """
    if kind is None:
        kind = Kind.MOTORBIKE if _MOTORBIKE.fullmatch(plate) else None
    if kind is Kind.MOTORBIKE:
        if layout is Layout.ONE_LINE:
            raise InvalidInput("layout", "a motorbike's plate has two lines")
        blank = Blank.MOTORBIKE
    else:
        blank = Blank.SHORT if layout is Layout.TWO_LINE else Blank.LONG
    army = plate[:2].isalpha() and plate[2:].isdigit()
    face = PlateFace(plate, blank, ground or (Ground.RED if army else Ground.WHITE))
    return Vehicle(face, kind or kind_of(face))


def _number(
    fields: dict[str, str], name: str, default: float, limits: tuple[float, float]
) -> float:
    try:
        value = float(fields.get(name, default))
    except ValueError:
        raise InvalidInput(name, f"{fields[name]!r} is no number") from None
    low, high = limits
    if not low <= value <= high:
        raise InvalidInput(name, f"must lie between {low:g} and {high:g}")
    if isinstance(default, int) and value != int(value):
        raise InvalidInput(name, "must be a whole number")
    return value


def _choice(fields: dict[str, str], name: str, known: tuple[str, ...]) -> str:
    value = fields.get(name, str(known[0]))
    if value not in known:
        raise InvalidInput(name, f"{value!r} is none of {', '.join(known)}")
    return value


def _plates(value: str) -> Weighted:
    if not value:
        return ()
    if "/" in value or value.endswith((".txt", ".csv")):
        try:
            lines = Path(value).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as fault:
            raise InvalidInput("plates", f"{value}: cannot be read ({fault})") from fault
    else:
        lines = value.split(",")
    entries = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not entries:
        raise InvalidInput("plates", "names no plate")
    found = []
    for entry in entries:
        match = _WEIGHTED.fullmatch(entry)
        if match is None or match[2] == "0":
            raise InvalidInput("plates", f"{entry!r}: the weight must be 1 to 9999")
        found.append((parse_vehicle(match[1]), int(match[2] or 1)))
    return tuple(found)


def _passes(value: str) -> tuple[Run, ...]:
    runs = []
    for number, entry in enumerate(part for part in value.split(",") if part.strip()):
        match = _PASS.fullmatch(entry.strip())
        if match is None:
            raise InvalidInput("passes", f"{entry!r} is not PLATE@SECOND, /KMH, /LANE")
        vehicle = parse_vehicle(match[1], "passes")
        leaves = vehicle.kind is Kind.MOTORBIKE or match[4] == "1"
        lane = int(match[4]) if match[4] else int(leaves)
        speed = float(match[3] or BASE_KMH[vehicle.kind])
        try:
            runs.append(Run(number, vehicle, float(match[2]), speed, lane, leaves))
        except InvalidInput as fault:
            raise InvalidInput("passes", f"{entry!r}: {fault}") from fault
    if not runs:
        raise InvalidInput("passes", "names no pass")
    return tuple(runs)
