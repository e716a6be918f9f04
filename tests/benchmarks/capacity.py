"""How large an installation must be, foretold from unit costs by simulation: docs/capacity.md.

    python -m tests.benchmarks capacity

Unit costs are read from results.json, where the benchmarks leave them: one and four cameras, a
read, a scan, a screen. What is foretold for twenty cameras is held against twenty that were
measured (`bench_cameras`), from which no cost of a camera comes.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from tests.benchmarks.sites import Centre, Costs, Load, Served, VisionMachine, Watched

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
TEMPLATE = HERE / "capacity.template"
PAGE = HERE.parents[1] / "docs" / "capacity.md"
# Which benchmark a unit cost comes from.
SOURCES = {
    "quiet_camera_cores": "bench_costs",
    "vehicle_taking_core_s": "bench_costs",
    "look_core_s": "bench_costs",
    "looks_a_vehicle": "bench_costs",
    "rest_cores_a_camera": "bench_costs",
    "memory_mb_a_process": "bench_costs",
    "memory_mb_a_camera": "bench_costs",
    "told_by_looks": "bench_costs",
    "read_core_s": "bench_judgement",
    "commit_s": "bench_judgement",
    "scan_core_s": "bench_scans",
    "single_scan_core_s": "bench_scans",
    "screen_cores": "bench_screens",
    "bytes_a_read": "bench_bytes",
    "bytes_a_scan": "bench_bytes",
    "kb_of_pictures_a_read": "bench_bytes",
    "mbit_s_a_camera": "bench_cameras",
}
# The load of one camera: six vehicles a minute in the busiest hour, 3,000 a day.
PER_MINUTE, READS_A_DAY = 6.0, 3_000
SIMULATED_S, WARM_S = 60.0, 20.0
# A machine that is planned for is busy to this share at most: the rest is for what goes wrong.
ROOM = 0.7
VISION_CORES = 16
CENTRE_CORES = (2, 4, 8, 16, 32, 64)
ANSWER_S = 0.1
# Reads, scans and pictures are kept so long in the model city (config/hue/privacy.toml).
DAYS_KEPT = 60
WITHIN = 0.15
# Cameras, and screens open at once.
CITIES = ((20, 5), (200, 20), (2_000, 100), (20_000, 500))
PEOPLE = 100_000_000
# A person and day: as the model city counted (94,800 a day of 1.13 million), and by all twice.
SCANS_A_PERSON = (0.084, 2.0)
COUNTRY_SCREENS = 1_000
MEASURED = "bench_cameras"
# That of the measured run, and of all that is published beside it.
MACHINE_CORES = 2
CITY_HEADS = (
    f"cameras|machines of {VISION_CORES} cores|cameras, cores busy on each|a look waits, p95"
    "|reads a second|cores of the centre|of these busy|a read is answered, p95|store, TB"
    "|pictures, TB|from cameras, Gbit/s"
)
COUNTRY_HEADS = (
    "scans a person and day|million a day|a second in the rush|cores of the centre"
    "|of these busy|answered, p95|store, TB"
)
NAMES = {
    "cores": "cores busy",
    "share_told": "vehicles told, of those that passed",
    "memory_mb": "memory, MB (a bound, not held)",
}
# Memory is planned by what the first cameras of a process add: later ones add less.
HELD = ("cores", "share_told")


@dataclass(frozen=True)
class Plan:
    """What an installation needs: machines, and what they are busy with."""

    cameras: int
    vision: Watched
    vision_machines: int
    reads_a_s: float
    scans_a_s: float
    screens: int
    centre_cores: int
    centre: Served
    store_tb: float
    pictures_tb: float
    network_gbit_s: float


def load_costs(results: Mapping[str, Any] | None = None) -> Costs:
    """Return the unit costs that were measured last.

    Raises:
        KeyError: a benchmark has not been run.
    """
    found = results or json.loads(RESULTS.read_text(encoding="utf-8"))
    figures = {name: found[name]["figures"] for name in set(SOURCES.values())}
    costs, scans = figures["bench_costs"], figures["bench_scans"]
    screens, sizes = figures["bench_screens"], figures["bench_bytes"]
    told = sorted((float(k), float(v)) for k, v in costs["told_by_looks"].items())
    keys = [name for name, source in SOURCES.items() if source == "bench_costs"]
    return Costs(
        **{name: float(costs[name]) for name in keys if name != "told_by_looks"},
        told_by_looks=tuple(told),
        # One read in a transaction of its own keeps a thread and a backend busy for so long.
        read_core_s=figures["bench_judgement"]["in_transaction_p50_ms"] / 1e3,
        commit_s=figures["bench_judgement"]["bare_insert_p50_ms"] / 1e3,
        scan_core_s=_us(scans, "batches_of_100"),
        single_scan_core_s=_us(scans, "single"),
        screen_cores=screens["cores_server"] / (screens["walls"] + screens["desks"]),
        bytes_a_read=sizes["bytes_a_read"],
        bytes_a_scan=sizes["bytes_a_scan"],
        kb_of_pictures_a_read=sizes["kb_of_pictures_a_read"],
        mbit_s_a_camera=figures["bench_cameras"]["mbit_s"],
    )


def plan(costs: Costs, cameras: int, scans_a_day: float, screens: int) -> Plan:
    """Return what `cameras` and `scans_a_day` in all need."""
    vision, machines = vision_of(costs, cameras)
    reads = cameras * PER_MINUTE / 60
    # A rush hour is four times the mean of the day; a tenth comes from phones, one by one.
    rush = 4 * scans_a_day / 86_400
    load = Load(reads, 0.9 * rush, 0.1 * rush, screens)
    cores, served = centre_of(costs, load)
    reads_a_day = cameras * READS_A_DAY
    store = (
        reads_a_day * costs.bytes_a_read * DAYS_KEPT + scans_a_day * costs.bytes_a_scan * DAYS_KEPT
    )
    return Plan(
        cameras,
        vision,
        machines,
        round(reads, 1),
        round(rush, 1),
        screens,
        cores,
        served,
        store / 1e12,
        reads_a_day * costs.kb_of_pictures_a_read * DAYS_KEPT / 1e9,
        cameras * costs.mbit_s_a_camera / 1e3,
    )


def vision_of(costs: Costs, cameras: int) -> tuple[Watched, int]:
    """Return how the busiest machine of VISION_CORES does, and how many are needed.

    One process has one thread that looks: it holds so many cameras that this thread has room.
    """
    if cameras == 0:
        return Watched(0, 0.0, 0.0, 0.0, 1.0, 0.0), 0
    look_s = costs.look_core_s * costs.looks_a_vehicle * PER_MINUTE / 60
    a_process = max(1, math.floor(ROOM / look_s))
    a_camera = look_s + costs.quiet_camera_cores + costs.rest_cores_a_camera
    a_camera += costs.vehicle_taking_core_s * PER_MINUTE / 60
    most = max(1, math.floor(ROOM * VISION_CORES / a_camera))
    machines = math.ceil(cameras / most)
    held = math.ceil(cameras / machines)
    processes = math.ceil(held / a_process)
    site = VisionMachine(costs, held, VISION_CORES, processes=processes)
    return site.run(SIMULATED_S, PER_MINUTE), machines


def centre_of(costs: Costs, load: Load) -> tuple[int, Served]:
    """Return the fewest cores that answer in time with room, and how they do."""
    for cores in CENTRE_CORES:
        needed = (
            load.reads * costs.read_core_s
            + load.scans * costs.scan_core_s
            + load.single_scans * costs.single_scan_core_s
            + load.screens * costs.screen_cores
        )
        if needed > ROOM * cores:
            continue
        served = Centre(costs, cores).run(load, WARM_S)
        if max(served.read_p95_s, served.scan_p95_s) <= ANSWER_S:
            return cores, served
    raise ValueError(f"{load} needs more than {CENTRE_CORES[-1]} cores: spread the store")


def foretold(costs: Costs, cameras: int, cores: int, seconds: float = SIMULATED_S) -> Watched:
    """Return what so many cameras in one process do, the mean of five mornings."""
    runs = [
        VisionMachine(costs, cameras, cores).run(seconds, PER_MINUTE, seed) for seed in range(1, 6)
    ]

    def mean(name: str) -> float:
        return sum(float(getattr(run, name)) for run in runs) / len(runs)

    return Watched(
        cameras,
        round(mean("cores"), 2),
        round(mean("memory_mb")),
        round(mean("looks_a_vehicle"), 1),
        round(mean("share_told"), 3),
        round(mean("look_waits_p95_s"), 2),
    )


def checked(costs: Costs, measured: Mapping[str, Any]) -> dict[str, tuple[float, float, float]]:
    """Return quantity -> (foretold, measured, by how much of the measured it is off)."""
    model = foretold(costs, int(measured["cameras"]), MACHINE_CORES)
    pairs = {
        "cores": (model.cores, float(measured["cores"])),
        "memory_mb": (model.memory_mb, float(measured["memory_mb"])),
        "share_told": (model.share_told, float(measured["recall"])),
    }
    return {name: (told, seen, abs(told - seen) / seen) for name, (told, seen) in pairs.items()}


def page(costs: Costs, measured: Mapping[str, Any]) -> str:
    """Return docs/capacity.md."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        costs=_table("unit cost|value|from", _costs(costs)),
        cameras=measured["cameras"],
        cores=MACHINE_CORES,
        held=_table("quantity|foretold|measured|off by", _held(costs, measured)),
        cities=_table(CITY_HEADS, _cities(costs)),
        country=_table(COUNTRY_HEADS, _country(costs)),
        per_minute=f"{PER_MINUTE:g}",
        reads_a_day=f"{READS_A_DAY:,}",
        room=f"{ROOM:.0%}",
        days=DAYS_KEPT,
        people=f"{PEOPLE:,}",
        screens=f"{COUNTRY_SCREENS:,}",
    )


