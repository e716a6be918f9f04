"""Steady senders of reads and scans that write down every answer: `python -m … URL FOLDER`.

Four of them, as camera boxes and gate phones do: a batch is sent again, with the same ids, until it
is answered; each answer is a line of `FOLDER/answers.jsonl`, on the disk before the next batch.
The key is taken from IOC_API_KEY. Times are of the monotonic clock, which all processes share and
no fault of ours moves.
"""

import base64
import io
import json
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

PAUSE_S, RETRY_S, PATIENCE_S = 0.1, 0.2, 5.0
GATE, POINT = "cam-003", "dong-ba-01"
PLATES, SIZE = 300, (48, 32)
NAMES = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thị Dung")
Item = dict[str, Any]


def a_read(rng: random.Random) -> Item:
    """Return a read of now; one in five carries pictures, as different as life."""
    item: Item = {
        "id": uuid.uuid4().hex,
        "camera": GATE,
        "plate": f"75A{rng.randrange(PLATES):05}",
        "confidence": 0.99,
        "direction": "in",
        "seen_at": datetime.now(UTC).isoformat(),
    }
    if rng.random() < 0.2:
        picture = io.BytesIO()
        Image.frombytes("RGB", SIZE, rng.randbytes(3 * SIZE[0] * SIZE[1])).save(picture, "jpeg")
        item["images"] = {"vehicle": base64.b64encode(picture.getvalue()).decode()}
    return item


def a_scan(rng: random.Random) -> Item:
    """Return a scan of now, of a citizen's card."""
    n = rng.randrange(20_000)
    return {
        "id": uuid.uuid4().hex,
        "point": POINT,
        "code": f"046085{n:06d}|191{n:06d}|{NAMES[n % 4]}|07031985|Nam|{n} Lê Lợi, Huế|14092021",
        "direction": rng.choice(("in", "out")),
        "scanned_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


KINDS: tuple[tuple[str, str, Callable[[random.Random], Item]], ...] = (
    ("read", "/v1/reads", a_read),
    ("read", "/v1/reads", a_read),
    ("scan", "/v1/scans", a_scan),
    ("scan", "/v1/scans", a_scan),
)


class Log:
    """The answers, one line each."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("ab", buffering=0)
        self._lock = threading.Lock()

    def note(self, **values: object) -> None:
        """Write one line down."""
        line = json.dumps(values, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._file.write(line)


def send(url: str, key: str, log: Log, number: int, stop: threading.Event) -> None:
    """Send batch after batch until `stop`."""
    kind, path, make = KINDS[number]
    rng = random.Random()
    headers = {"Authorization": f"Bearer {key}"}
    client = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False)
    while not stop.is_set():
        items = [make(rng) for _ in range(rng.randint(1, 10))]
        while not stop.is_set():
            began = time.monotonic()
            try:
                answer = client.post(path, json={"items": items})
                why = "" if answer.status_code == 200 else f"status {answer.status_code}"
            except httpx.HTTPError as fault:
                why = type(fault).__name__
            if not why:
                results = answer.json()["results"]
                log.note(kind=kind, began=began, at=time.monotonic(), answers=_told(items, results))
                break
            log.note(kind=kind, began=began, at=time.monotonic(), why=why)
            stop.wait(RETRY_S)
        stop.wait(PAUSE_S)


def _told(items: list[Item], results: list[Item]) -> list[Item]:
    """Return of each item its id, status, alert, why, and whether it had a picture."""
    return [
        {
            "id": result["id"],
            "status": result["status"],
            **({"alert": result["alert"]} if result.get("alert") else {}),
            **({"why": result["why"]} if result.get("why") else {}),
            **({"picture": True} if "images" in item else {}),
        }
        for item, result in zip(items, results, strict=True)
    ]


def main() -> None:
    """Send until standard input ends."""
    url, folder = sys.argv[1:]
    log, stop = Log(Path(folder) / "answers.jsonl"), threading.Event()
    key = os.environ["IOC_API_KEY"]
    threads = [
        threading.Thread(target=send, args=(url, key, log, number, stop))
        for number in range(len(KINDS))
    ]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
