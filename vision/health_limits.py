"""The limits of camera health, read from config/camera_health.toml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ioc.camera_health.model import CameraFault
from ioc.document import read_toml
from ioc.errors import ConfigFault
from ioc.labels import CONFIG_DIR

FILE = "camera_health.toml"
ROOT = ("every_s", "learn_looks", "dark_below")
TABLES = {
    "black": ("brightest",),
    "frozen": ("change",),
    "washed_out": ("blown", "lightest_mean", "least_contrast"),
    "covered": ("edges_left", "edges_kept"),
    "blurred": ("fineness",),
    "moved": ("shift", "alike"),
}


@dataclass(frozen=True)
class HealthLimits:
    """From where on a picture speaks for a fault, and how often in a row; the file says why."""

    every_s: float
    learn_looks: int
    dark_below: float
    brightest: int
    change: int
    blown: float
    lightest_mean: float
    least_contrast: float
    edges_left: float
    edges_kept: float
    fineness: float
    shift: float
    alike: float
    lasting: tuple[tuple[CameraFault, int], ...]

    def looks(self, fault: CameraFault) -> int:
        """Return how many looks in a row must speak for a fault."""
        return dict(self.lasting)[fault]


@cache
def health_limits(folder: Path = CONFIG_DIR) -> HealthLimits:
    """Return the limits of `folder`, read once a process; faults as `load_limits`."""
    return load_limits(folder)


def load_limits(folder: Path) -> HealthLimits:
    """Return the limits of `folder`.

    Raises:
        ConfigFault: the file is not there, or a value of it is none that can be.
    """
    faults: list[ConfigFault] = []
    document = read_toml(folder / FILE, faults)
    if document is None:
        raise faults[0]
    root = document.root()
    root.only((*ROOT, *TABLES))
    for name, values in TABLES.items():
        document.table(name).only((*values, "looks"))
    black, frozen, washed, covered, blurred, moved = (
        document.table(fault.value)
        for fault in (
            *(CameraFault.BLACK, CameraFault.FROZEN, CameraFault.WASHED_OUT),
            *(CameraFault.COVERED, CameraFault.BLURRED, CameraFault.MOVED),
        )
    )
    limits = HealthLimits(
        every_s=root.number("every_s", 1, 600),
        learn_looks=root.count("learn_looks", 2, 1000),
        dark_below=root.number("dark_below", 0, 255),
        brightest=black.count("brightest", 1, 255),
        change=frozen.count("change", 0, 255),
        blown=washed.number("blown", 0, 1),
        lightest_mean=washed.number("lightest_mean", 0, 255),
        least_contrast=washed.number("least_contrast", 0, 127),
        edges_left=covered.number("edges_left", 0, 1),
        edges_kept=covered.number("edges_kept", 0, 1),
        fineness=blurred.number("fineness", 0, 1),
        shift=moved.number("shift", 0, 1),
        alike=moved.number("alike", -1, 1),
        lasting=tuple(
            (CameraFault(name), table.count("looks", 1, 1000))
            for name, table in (
                *(("black", black), ("frozen", frozen), ("washed_out", washed)),
                *(("covered", covered), ("blurred", blurred), ("moved", moved)),
            )
        ),
    )
    if faults:
        raise faults[0]
    return limits
