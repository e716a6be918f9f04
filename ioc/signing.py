"""The key that signs evidence packs and permits: Ed25519, made once an installation.

It is the variable IOC_EVIDENCE_KEY (32 bytes, base64), or the file `secrets/evidence-key` of the
state folder, mode 0600, made when it is missing.
"""

import base64
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ioc.errors import InvalidInput, Unavailable
from ioc.settings import Settings

VARIABLE, FILE = "IOC_EVIDENCE_KEY", "evidence-key"
BYTES = 32


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the installation's key, made when there is none.

    Raises:
        InvalidInput: what is given as a key is none.
        Unavailable: the state folder cannot be written.
    """
    given = settings.evidence_key or _kept(settings.state_dir)
    return Ed25519PrivateKey.from_private_bytes(_bytes(VARIABLE, given))


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half in base64, as it is printed and given to others."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def known_public(given: str, state_dir: Path) -> str | None:
    """Return the public key of this installation, None where it has none; nothing is made."""
    file = state_dir / "secrets" / FILE
    if not given and not file.exists():
        return None
    seed = _bytes(VARIABLE, given or file.read_text(encoding="ascii"))
    return public_text(Ed25519PrivateKey.from_private_bytes(seed))


def checking_key(key: str | None, state: Path | None) -> str:
    """Return the key to check by: the one given, else that of the installation (in `state`).

    Raises:
        InvalidInput: neither is known.
    """
    folder = state or Path(os.environ.get("IOC_STATE", "~/.local/state/ioc"))
    given = "" if state else os.environ.get(VARIABLE, "")
    public = key or known_public(given, folder.expanduser())
    if public is None:
        raise InvalidInput("--key", "this installation has no key of its own: give the maker's")
    return public


def is_signed(content: bytes, signature: bytes, public: str) -> bool:
    """Tell whether the signature of `content` was made with the key of `public`.

    Raises:
        InvalidInput: `public` is no key.
    """
    key = Ed25519PublicKey.from_public_bytes(_bytes("key", public))
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _kept(state_dir: Path) -> str:
    folder = state_dir / "secrets"
    file = folder / FILE
    try:
        if not file.exists():
            _make(folder, file)
        return file.read_text(encoding="ascii")
    except OSError as fault:
        raise Unavailable(f"{VARIABLE}: is not set, and no key can be kept: {fault}") from fault


def _make(folder: Path, file: Path) -> None:
    """Make a key; of two processes that come at once, the first one's stands for both."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(base64.b64encode(secrets.token_bytes(BYTES)))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _bytes(name: str, text: str) -> bytes:
    try:
        found = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        found = b""
    if len(found) != BYTES:
        raise InvalidInput(name, f"needs {BYTES} bytes in base64")
    return found
