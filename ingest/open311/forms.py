"""What a client posts as a form: fields, answers to the form of a service, a picture. Untrusted."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ingest.body import read_bytes
from ingest.open311.rendering import require_speakable
from ioc.errors import InvalidInput
from ioc.picture import cleaned
from ioc.reports.model import LONGEST_TEXT, Report, Reporter, Spot

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS = 200
LARGEST_PICTURE = 3_900_000
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,80})\](?:\[[^\[\]]{0,20}\])?")
LONGEST: Mapping[str, int] = {
    "description": LONGEST_TEXT,
    "address_string": 300,
    "address_id": 128,
    "media_url": 1_000,
    **dict.fromkeys(("first_name", "last_name", "email", "phone", "device_id", "account_id"), 200),
}
MEDIA_URL = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Form:
    """The fields of a form as they came, each with its values; `picture` is an uploaded JPEG."""

    fields: Mapping[str, list[str]]
    picture: bytes | None = field(default=None, repr=False)

    def text(self, name: str) -> str | None:
        """Return the text of a field, None where it is missing or empty.

        Raises:
            InvalidInput: it came twice, is too long, or cannot be shown.
        """
        values = [value for value in self.fields.get(name, []) if value.strip()]
        if not values:
            return None
        if len(values) > 1:
            raise InvalidInput(name, "came more than once")
        longest = LONGEST.get(name, 200)
        if len(values[0]) > longest:
            raise InvalidInput(name, f"is longer than {longest} characters")
        return require_speakable(name, values[0]).strip()

    def answers(self) -> dict[str, tuple[str, ...]]:
        """Return what was given as `attribute[code]`, by code.

        Raises:
            InvalidInput: a value cannot be shown.
        """
        found: dict[str, tuple[str, ...]] = {}
        for name, values in self.fields.items():
            if match := ATTRIBUTE.fullmatch(name):
                given = tuple(require_speakable(name[:80], value) for value in values)
                found[match[1]] = (*found.get(match[1], ()), *given)
        return found


async def read_form(request: Request) -> Form:
    """Return the form of a request: form-encoded, or multipart with one picture `media`.

    Raises:
        InvalidInput: it is no form.
        HTTPException: it is too large or too slow.
    """
    kind = request.headers.get("content-type", URLENCODED).partition(";")[0].strip().lower()
    if kind not in (URLENCODED, MULTIPART):
        raise InvalidInput("Content-Type", f"must be {URLENCODED} or {MULTIPART}")
    body = await read_bytes(request)
    return _encoded(body) if kind == URLENCODED else await _multipart(request, body)


def parse_report(form: Form, item_id: str) -> Report:
    """Return the report of a form; its picture is not named yet.

    Raises:
        InvalidInput: a field is wrong or missing.
    """
    service = form.text("service_code")
    if service is None:
        raise InvalidInput("service_code", "was not provided")
    spot = _spot(form)
    if spot == Spot():
        raise InvalidInput("lat", "needs lat and long, or address_string, or address_id")
    media_url = form.text("media_url")
    if media_url is not None and not MEDIA_URL.fullmatch(media_url):
        raise InvalidInput("media_url", "must begin with http:// or https://")
    names = [name for name in (form.text("last_name"), form.text("first_name")) if name]
    return Report(
        id=item_id,
        service=service,
        spot=spot,
        description=form.text("description") or "",
        attributes=form.answers(),
        media_url=media_url,
        reporter=Reporter(
            name=" ".join(names) or None,
            phone=form.text("phone"),
            email=form.text("email"),
            device=form.text("device_id"),
            account=form.text("account_id"),
        ),
    )


def _spot(form: Form) -> Spot:
    lat, lon = _degrees(form, "lat", 90), _degrees(form, "long", 180)
    if (lat is None) != (lon is None):
        raise InvalidInput("long" if lon is None else "lat", "is missing: a point needs both")
    return Spot(lat, lon, form.text("address_string"), form.text("address_id"))


def _degrees(form: Form, name: str, most: float) -> float | None:
    given = form.text(name)
    if given is None:
        return None
    try:
        number = float(given)
    except ValueError:
        raise InvalidInput(name, f"{given[:40]!r} is no number") from None
    if not isfinite(number) or abs(number) > most:
        raise InvalidInput(name, f"must lie between -{most:g} and {most:g}")
    return number


def _encoded(body: bytes) -> Form:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except UnicodeDecodeError:
        raise InvalidInput("body", "is not UTF-8") from None
    except ValueError:
        raise InvalidInput("body", f"has more than {MOST_FIELDS} fields") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Form(fields)


async def _multipart(request: Request, body: bytes) -> Form:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers,
        stream(),
        max_files=1,
        max_fields=MOST_FIELDS,
        max_part_size=LONGEST_TEXT * 4,
    )
    try:
        given = await parser.parse()
    except (MultiPartException, KeyError, ValueError, UnicodeDecodeError) as fault:
        raise InvalidInput("body", f"is no form: {str(fault)[:100]}") from None
    try:
        return await _with_picture(given)
    finally:
        await given.close()


async def _with_picture(given: FormData) -> Form:
    fields: dict[str, list[str]] = {}
    picture = None
    for name, value in given.multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(name, []).append(value)
        elif name != "media":
            raise InvalidInput(name[:80], "a picture comes as media")
        else:
            picture = _picture(await value.read(LARGEST_PICTURE + 1))
    return Form(fields, picture)


def _picture(content: bytes) -> bytes | None:
    if not content:
        return None
    if len(content) > LARGEST_PICTURE:
        raise InvalidInput("media", f"is larger than {LARGEST_PICTURE} bytes")
    try:
        return cleaned(content)
    except InvalidInput as fault:
        raise InvalidInput("media", fault.why) from None
