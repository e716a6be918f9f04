"""Where reads go: to this centre, or over HTTP to a centre elsewhere.

A read is an item of `POST /v1/reads` with its pictures, whichever way it goes, and is kept on the
disk first (`vision.spool`) and sent from there: there is one way,
whether the other side answers or not. A read counts as recorded once the other side says so.
"""

import base64
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import cv2
import httpx
import numpy as np

from ioc.centre import Centre
from ioc.errors import InvalidInput, Unavailable
from ioc.evidence import keep
from ioc.fleet.model import Standing
from ioc.fleet.service import weigh
from ioc.intake import IntakeStatus
from ioc.places import Camera, Direction
from ioc.vehicles.model import Ground, Heading, Layout, PlateCharacter, PlateRead
from ioc.vehicles.recording import record_reads
from vision.box_clock import BoxClock, up_s
from vision.frames import Image
from vision.passing import VehiclePass
from vision.spool import Item, Spool

logger = logging.getLogger(__name__)

# As many as a post of their bytes holds: with pictures some twenty, without them all.
HTTP_BATCH = 100
# What was written waits in the machine for a slow line, so the answer may take a while.
HTTP_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
# What the centre says it will never take; a proxy or a portal on the way that says so is not it.
NEVER_TAKEN = frozenset({400, 413, 422})
PROBLEM = "application/problem+json"
FRAME_WIDTH = 1280


class CentreSink:
    """Reads go to the centre this process has opened."""

    def __init__(self, centre: Centre, source: str, spool: Spool) -> None:
        """Remember the way; `source` is the name the reads' ids are unique in."""
        self._centre = centre
        self._source = source
        self._spool = spool
        self.overlapping = 0

    def __call__(self, camera: str, seen: VehiclePass, lease: int | None = None) -> None:
        """Keep the read of a pass and its pictures on disk; the sender takes it from there.

        `lease` is the number under which the camera is watched, where it is.

        Raises:
            Unavailable: the disk cannot take it.
        """
        own = {"direction": self._heading(camera).value, "lease": lease}
        self._spool.append(_item(camera, seen) | own, _pictures(seen))

    def send(self, items: Sequence[Item]) -> list[str | None]:
        """Record `items` in one transaction; tell which were refused, and why.

        What another worker told of the same vehicle while a camera changed hands is left out, and
        what was not this worker's to tell is refused.

        Raises:
            Unavailable: the store does not answer; nothing of them was recorded.
        """
        parsed = [parse_item(item) for item in items]
        answers = self._weighed(items, parsed)
        good = [i for i in range(len(items)) if i not in answers]
        reads = [self._with_evidence(parsed[i], items[i]) for i in good]
        results = record_reads(self._centre, self._source, reads) if reads else []
        for i, result in zip(good, results, strict=True):
            receipt = result.receipt
            is_refused = receipt.status is IntakeStatus.REFUSED
            answers[i] = (receipt.why or "refused") if is_refused else None
        return [answers[i] for i in range(len(items))]

    def _weighed(self, items: Sequence[Item], parsed: list[PlateRead]) -> dict[int, str | None]:
        """Return the answers to what will not be recorded, by index."""
        leased = [i for i, item in enumerate(items) if item.get("lease") is not None]
        weighed = weigh(self._centre, [(items[i]["lease"], parsed[i]) for i in leased])
        answers: dict[int, str | None] = {}
        for i, (standing, why) in zip(leased, weighed, strict=True):
            if standing is Standing.OVERLAPS:
                self.overlapping += 1
            if standing is not Standing.GOOD:
                answers[i] = why
        return answers

    def _with_evidence(self, read: PlateRead, item: Item) -> PlateRead:
        images = item.get("images", {})
        return replace(
            read,
            plate_picture=self._kept(images.get("plate"), "plate", read),
            frame_picture=self._kept(images.get("vehicle"), "frame", read),
        )

    def _kept(self, picture: str | None, kind: str, read: PlateRead) -> str | None:
        if picture is None:
            return None
        data = base64.b64decode(picture)
        try:
            return keep(self._centre, data, kind, read.camera, read.seen_at)
        except Unavailable as fault:
            if not isinstance(fault.__cause__, OSError):
                raise  # the store is away: the read waits too, and its picture with it
            # the folder is full or gone: a read without its picture is worth more than none
            logger.exception("camera %s: a picture could not be kept", read.camera)
            return None

    def _heading(self, camera: str) -> Heading:
        place = self._centre.city.places.get(camera)
        direction = place.direction if isinstance(place, Camera) else Direction.BOTH
        known = {Direction.IN: Heading.IN, Direction.OUT: Heading.OUT}
        return known.get(direction, Heading.UNKNOWN)