def main() -> int:
    """Write the page; return 1 when the model is further from the measured run than it may be."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    costs, measured = load_costs(results), results[MEASURED]["figures"]
    PAGE.write_text(page(costs, measured), encoding="utf-8")
    off = {name: round(by, 3) for name, (_, _, by) in checked(costs, measured).items()}
    held = max(off[name] for name in HELD)
    print(json.dumps({"what": "foretold against measured", "off_by": off, "within": WITHIN}))
    return 1 if held > WITHIN else 0


def _costs(costs: Costs) -> list[str]:
    rows = []
    for name, source in SOURCES.items():
        value = getattr(costs, name)
        if name == "told_by_looks":
            value = ", ".join(f"{looks:g}: {share:.0%}" for looks, share in value)
        else:
            value = f"{value:.3g}"
        rows.append(f"`{name}`|{value}|`{source}`")
    return rows


def _held(costs: Costs, measured: Mapping[str, Any]) -> list[str]:
    return [
        f"{NAMES[name]}|{told:g}|{seen:g}|{by:.1%}"
        for name, (told, seen, by) in checked(costs, measured).items()
    ]


def _cities(costs: Costs) -> list[str]:
    plans = [plan(costs, cameras, 0.0, screens) for cameras, screens in CITIES]
    return [
        f"{one.cameras:,}|{one.vision_machines:,}|{one.vision.cameras} on {one.vision.cores:.1f}"
        f"|{one.vision.look_waits_p95_s:.2f} s|{one.reads_a_s:,.0f}|{one.centre_cores}"
        f"|{one.centre.cores:.1f}|{one.centre.read_p95_s * 1000:.0f} ms|{one.store_tb:.3g}"
        f"|{one.pictures_tb:,.3g}|{one.network_gbit_s:.2f}"
        for one in plans
    ]


def _country(costs: Costs) -> list[str]:
    plans = [(share, plan(costs, 0, PEOPLE * share, COUNTRY_SCREENS)) for share in SCANS_A_PERSON]
    return [
        f"{share:g}|{PEOPLE * share / 1e6:,.1f}|{one.scans_a_s:,.0f}|{one.centre_cores}"
        f"|{one.centre.cores:.1f}|{one.centre.scan_p95_s * 1000:.0f} ms|{one.store_tb:.3g}"
        for share, one in plans
    ]


def _table(heads: str, rows: Sequence[str]) -> str:
    line = "|" + "---|" * (heads.count("|") + 1)
    cells = [f"| {row.replace('|', ' | ')} |" for row in (heads, *rows)]
    return "\n".join([cells[0], line, *cells[1:]])


def _us(scans: Mapping[str, Any], kind: str) -> float:
    return float(scans[f"{kind}_api_us"] + scans[f"{kind}_store_us"]) / 1e6
