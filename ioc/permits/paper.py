"""A permit on a sheet of A5: told by letter, shape and colour, with a code that proves it."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import segno
from reportlab.lib import colors
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from ioc.centre import Centre
from ioc.errors import Conflict
from ioc.labels import Language, label
from ioc.permits.claim import code_of
from ioc.permits.model import Permit, PermitClass, PermitState
from ioc.printing import BOLD, GREY, INK, PLAIN, load_fonts
from ioc.signing import signing_key

WIDE, HIGH = A5
MARGIN = 11 * mm
EDGE = colors.HexColor("#14181C")
# Fill and letter, as on a screen by day; a copier without colour leaves letter and shape.
FILLS = {
    PermitClass.GREEN: (colors.HexColor("#00734F"), colors.white),
    PermitClass.YELLOW: (colors.HexColor("#F2C200"), INK),
    PermitClass.RED: (colors.HexColor("#C4261A"), colors.white),
}
CODE_MM = 46


@dataclass(frozen=True)
class Journey:
    """What a permit on paper says beside the permit: the plate as displayed, from and to where."""

    plate: str
    origin: str | None = None
    destination: str | None = None


def print_permit(centre: Centre, permit: Permit, journey: Journey) -> bytes:
    """Return the permit as PDF, in Vietnamese.

    Raises:
        Conflict: it is revoked: nobody is to show it.
    """
    if permit.state is not PermitState.GRANTED:
        raise Conflict(f"permit: {permit.ref} is {permit.state.value} and is not printed")
    load_fonts()
    out = BytesIO()
    page = Canvas(out, pagesize=A5, invariant=1)
    page.setTitle(_say("permit.title"))
    _head(page, centre)
    _class(page, permit)
    _plate(page, journey.plate)
    foot = _facts(page, centre, permit, journey)
    _code(page, centre, permit, min(foot - 4 * mm, 72 * mm))
    page.showPage()
    page.save()
    return out.getvalue()


def _head(page: Any, centre: Centre) -> None:
    y = HIGH - MARGIN - 4 * mm
    page.setFillColor(GREY)
    page.setFont(PLAIN, 8.5)
    page.drawString(MARGIN, y, _say("permit.authority"))
    page.drawRightString(WIDE - MARGIN, y, centre.city.name)
    page.setStrokeColor(EDGE)
    page.setLineWidth(1.2)
    page.line(MARGIN, y - 2.5 * mm, WIDE - MARGIN, y - 2.5 * mm)
    page.setFillColor(INK)
    page.setFont(BOLD, 21)
    page.drawString(MARGIN, y - 13 * mm, _say("permit.title"))


def _class(page: Any, permit: Permit) -> None:
    """Draw circle X, triangle V or square Đ, and say in words what it allows."""
    fill, ink = FILLS[permit.permit_class]
    x, y, size = WIDE - MARGIN - 30 * mm, HIGH - 54 * mm, 30 * mm
    page.setFillColor(fill)
    page.setStrokeColor(EDGE)
    page.setLineWidth(1.6)
    foot = y + size * 0.27
    match permit.permit_class:
        case PermitClass.GREEN:
            page.circle(x + size / 2, y + size / 2, size / 2, fill=1)
        case PermitClass.YELLOW:
            shape = page.beginPath()
            shape.moveTo(x + size / 2, y + size)
            shape.lineTo(x + size, y)
            shape.lineTo(x, y)
            shape.close()
            page.drawPath(shape, fill=1)
            foot = y + size * 0.12
        case PermitClass.RED:
            page.rect(x, y, size, size, fill=1)
    page.setFillColor(ink)
    page.setFont(BOLD, 50 if permit.permit_class is not PermitClass.YELLOW else 38)
    page.drawCentredString(x + size / 2, foot, _say(f"permit_letter.{permit.permit_class}"))
    page.setFillColor(INK)
    page.setFont(BOLD, 17)
    page.drawString(MARGIN, HIGH - 40 * mm, label(permit.permit_class, Language.VI))
    page.setFont(PLAIN, 10.5)
    said = _say(f"permit_allows.{permit.permit_class}")
    for number, line in enumerate(simpleSplit(said, PLAIN, 10.5, 88 * mm)):
        page.drawString(MARGIN, HIGH - 46.5 * mm - number * 5 * mm, line)


def _plate(page: Any, plate: str) -> None:
    y, high = HIGH - 85 * mm, 24 * mm
    wide = WIDE - 2 * MARGIN
    page.setStrokeColor(EDGE)
    page.setLineWidth(2.2)
    page.roundRect(MARGIN, y, wide, high, 2.5 * mm)
    size = 50.0
    while page.stringWidth(plate, BOLD, size) > wide - 8 * mm:
        size -= 1
    page.setFillColor(INK)
    page.setFont(BOLD, size)
    page.drawCentredString(WIDE / 2, y + high / 2 - size * 0.36, plate)


def _facts(page: Any, centre: Centre, permit: Permit, journey: Journey) -> float:
    """Write what the permit says; return how far down that went."""
    city = centre.city

    def name(place: str) -> str:
        return city.places[place].name if place in city.places else place

    pairs = (
        (
            "permit.span",
            f"{_time(centre, permit.valid_from)} – {_time(centre, permit.valid_until)}",
        ),
        ("permit.holder", permit.holder),
        ("permit.origin", journey.origin),
        ("permit.goes_to", journey.destination),
        ("permit.destination", name(permit.destination) if permit.destination else None),
        ("permit.deadline", None if permit.deadline is None else _time(centre, permit.deadline)),
        ("permit.roads", "; ".join(name(road) for road in permit.roads)),
        ("permit.number", f"{permit.ref[:8]}, {_say('permit.version', n=permit.version)}"),
    )
    y = HIGH - 93 * mm
    for key, value in pairs:
        if not value:
            continue
        page.setFillColor(GREY)
        page.setFont(PLAIN, 9.5)
        page.drawString(MARGIN, y, _say(key))
        page.setFillColor(INK)
        page.setFont(BOLD if key == "permit.span" else PLAIN, 10.5)
        for line in simpleSplit(value, PLAIN, 10.5, WIDE - 2 * MARGIN - 32 * mm)[:4]:
            page.drawString(MARGIN + 32 * mm, y, line)
            y -= 5.4 * mm
        y -= 0.8 * mm
    return float(y)


def _code(page: Any, centre: Centre, permit: Permit, top: float) -> None:
    text = code_of(permit, centre.settings.city, signing_key(centre.settings).sign)
    matrix = segno.make(text, error="m", micro=False).matrix
    # Below the facts, as large as there is room for; a phone reads 0.5 mm a module.
    size = min(CODE_MM * mm, top - MARGIN)
    cell = size / len(matrix)
    left, bottom = WIDE - MARGIN - size, MARGIN
    page.setFillColor(INK)
    for row, modules in enumerate(matrix):
        for column, is_dark in enumerate(modules):
            if is_dark:
                y = bottom + size - (row + 1) * cell
                page.rect(left + column * cell, y, cell * 1.02, cell * 1.02, stroke=0, fill=1)
    lines = (
        *simpleSplit(_say("permit.scan"), PLAIN, 9, left - 2 * MARGIN),
        *simpleSplit(_say("permit.keep"), PLAIN, 9, left - 2 * MARGIN),
        _say("permit.printed", at=_time(centre, centre.now())),
    )
    page.setFillColor(GREY)
    page.setFont(PLAIN, 9)
    for number, line in enumerate(lines):
        page.drawString(MARGIN, bottom + (len(lines) - 1 - number) * 4.6 * mm, line)


def _time(centre: Centre, at: datetime) -> str:
    return f"{at.astimezone(centre.city.zone):%H:%M %d/%m/%Y}"


def _say(key: str, **values: object) -> str:
    return label(key, Language.VI).format(**values)
