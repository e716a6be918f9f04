"""`/scan`: the page of a gate, for a staff phone or a desk with a scanner.

Its files are read once and served from memory with what keeps them to themselves (a policy that
lets nothing in from elsewhere), and the list of them is written into its service worker, under one
version, so that a device holds the page as one whole and opens it without a network.
"""

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from ingest.auth import Door
from ioc.errors import NotFound
from ioc.labels import CONFIG_DIR, load_labels
from ioc.signing import public_text, signing_key

FOLDER = Path(__file__).resolve().parent.parent / "pages" / "scan"
WORKER, WORDS, CENTRE, PAGE = "sw.js", "words.json", "centre.json", "index.html"
# What the page says: its own words, why somebody is let in or kept out, why a scan was refused.
SPOKEN = ("scan.", "admission_reason.", "refusal.")
# Not part of what a device keeps: they are for whoever reads the repository.
PAPERS = {".txt"}
TYPES = {
    ".js": "text/javascript",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# The shipped decoder is compiled on the device, which is all that `wasm-unsafe-eval` allows.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class PageFile:
    """One file of the page, as it is sent."""

    content: bytes
    media_type: str


@cache
def page_files(centre: str) -> Mapping[str, PageFile]:
    """Return every file of the page by its address under `/scan/`; "" is the page itself.

    `centre` is what the page is told of this centre, as JSON.
    """
    found = {
        str(file.relative_to(FOLDER)): PageFile(file.read_bytes(), _type_of(file))
        for file in sorted(FOLDER.rglob("*"))
        if file.is_file() and file.suffix not in PAPERS
    }
    found[WORDS] = PageFile(_words(), TYPES[".json"])
    found[CENTRE] = PageFile(centre.encode(), TYPES[".json"])
    found[""] = found.pop(PAGE)
    worker = found.pop(WORKER)
    kept = ["/scan" if name == "" else f"/scan/{name}" for name in found]
    version = hashlib.sha256()
    for name, file in [*found.items(), (WORKER, worker)]:
        version.update(f"{name}\0{len(file.content)}\0".encode())
        version.update(file.content)
    head = (
        f"const VERSION = {json.dumps(version.hexdigest()[:16])};\n"
        f"const FILES = {json.dumps(kept)};\n"
    )
    found[WORKER] = PageFile(head.encode() + worker.content, worker.media_type)
    return found


def create_router(door: Door) -> APIRouter:
    """Return the routes of the page; it holds no data, so that no key is needed to open it."""
    router = APIRouter(include_in_schema=False)
    # The public half, which is printed and given away: a device tells the city's cards by it.
    signer = {"signer": public_text(signing_key(door.centre.settings))}
    files = page_files(json.dumps(signer))

    @router.get("/scan")
    def get_page() -> Response:
        return _answer(files, "")

    @router.get("/scan/{name:path}")
    def get_file(name: str) -> Response:
        """Return one file of the page.

        Raises:
            NotFound: the page has no such file.
        """
        return _answer(files, name)

    return router


def _answer(files: Mapping[str, PageFile], name: str) -> Response:
    file = files.get(name)
    if file is None:
        raise NotFound("file", name)
    headers = dict(HEADERS)
    if name == WORKER:
        headers["Service-Worker-Allowed"] = "/scan"
    return Response(file.content, media_type=file.media_type, headers=headers)


def _words() -> bytes:
    labels = load_labels(CONFIG_DIR / "labels")
    spoken = {name: texts for name, texts in labels.items() if name.startswith(SPOKEN)}
    return json.dumps(spoken, ensure_ascii=False).encode()


def _type_of(file: Path) -> str:
    known = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
    return known or "application/octet-stream"
