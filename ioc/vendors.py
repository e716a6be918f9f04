"""readers.toml of a city: which cameras read plates themselves, and how they are believed.

Secrets are not in it. A city without the file has no such cameras.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault

FILE = "readers.toml"
CAMERA = ("id", "maker", "zone", "forward", "confidence_top", "from", "pull", "user", "topic")
# What an MQTT filter reads as a wildcard, and what no topic holds.
NO_TOPIC = re.compile(r"[+#\x00-\x1f]")
LONGEST_TOPIC = 200


class Maker(StrEnum):
    """Whose language a camera speaks."""

    HIKVISION = "hikvision"
    DAHUA = "dahua"
    ONVIF = "onvif"


class Forward(StrEnum):
    """Which way a vehicle goes that a camera calls forward; as the camera stands when unsaid."""

    IN = "in"
    OUT = "out"


Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class SelfReader:
    """A camera that reads plates itself.

    Attributes:
        camera: its id in cameras.csv.
        zone: the zone of its clock where it tells none.
        forward: which way is forward; None: the way the camera of cameras.csv looks.
        confidence_top: what it calls sure: 100 with most, 255 with some, 1 with ONVIF.
        networks: where it may call from; empty: from anywhere.
        pull: the address it is asked at for its events; None where it sends them.
        user: whom it knows there; the password is told by the environment.
        topic: its prefix at the MQTT broker.
    """

    camera: str
    maker: Maker
    zone: ZoneInfo | None = None
    forward: Forward | None = None
    confidence_top: float = 100.0
    networks: tuple[Network, ...] = ()
    pull: str | None = None
    user: str = ""
    topic: str | None = None

    def may_call_from(self, address: str) -> bool:
        """Tell whether this is an address the camera may call from."""
        if not self.networks:
            return True
        try:
            return any(ip_address(address) in network for network in self.networks)
        except ValueError:
            return False


@dataclass(frozen=True)
class Broker:
    """The MQTT broker that ONVIF cameras publish to; the password is told by the environment."""

    host: str
    port: int = 8883
    has_tls: bool = True
    user: str = ""
    client: str = "ioc"


@dataclass(frozen=True)
class Belief:
    """How a camera's own certainty is taken before it was measured.

    Attributes:
        at_half: the probability that a plate is right of which it is half sure.
        at_top: the same where it is 99 % sure.
        unsaid: the same where it says nothing.
        weight: so many labelled reads weigh as much as this.
    """

    at_half: float = 0.4
    at_top: float = 0.93
    unsaid: float = 0.7
    weight: int = 30


@dataclass(frozen=True)
class Readers:
    """The cameras that read themselves, by id, and what is true of them all.

    `together` is how far apart two readings of one vehicle may lie.
    """

    cameras: Mapping[str, SelfReader] = field(default_factory=dict)
    together: timedelta = timedelta(seconds=4)
    belief: Belief = Belief()
    broker: Broker | None = None

    @property
    def is_listened_to(self) -> bool:
        """Tell whether any camera is asked for its events, or publishes: the others send."""
        return any(one.pull or one.topic for one in self.cameras.values())


def read_readers(
    folder: Path, cameras: Mapping[str, object] | None = None
) -> tuple[Readers, list[ConfigFault]]:
    """Return the cameras of the city in `folder` that read themselves, and what is wrong.

    `cameras` are those the city has; None where that is not to be checked.
    """
    faults: list[ConfigFault] = []
    file = folder / FILE
    if not file.exists():
        return Readers(), faults
    document = read_toml(file, faults)
    if document is None:
        return Readers(), faults
    document.root().only(("joining", "belief", "broker", "camera"))
    joining = document.table("joining")
    joining.only(("together_s",))
    found: dict[str, SelfReader] = {}
    for entry in document.tables("camera"):
        reader = _reader(entry)
        if reader.camera in found:
            entry.fault("id", f"{reader.camera} stands twice")
        if cameras is not None and reader.camera not in cameras:
            entry.fault("id", f"there is no camera {reader.camera!r}")
        found[reader.camera] = reader
    broker = _broker(document) if "broker" in document.data else None
    topics = [reader.topic for reader in found.values() if reader.topic is not None]
    if topics and broker is None:
        faults.append(ConfigFault(file, 0, "[broker] is missing: a camera has a topic"))
    if len(set(topics)) < len(topics):
        faults.append(ConfigFault(file, 0, "topic: two cameras have the same"))
    together = timedelta(seconds=joining.number("together_s", 0.5, 30))
    return Readers(found, together, _belief(document), broker), faults


def _reader(entry: Entry) -> SelfReader:
    entry.only(CAMERA)
    maker = entry.choice("maker", Maker)
    top = entry.number("confidence_top", 1, 1000) if "confidence_top" in entry.values else None
    reader = SelfReader(
        camera=entry.text("id"),
        maker=maker,
        zone=_zone(entry),
        forward=entry.choice("forward", Forward) if "forward" in entry.values else None,
        confidence_top=top or (1.0 if maker is Maker.ONVIF else 100.0),
        networks=_networks(entry),
        pull=_address(entry),
        user=entry.optional("user") or "",
        topic=_topic(entry),
    )
    if (reader.topic is not None) != (maker is Maker.ONVIF):
        entry.fault("topic", "is needed by a camera of ONVIF, and by no other")
    if reader.pull is not None and maker is not Maker.DAHUA:
        entry.fault("pull", "only cameras of Dahua are asked; the others send")
    return reader


def _zone(entry: Entry) -> ZoneInfo | None:
    name = entry.optional("zone")
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        entry.fault("zone", f"{name!r} is no time zone like Asia/Ho_Chi_Minh")
        return None


def _networks(entry: Entry) -> tuple[Network, ...]:
    if "from" not in entry.values:
        return ()
    networks = []
    for name in entry.texts("from"):
        try:
            networks.append(ip_network(name))
        except ValueError:
            entry.fault("from", f"{name!r} is no network like 10.20.0.0/16")
    return tuple(networks)


def _address(entry: Entry) -> str | None:
    address = entry.optional("pull")
    if address is None:
        return None
    try:
        parts = urlsplit(address)
        is_sound = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        is_sound = is_bare = False
    if not (is_sound and is_bare):
        entry.fault("pull", "is http:// or https://, a host and a port, without name and path")
        return None
    return address.rstrip("/")


def _topic(entry: Entry) -> str | None:
    topic = entry.optional("topic")
    if topic is not None and (NO_TOPIC.search(topic) or len(topic) > LONGEST_TOPIC):
        entry.fault("topic", "is the prefix of one camera, without + and #")
    return None if topic is None else topic.strip("/")


def _belief(document: Document) -> Belief:
    entry = document.table("belief")
    entry.only(("at_half", "at_top", "unsaid", "weight"))
    belief = Belief(
        at_half=entry.number("at_half", 0.01, 0.99),
        at_top=entry.number("at_top", 0.01, 0.99),
        unsaid=entry.number("unsaid", 0.01, 0.99),
        weight=entry.count("weight", 1, 10_000),
    )
    if belief.at_half >= belief.at_top:
        entry.fault("at_top", "must lie above at_half")
    return belief


def _broker(document: Document) -> Broker:
    entry = document.table("broker")
    entry.only(("host", "port", "tls", "user", "client"))
    has_tls = entry.values.get("tls", True)
    if not isinstance(has_tls, bool):
        entry.fault("tls", "is true or false")
    default = 8883 if has_tls else 1883
    port = entry.count("port", 1, 65_535) if "port" in entry.values else default
    client = entry.optional("client") or "ioc"
    return Broker(entry.text("host"), port, bool(has_tls), entry.optional("user") or "", client)
