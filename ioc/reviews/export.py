"""Answers of people as labelled data: a table and the pictures they were given on."""

import csv
from pathlib import Path

from ioc import audit, evidence
from ioc.centre import Centre
from ioc.db import transact
from ioc.errors import Forbidden, NotFound
from ioc.reviews import store
from ioc.reviews.model import SECOND_CAMERA, Ruling
from ioc.reviews.service import review_limits

COLUMNS = ("image", "plate", "read", "answer", "camera", "seen_at", "decided_at")
LABELS = "labels.csv"


def export_labels(centre: Centre, folder: Path, actor: str) -> int:
    """Write what people answered to `folder`; return how many answers have a picture there.

    Only what was answered while the city allowed it, and only while it still does. Who answered is
    not in it.

    Raises:
        Forbidden: labels_may_leave of city.toml is false.
    """
    if not review_limits(centre).may_leave:
        raise Forbidden("labels_may_leave of city.toml is false: answers stay in the centre")
    rulings = transact(centre.engine, lambda conn: store.labels(conn, SECOND_CAMERA))
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for ruling in rulings if (row := _row(centre, folder, ruling)) is not None]
    with (folder / LABELS).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    audit.record(centre, actor, "labels_exported", "reviews", "training", {"n": len(rows)})
    return len(rows)


def _row(centre: Centre, folder: Path, ruling: Ruling) -> dict[str, str] | None:
    name = ruling.plate_picture or ruling.frame_picture
    if name is None:
        return None
    try:
        picture = evidence.load(centre, name)
    except NotFound:
        # Pictures are kept for a shorter time than answers.
        return None
    (folder / f"{name}.jpg").write_bytes(picture)
    return {
        "image": f"{name}.jpg",
        "plate": ruling.truth or "",
        "read": ruling.plate,
        "answer": ruling.answer.value,
        "camera": ruling.camera,
        "seen_at": ruling.seen_at.isoformat(),
        "decided_at": ruling.decided_at.isoformat(),
    }
