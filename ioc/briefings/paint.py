"""A sheet as PDF: one page of A4, landscape, vector throughout, its letters embedded.

The same sheet gives the same bytes: no time and no random mark goes into the file.
"""

from functools import singledispatch
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from ioc.briefings.sheet import WIDTH, Box, Clipped, Disc, Group, Ink, Item, Shape, Sheet, Text
from ioc.printing import load_fonts

PAGE = landscape(A4)
SCALE = PAGE[0] / WIDTH
# The day theme of the pages (dashboards/assets/2-tokens.css); a test holds them together.
INKS = {
    Ink.TEXT: "#14181c",
    Ink.SECOND: "#3c454f",
    Ink.THIRD: "#57616c",
    Ink.NORMAL: "#59636e",
    Ink.BAR: "#a3abb4",
    Ink.BAND: "#dfe3e7",
    Ink.EDGE: "#78828d",
    Ink.LINE: "#c3c9d0",
    Ink.PAPER: "#ffffff",
    Ink.ALARM: "#9b1fb5",
    Ink.GREEN: "#00734f",
    Ink.YELLOW: "#f2c200",
    Ink.RED: "#c4261a",
    Ink.LAND1: "#f4f5f6",
    Ink.LAND2: "#dde2e7",
    Ink.LAND3: "#bcc4cc",
    Ink.LAND4: "#8d97a3",
    Ink.ROAD: "#78828d",
    Ink.MAIN_ROAD: "#2c343c",
    Ink.WATER: "#ffffff",
    Ink.GATE: "#2c343c",
}


def pdf_of(sheet: Sheet, author: str) -> bytes:
    """Return the PDF of a sheet."""
    load_fonts()
    out = BytesIO()
    canvas: Any = Canvas(out, pagesize=PAGE, invariant=1, pageCompression=1)
    canvas.setTitle(sheet.title)
    canvas.setAuthor(author)
    # Pixels from the upper left corner; letters are turned back where they are drawn.
    canvas.translate(0, PAGE[1])
    canvas.scale(SCALE, -SCALE)
    for item in sheet.items:
        _paint(item, canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


@singledispatch
def _paint(item: Item, canvas: Any) -> None:
    raise TypeError(f"{type(item).__name__} cannot be painted on {type(canvas).__name__}")


@_paint.register
def _text(item: Text, canvas: Any) -> None:
    canvas.saveState()
    canvas.translate(item.x, item.y)
    canvas.scale(1, -1)
    canvas.setFillColor(HexColor(INKS[item.ink]))
    canvas.setFont(item.face.value, item.size)
    draw = {
        "start": canvas.drawString,
        "middle": canvas.drawCentredString,
        "end": canvas.drawRightString,
    }
    draw[item.anchor](0, 0, item.text)
    canvas.restoreState()


@_paint.register
def _shape(item: Shape, canvas: Any) -> None:
    canvas.saveState()
    path = _path(item.lines, canvas, is_closed=item.is_closed)
    _inks(canvas, item.fill, item.stroke, item.width)
    canvas.setLineJoin(1)
    if item.dash is not None:
        canvas.setDash(*item.dash)
    canvas.drawPath(path, stroke=int(item.stroke is not None), fill=int(item.fill is not None))
    canvas.restoreState()


@_paint.register
def _box(item: Box, canvas: Any) -> None:
    canvas.saveState()
    _inks(canvas, item.fill, item.stroke, item.line)
    has_line, has_fill = int(item.stroke is not None), int(item.fill is not None)
    canvas.rect(item.x, item.y, item.width, item.height, stroke=has_line, fill=has_fill)
    canvas.restoreState()


@_paint.register
def _disc(item: Disc, canvas: Any) -> None:
    canvas.setFillColor(HexColor(INKS[item.fill]))
    canvas.circle(item.x, item.y, item.radius, stroke=0, fill=1)


@_paint.register
def _clipped(item: Clipped, canvas: Any) -> None:
    canvas.saveState()
    canvas.clipPath(_path((item.outline,), canvas, is_closed=True), stroke=0, fill=0)
    for part in item.items:
        _paint(part, canvas)
    canvas.restoreState()


@_paint.register
def _group(item: Group, canvas: Any) -> None:
    for part in item.items:
        _paint(part, canvas)


def _path(
    lines: tuple[tuple[tuple[float, float], ...], ...], canvas: Any, *, is_closed: bool
) -> Any:
    path = canvas.beginPath()
    for line in lines:
        path.moveTo(*line[0])
        for point in line[1:]:
            path.lineTo(*point)
        if is_closed:
            path.close()
    return path


def _inks(canvas: Any, fill: Ink | None, stroke: Ink | None, width: float) -> None:
    if fill is not None:
        canvas.setFillColor(HexColor(INKS[fill]))
    if stroke is not None:
        canvas.setStrokeColor(HexColor(INKS[stroke]))
        canvas.setLineWidth(width)
