"""The chain over the files of a pack, and the one form its manifest is written in. Pure."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from ioc.packs.model import MANIFEST, Differs, Manifest, Member

FORMAT = "ioc-evidence-pack/1"
GENESIS = bytes(32).hex()
# One folder at most, nothing hidden, nothing that leads elsewhere.
NAME = re.compile(r"(?:[a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9._-]*")


def chained(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the members, each linked to all before it.

    >>> one, two = chained([Member("a", 1, "00"), Member("b", 1, "00")])
    >>> one.link != two.link
    True
    """
    link, linked = GENESIS, []
    for member in members:
        content = f"{link}\n{member.name}\n{member.size}\n{member.sha256}\n"
        link = hashlib.sha256(content.encode()).hexdigest()
        linked.append(replace(member, link=link))
    return tuple(linked)


def head_of(members: Sequence[Member]) -> str:
    """Return the head of the chain."""
    return members[-1].link if members else GENESIS


def write_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as it is signed."""
    content = {"format": FORMAT, **asdict(manifest), "made_at": manifest.made_at.isoformat()}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def read_manifest(content: bytes) -> Manifest:
    """Return the manifest of a pack.

    Raises:
        Differs: it is none of this form.
    """
    try:
        found = json.loads(content)
        if found.pop("format") != FORMAT:
            raise Differs(MANIFEST, f"is not of the form {FORMAT}")
        manifest = _manifest(found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        raise Differs(MANIFEST, "is no manifest of an evidence pack") from fault
    if write_manifest(manifest) != content:
        raise Differs(MANIFEST, "is not written as this centre writes it")
    return manifest


def _manifest(found: dict[str, Any]) -> Manifest:
    members = tuple(Member(**member) for member in found.pop("members"))
    made_at = datetime.fromisoformat(found.pop("made_at"))
    unknown = tuple(found.pop("unknown"))
    return Manifest(**found, members=members, made_at=made_at, unknown=unknown)


def first_difference(manifest: Manifest, found: Sequence[Member]) -> None:
    """Compare the files found, in their order, with those signed.

    Raises:
        Differs: one is missing, foreign or changed, or the chain does not fit; it is named.
    """
    for signed, member in zip_longest(manifest.members, chained(found)):
        if signed is None:
            raise Differs(member.name, "was not signed")
        if member is None or member.name != signed.name:
            raise Differs(signed.name, "is missing, or another file stands in its place")
        if member != signed:
            raise Differs(signed.name, "was changed, or does not fit the chain")
    if manifest.head != head_of(manifest.members):
        raise Differs(MANIFEST, "has another head than its chain")
