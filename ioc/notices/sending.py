"""One letter out of the house: a signed JSON post, or whatever service Apprise speaks to."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import httpx

from ioc.errors import IocError
from ioc.labels import Language, label
from ioc.notices.model import Channel, ChannelSort, Enclosure, Letter

RECIPIENT = "{recipient}"


class NotSent(IocError):
    """A try failed; the text says why, and names neither address nor secret."""


@dataclass(frozen=True)
class Way:
    """A channel with what the environment says of it."""

    channel: Channel
    address: str
    secret: str


def way_of(channel: Channel, env: Mapping[str, str]) -> Way | None:
    """Return the channel with its address and secret; None while either is not set."""
    address = env.get(channel.address, "").strip()
    secret = env.get(channel.secret, "").strip() if channel.secret else ""
    if not address or (channel.secret and not secret):
        return None
    return Way(channel, address, secret)


def send(way: Way, letter: Letter, files: Sequence[Enclosure], now: datetime) -> None:
    """Try once to deliver a letter with its files.

    Raises:
        NotSent: it was not taken.
    """
    if way.channel.sort is ChannelSort.WEBHOOK:
        _post(way, letter, files, now)
    else:
        _notify(way, letter, files)


def texts_of(letter: Letter, language: Language) -> tuple[str, str]:
    """Return subject and body of a letter in a language."""
    notice = letter.notice
    words = {**notice.words, **{name: label(key, language) for name, key in notice.terms.items()}}
    subject, body = (label(key, language) for key in (notice.subject, notice.body))
    try:
        return subject.format(**words), body.format(**words)
    except (KeyError, IndexError, ValueError):
        # A text and its words that do not fit are no reason to tell nothing.
        told = "; ".join(f"{name}: {value}" for name, value in words.items())
        return subject, told


def signature(secret: str, letter: str, stamp: int, body: bytes) -> str:
    """Return the signature of a post, in the form of the Standard Webhooks specification."""
    content = f"{letter}.{stamp}.".encode() + body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _key(secret: str) -> bytes:
    """Return the key of a secret: `whsec_` and base64, or any text as it stands."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            pass
    return secret.encode()


def _post(way: Way, letter: Letter, files: Sequence[Enclosure], now: datetime) -> None:
    notice, channel = letter.notice, way.channel
    subject, body = texts_of(letter, Language(channel.language))
    content = {
        "id": letter.id,
        "topic": notice.topic,
        "about": notice.about,
        "put_at": letter.put_at.isoformat(),
        "subject": subject,
        "body": body,
        "recipient": notice.recipient,
        "facts": dict(notice.facts),
        "pictures": list(notice.pictures),
        "files": [
            {
                "name": file.name,
                "media_type": file.media_type,
                "base64": base64.b64encode(file.content).decode(),
            }
            for file in files
        ],
    }
    raw, stamp = json.dumps(content, ensure_ascii=False).encode(), int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": letter.id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signature(way.secret, letter.id, stamp, raw),
        "idempotency-key": letter.id,
    }
    status = asyncio.run(_status(way, raw, headers))
    if not 200 <= status < 300:
        raise NotSent(f"answered {status}")


async def _status(way: Way, body: bytes, headers: Mapping[str, str]) -> int:
    """Return the status of the answer; its body is not read, its redirects are not followed."""
    seconds = way.channel.timeout.total_seconds()
    try:
        # One limit on the whole: one on each read lets a receiver drip for ever.
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", way.address, content=body, headers=dict(headers)) as answer,
        ):
            return answer.status_code
    except TimeoutError:
        raise NotSent(f"no answer within {seconds:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as fault:
        raise NotSent(f"no answer: {type(fault).__name__}") from None


def _notify(way: Way, letter: Letter, files: Sequence[Enclosure]) -> None:
    # Here: it knows 170 services, and only the one process that sends needs it.
    from apprise import Apprise, AppriseAsset, AppriseAttachment  # noqa: PLC0415

    logging.getLogger("apprise").setLevel(logging.ERROR)
    seconds = way.channel.timeout.total_seconds()
    asset = AppriseAsset(
        async_mode=False, service_timeout=seconds, http_redirects=False, storage_mode="memory"
    )
    service = Apprise(asset=asset)
    if not service.add(_addressed(way, letter)):
        raise NotSent("the address is none that Apprise knows")
    subject, body = texts_of(letter, Language(way.channel.language))
    with TemporaryDirectory(prefix="ioc-notice-") as folder:
        attached = AppriseAttachment()
        for number, file in enumerate(files):
            # A folder each: two files of one name must not become one.
            place = Path(folder) / str(number) / Path(file.name).name
            place.parent.mkdir()
            place.write_bytes(file.content)
            attached.add(str(place))
        taken = service.notify(
            body=body, title=subject, body_format="text", attach=attached if files else None
        )
    if not taken:
        raise NotSent("the service did not take it")


def _addressed(way: Way, letter: Letter) -> str:
    recipient = letter.notice.recipient
    if recipient is None:
        if RECIPIENT in way.address:
            raise NotSent("the channel needs a recipient, and the notice names none")
        return way.address
    if RECIPIENT not in way.address:
        raise NotSent("the notice names a recipient, and the channel's address has no {recipient}")
    return way.address.replace(RECIPIENT, quote(recipient, safe="@"))
