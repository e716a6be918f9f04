"""Finds the model files and makes sure they are the ones that were measured."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ioc.errors import Unavailable

FOLDER = Path(__file__).parent / "weights"
MANIFEST = "manifest.json"


def weights_folder() -> Path:
    """Return where the models lie: IOC_WEIGHTS, else the folder that ships with the package."""
    chosen = os.environ.get("IOC_WEIGHTS")
    return Path(chosen) if chosen else FOLDER


def find_weights(name: str, folder: Path | None = None) -> Path:
    """Return the path of a model file whose SHA-256 is the one in the folder's manifest.

    Args:
        name: file name, as in the manifest (`detector.onnx`).
        folder: where to look; None means `weights_folder()`.

    Raises:
        Unavailable: the manifest or the file is missing, unreadable or not the one it should be.
    """
    place = folder or weights_folder()
    promised = load_manifest(place).get(name)
    if promised is None:
        raise Unavailable(f"{place / MANIFEST}: no model named {name!r}")
    path = place / name
    try:
        found = sha256(path)
    except OSError as fault:
        raise Unavailable(f"{path}: cannot be read: {fault.strerror}") from fault
    if found != promised:
        raise Unavailable(f"{path}: SHA-256 is {found}, the manifest says {promised}")
    return path


def load_manifest(folder: Path) -> dict[str, str]:
    """Return file name -> SHA-256 (hexadecimal) of the models in `folder`.

    Raises:
        Unavailable: there is no manifest, or it is not `{"files": {NAME: SHA-256}}`.
    """
    path = folder / MANIFEST
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise Unavailable(f"{path}: cannot be read: {fault.strerror}") from fault
    except ValueError as fault:
        raise Unavailable(f"{path}: is no JSON: {fault}") from fault
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, dict) or not all(isinstance(v, str) for v in files.values()):
        raise Unavailable(f'{path}: needs "files": file name -> SHA-256')
    return {str(name): digest for name, digest in files.items()}


def write_manifest(folder: Path) -> None:
    """Write down the SHA-256 of every model in `folder`, for `find_weights` to hold them to."""
    files = {path.name: sha256(path) for path in sorted(folder.glob("*.onnx"))}
    text = json.dumps({"files": files}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
