"""A real toll lane: each plate once, the caption never, and nothing else to speak of."""

import csv
import json
import os
from pathlib import Path

import pytest

from ioc.cli import main

PLATES = Path(os.environ.get("IOC_PLATES", "../shared/plates"))
CLIP = PLATES / "clips" / "toll.mp4"

pytestmark = [
    pytest.mark.plates,
    pytest.mark.skipif(not CLIP.exists(), reason="IOC_PLATES has no clips/toll.mp4"),
]


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    with CLIP.with_suffix(".csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_each_plate_of_the_clip_is_told_once(capsys, truth):
    assert main(["vision", "read", "--json", str(CLIP)]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    texts = [record["text"] for record in told]
    expected = [row["plate"] for row in truth]
    assert [text for text in texts if text in expected] == expected
    assert len(texts) <= len(expected) + 1
    for row in truth:
        [record] = [r for r in told if r["text"] == row["plate"]]
        assert record["first_s"] < float(row["last_s"]) + 0.5
        assert record["last_s"] > float(row["first_s"]) - 0.5
