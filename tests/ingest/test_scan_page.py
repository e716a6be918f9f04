"""The page of a gate is whole, keeps to itself, and has a word for everything it says."""

import re

import httpx
import pytest

from ingest.routes.scan_page import FOLDER, HEADERS, page_files
from ioc.labels import CONFIG_DIR, load_labels

OWN = [file for file in sorted(FOLDER.iterdir()) if file.is_file()]
FILES = page_files("{}")
SAID = re.compile(r"""["'`](scan\.[a-z_]+)["'`]""")
# Built of a prefix and a value of the program: every value has its word.
MADE = {
    "format": ("personal", "citizen", "insurance", "passport", "unknown"),
    "state": ("ready", "sending", "offline", "key_refused", "busy", "fault", "no_key"),
}
ANSWERS = ("admit", "deny", "kept", "asking", "lost")


def test_every_file_of_the_page_is_kept_by_the_device(stranger: httpx.Client) -> None:
    worker = stranger.get("/scan/sw.js")
    assert worker.headers["service-worker-allowed"] == "/scan"
    kept = set(re.findall(r'"(/scan[^"]*)"', worker.text.splitlines()[1]))
    assert kept == {f"/scan/{name}".rstrip("/") for name in FILES if name != "sw.js"}
    for address in sorted(kept | {"/scan/sw.js"}):
        answer = stranger.get(address)
        assert answer.status_code == 200, address
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    linked = re.findall(r'(?:href|src)="(/scan[^"]*)"', stranger.get("/scan").text)
    assert set(linked) <= kept


def test_nothing_lies_beside_the_page(stranger: httpx.Client) -> None:
    for name in ("nothing.js", "../app.py", "%2e%2e/app.py", "vendor/zxing-cpp.LICENSE.txt"):
        assert stranger.get(f"/scan/{name}").status_code == 404


def test_another_file_is_another_version() -> None:
    versions = [page_files(told)["sw.js"].content.split(b"\n")[0] for told in ("{}", "[]")]
    assert re.fullmatch(rb'const VERSION = "\w{16}";', versions[0])
    assert versions[0] != versions[1]


def test_every_word_of_the_page_has_both_languages() -> None:
    labels = load_labels(CONFIG_DIR / "labels")
    said = {word for file in OWN for word in SAID.findall(file.read_text(encoding="utf-8"))}
    said |= {f"scan.{name}_{value}" for name, values in MADE.items() for value in values}
    said |= {f"scan.{answer}" for answer in (*ANSWERS, "waiting")}
    said |= {f"scan.kept_{proof}" for proof in ("ours", "not_ours", "unknown")}
    said |= {f"scan.{answer}_short" for answer in ANSWERS}
    assert not sorted(word for word in said if word not in labels)
    fields = {f"scan.field_{name}" for name in ("id", "point", "code", "direction", "scanned_at")}
    spoken = {name for name in labels if name.startswith("scan.")}
    assert not sorted(spoken - said - fields)


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.name)
def test_a_file_of_the_page_is_short_and_asks_nobody_else(file) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)
    # No place for a script of a stranger: markup is never made of what was scanned or answered.
    assert "eval(" not in text
    assert text.count("innerHTML") == (1 if file.name == "answer.js" else 0)


def test_the_shipped_decoder_is_small_and_has_its_licences() -> None:
    vendor = FOLDER / "vendor"
    assert (
        sum(file.stat().st_size for file in vendor.glob("zxing*r.*") if file.suffix != ".txt")
        < 1_000_000
    )
    assert {file.name for file in vendor.glob("*.txt")} == {
        "zxing-cpp.LICENSE.txt",
        "zxing-wasm.LICENSE.txt",
        "zxing.NOTICE.txt",
    }
