"""The looks and the hands of the pages, each handed out as one file, and which build they are.

A page that asks for forty small files waits for each of them behind whatever the server does; a
wall that hears of another build than its own opens itself anew.
"""

import hashlib
import secrets
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response

ASSETS = Path(__file__).resolve().parent / "assets"
KINDS = {"css": "text/css", "js": "text/javascript"}
# The name holds the digest of the content: what it names never changes.
KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


@cache
def bundle(kind: str) -> bytes:
    """Return all files of a kind in the order of their names."""
    files = sorted(ASSETS.glob(f"*.{kind}"))
    return b"\n".join(file.read_bytes() for file in files)


# Which start of the server this is: who finds another one has lost his own.
BOOT = secrets.token_hex(8)
BUILD = hashlib.sha256(b"".join(map(bundle, KINDS))).hexdigest()[:16]


def address(kind: str) -> str:
    """Return where the files of a kind are; fonts lie beside them, by relative names."""
    return f"/assets/all-{BUILD}.{kind}"


def add_bundles(server: FastAPI) -> None:
    """Add both files to `server`, before Dash adds the folder they are made of."""

    @server.get(address("css"), include_in_schema=False)
    async def looks() -> Response:
        return Response(bundle("css"), media_type=KINDS["css"], headers=KEPT)

    @server.get(address("js"), include_in_schema=False)
    async def hands() -> Response:
        return Response(bundle("js"), media_type=KINDS["js"], headers=KEPT)
