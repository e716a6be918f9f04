"""The real pictures: where they lie, what is on them, and which of them are never trained on."""

import csv
import hashlib
import os
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from ioc.errors import Unavailable
from ioc.vehicles.plate import is_valid
from vision.fusion import Region

Corners = tuple[float, float, float, float]

HELD_OUT_PERCENT = 20
# One 64-character file name can stand for five variants of one press photo.
_VARIANT = re.compile(r"^(boder|brightness|crop|rotate)")


@dataclass(frozen=True)
class Plate:
    """One labelled plate: `box` is x, y, w, h in px, `text` is empty when nobody transcribed it."""

    box: Corners
    text: str


@dataclass(frozen=True)
class Scene:
    """One picture with all of its plates."""

    path: Path
    source: str
    plates: tuple[Plate, ...]
    held_out: bool


@dataclass(frozen=True)
class Crop:
    """One picture that shows a plate and nothing else; `checked` by a person's eye."""

    path: Path
    source: str
    text: str
    checked: bool
    held_out: bool


def plates_root() -> Path:
    """Return the folder of real pictures: IOC_PLATES, else ../shared/plates.

    Raises:
        Unavailable: there is no such folder.
    """
    root = Path(os.environ.get("IOC_PLATES", "../shared/plates")).resolve()
    if not (root / "scenes.csv").is_file():
        raise Unavailable(f"IOC_PLATES: no scenes.csv in {root}")
    return root


def is_held_out(source: str, key: str) -> bool:
    """Say whether a picture is kept for validation, the same way on every machine.

    `key` is what the split must not cut through: the plate's text, or the original's name.
    """
    digest = hashlib.sha256(f"{source}/{key}".encode()).digest()
    return digest[0] * 100 < HELD_OUT_PERCENT * 256


def region_of(source: str) -> Region:
    """Return whose grammar counts for a source: that of Viet Nam, or none for foreign ones."""
    return Region.ANY if source.startswith("foreign") else Region.VN


def load_scenes(root: Path) -> list[Scene]:
    """Return the labelled pictures under `root`, sorted by path."""
    rows: dict[tuple[str, str], list[Plate]] = defaultdict(list)
    with (root / "scenes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            x, y, w, h = (float(row[k]) for k in "xywh")
            rows[row["image"], row["source"]].append(Plate((x, y, w, h), row["plate"]))
    merged: dict[str, Scene] = {}
    for (image, source), plates in sorted(rows.items()):
        both = (*(merged[image].plates if image in merged else ()), *plates)
        held_out = is_held_out(source, _split_key(Path(image), source, both))
        merged[image] = Scene(root / image, source, both, held_out)
    return list(merged.values())


def _split_key(image: Path, source: str, plates: tuple[Plate, ...]) -> str:
    if source == "garage":
        # Neighbouring frames of one clip show the same motorbikes.
        return str(int(re.sub(r"\D", "", image.stem.rsplit("_", 1)[-1]) or 0) // 10)
    texts = sorted(p.text for p in plates if p.text)
    return texts[0] if texts else _VARIANT.sub("", image.stem)


def load_crops(root: Path) -> list[Crop]:
    """Return the plate crops under `root` with a text to be believed, in the order of crops.csv.

    Those nobody checked were read by a machine: a text that breaks the grammar is wrong.
    """
    with (root / "crops.csv").open(encoding="utf-8", newline="") as file:
        crops = [
            Crop(
                root / row["image"],
                source := Path(row["image"]).parent.name,
                row["plate"],
                row["truth"] == "checked by eye",
                is_held_out(source, row["plate"]),
            )
            for row in csv.DictReader(file)
            if row["plate"]
        ]
    return [crop for crop in crops if crop.checked or is_valid(crop.text)]


def load_vehicles(root: Path) -> list[tuple[Path, list[Corners]]]:
    """Return street pictures and their vehicles: class-free boxes x, y, w, h as shares of 1."""
    out: list[tuple[Path, list[Corners]]] = []
    for label in sorted((root / "vehicles" / "labels").glob("*.txt")):
        image = root / "vehicles" / "images" / f"{label.stem}.jpg"
        rows = [[float(v) for v in line.split()] for line in label.read_text().splitlines() if line]
        boxes = [(r[1] - r[3] / 2, r[2] - r[4] / 2, r[3], r[4]) for r in rows]
        if image.is_file() and boxes:
            out.append((image, boxes))
    return out