class HttpSink:
    """Reads go over HTTP to `POST /v1/reads` of a centre elsewhere, with their pictures."""

    def __init__(self, url: str, key: str, spool: Spool) -> None:
        """Remember the way; nothing is connected yet.

        Raises:
            InvalidInput: `url` is no http or https address.
        """
        if not url.startswith(("http://", "https://")):
            raise InvalidInput("url", f"{url!r} must begin with http:// or https://")
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=HTTP_TIMEOUT,
            trust_env=False,
        )
        self._spool = spool
        self._clock = BoxClock(spool.folder)

    def __call__(self, camera: str, seen: VehiclePass) -> None:
        """Keep the read of a pass and its pictures on disk; the sender takes it from there.

        Raises:
            Unavailable: the disk cannot take it.
        """
        self._spool.append(self._clock.stamp(_item(camera, seen)), _pictures(seen))

    def send(self, items: Sequence[Item]) -> list[str | None]:
        """Post `items`; tell which were refused, and why.

        Raises:
            Unavailable: the centre does not answer, or not as promised.
            InvalidInput: it will never take such a batch.
        """
        if self._clock.ahead_s is None:
            self._ask("GET", "/healthz")  # what time it is, before a read is put right by it
        told = [self._clock.repaired(item) for item in items]
        answer = self._ask("POST", "/v1/reads", json={"items": told})
        is_ours = answer.headers.get("content-type", "").startswith(PROBLEM)
        if answer.status_code in NEVER_TAKEN and is_ours:
            raise InvalidInput("items", f"status {answer.status_code}: {answer.text[:200]}")
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"{answer.url}: status {answer.status_code}: {answer.text[:200]}")
        return _refusals(answer, len(items))

    def beat(self, items: Sequence[Item]) -> None:
        """Say how cameras do.

        Raises:
            Unavailable: the centre does not answer, or does not take it.
        """
        answer = self._ask("POST", "/v1/heartbeats", json={"items": list(items)})
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"{answer.url}: status {answer.status_code}")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        asked = up_s()
        try:
            answer = self._client.request(method, path, **content)
        except httpx.HTTPError as fault:
            raise Unavailable(f"{self._client.base_url}: {fault}") from fault
        self._clock.heard(answer.headers.get("date"), asked)
        return answer


def parse_item(item: Item) -> PlateRead:
    """Return the read a line of the spool holds.

    Raises:
        InvalidInput: the line was written by another version, or by nobody we know.
    """
    try:
        return PlateRead(
            id=item["id"],
            camera=item["camera"],
            plate=item["plate"],
            confidence=item["confidence"],
            seen_at=datetime.fromisoformat(item["seen_at"]),
            direction=Heading(item.get("direction", Heading.UNKNOWN)),
            characters=tuple(
                PlateCharacter(c["char"], c["confidence"]) for c in item.get("characters", ())
            ),
            colour=Ground(item.get("colour", Ground.UNKNOWN)),
            layout=Layout(item["layout"]) if item.get("layout") else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise InvalidInput("spool", f"{type(fault).__name__}: {fault}") from fault


def _item(camera: str, seen: VehiclePass) -> dict[str, Any]:
    plate = seen.plate
    return {
        "id": f"{camera}-{uuid.uuid4().hex}",
        "camera": camera,
        "plate": plate.text,
        "confidence": plate.confidence,
        "seen_at": seen.frame.at.isoformat(),
        "characters": [{"char": c.char, "confidence": c.confidence} for c in plate.characters],
        "colour": plate.colour.value,
        "layout": plate.layout.value,
    }


def _pictures(seen: VehiclePass) -> dict[str, bytes]:
    frame: Image = seen.frame.image
    if frame.shape[1] > FRAME_WIDTH:
        size = (FRAME_WIDTH, round(frame.shape[0] * FRAME_WIDTH / frame.shape[1]))
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    return {"plate": _jpeg(seen.plate_picture(), 92), "vehicle": _jpeg(frame, 82)}


def _jpeg(image: Image, quality: int) -> bytes:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)


def _refusals(answer: httpx.Response, expected: int) -> list[str | None]:
    try:
        results: list[Mapping[str, Any]] = answer.json()["results"]
        refusals = [str(r.get("why")) if r["status"] == "refused" else None for r in results]
    except (ValueError, KeyError, TypeError) as fault:
        raise Unavailable(f"{answer.url}: an answer of another kind: {fault}") from fault
    if len(refusals) != expected:
        raise Unavailable(f"{answer.url}: {len(refusals)} results for {expected} items")
    return refusals
