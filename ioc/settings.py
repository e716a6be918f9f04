"""What the process is told from outside: the environment, once, into one frozen value.

Secrets come from the environment only and are kept out of every repr.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from ioc.errors import InvalidInput

DEMO_SECRET = "demo"
SECRET_LENGTH = 32
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Provider:
    """An identity provider (OpenID Connect) that the installation trusts.

    `public_url` is the address at which browsers reach our pages, without a slash at its end.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    public_url: str


@dataclass(frozen=True)
class Settings:
    """The settings of one process.

    Attributes:
        city: name of the folder under `config_dir` that describes the city.
        secret: signs sessions and keys pseudonyms; at least 32 characters outside a demo.
        evidence_dir: folder shared by all services, where pictures are kept by their SHA-256.
        evidence_key: signs evidence packs, 32 bytes in base64; empty: kept in the state folder.
        needs_second_factor: whether roles that see persons must prove themselves twice.
        provider: who else may say who somebody is, besides a password of our own.
        as_of: the day the clock is set to, or None for today.
        backups: the folder of backups; None: in the state folder.
        replica_url: a streaming replica that panels may be read from; empty: there is none.
    """

    city: str
    config_dir: Path
    state_dir: Path
    evidence_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret: str = field(repr=False)
    is_demo: bool = False
    evidence_key: str = field(default="", repr=False)
    needs_second_factor: bool = False
    provider: Provider | None = None
    as_of: date | None = None
    backups: Path | None = None
    replica_url: str = field(default="", repr=False)

    @property
    def backup_dir(self) -> Path:
        """Return the folder of backups: best on another disk than the stores."""
        return self.backups or self.state_dir / "backups"

    @cached_property
    def city_dir(self) -> Path:
        """Return the folder of the city's data."""
        return self.config_dir / self.city


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment.

    Raises:
        InvalidInput: a variable is missing or wrong; its name is the field.
    """
    values = os.environ if env is None else env
    state = Path(values.get("IOC_STATE", "~/.local/state/ioc")).expanduser()
    is_demo = values.get("IOC_DEMO", "") == "1"
    return Settings(
        city=values.get("IOC_CITY", "hue"),
        config_dir=_config_dir(values),
        state_dir=state,
        evidence_dir=Path(values.get("IOC_EVIDENCE") or state / "evidence").expanduser(),
        database_url=_required(values, "IOC_DATABASE_URL", "postgresql+psycopg2://user@host/name"),
        redis_url=_required(values, "IOC_REDIS_URL", "redis://host:6379/0"),
        secret=_secret(values, is_demo=is_demo),
        is_demo=is_demo,
        evidence_key=values.get("IOC_EVIDENCE_KEY", "").strip(),
        needs_second_factor=_second_factor(values, is_demo=is_demo),
        provider=_provider(values),
        as_of=_day(values, "IOC_AS_OF"),
        backups=Path(values["IOC_BACKUPS"]).expanduser() if values.get("IOC_BACKUPS") else None,
        replica_url=values.get("IOC_REPLICA_URL", "").strip(),
    )


def _config_dir(values: Mapping[str, str]) -> Path:
    folder = Path(values.get("IOC_CONFIG") or Path(__file__).resolve().parent.parent / "config")
    city = folder / values.get("IOC_CITY", "hue")
    if not city.is_dir():
        raise InvalidInput("IOC_CITY", f"there is no folder {city}")
    return folder


def _required(values: Mapping[str, str], name: str, example: str) -> str:
    value = values.get(name, "").strip()
    if not value:
        raise InvalidInput(name, f"is not set; it looks like {example}")
    return value


def _secret(values: Mapping[str, str], *, is_demo: bool) -> str:
    secret = _required(values, "IOC_SECRET", "64 random characters")
    if not is_demo and (secret.startswith(DEMO_SECRET) or len(secret) < SECRET_LENGTH):
        raise InvalidInput("IOC_SECRET", f"set a secret of your own, {SECRET_LENGTH} characters up")
    return secret


def _second_factor(values: Mapping[str, str], *, is_demo: bool) -> bool:
    """Return whether it is asked for: everywhere but in a demo, unless the installation says so."""
    said = values.get("IOC_SECOND_FACTOR", "").strip() or ("offered" if is_demo else "required")
    if said not in ("required", "offered"):
        raise InvalidInput("IOC_SECOND_FACTOR", f"{said!r} is neither required nor offered")
    return said == "required"


def _provider(values: Mapping[str, str]) -> Provider | None:
    issuer = values.get("IOC_OIDC_ISSUER", "").strip()
    if not issuer:
        return None
    public_url = _required(values, "IOC_PUBLIC_URL", "https://ioc.example").rstrip("/")
    for name, url in (("IOC_OIDC_ISSUER", issuer), ("IOC_PUBLIC_URL", public_url)):
        # A token that travels in the clear signs anybody in: plain HTTP on this machine alone.
        if not url.startswith("https://") and urlsplit(url).hostname not in LOCAL:
            raise InvalidInput(name, f"{url!r} must begin with https://")
    client_id = _required(values, "IOC_OIDC_CLIENT_ID", "ioc")
    client_secret = _required(values, "IOC_OIDC_CLIENT_SECRET", "what the provider gave")
    return Provider(issuer, client_id, client_secret, public_url)


def _day(values: Mapping[str, str], name: str) -> date | None:
    text = values.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(name, f"{text!r} is no day like 2021-10-03") from None
