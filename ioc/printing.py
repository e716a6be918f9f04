"""Sheets of A4 as PDF: headings, facts, rows, pictures; every Vietnamese letter is in the font."""

from collections.abc import Sequence
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Image, Paragraph, SimpleDocTemplate, Spacer, Table

FONTS = Path(__file__).parent / "fonts"
PLAIN, BOLD = "be-vietnam-pro", "be-vietnam-pro-bold"
# Narrow letters and equal ones, for sheets that hold much.
CONDENSED = (
    *(f"ibm-plex-sans-condensed-{weight}" for weight in (500, 600, 700)),
    "ibm-plex-mono-500",
)
# A frame of the library keeps six points free on each side.
MARGIN, WIDTH = 18 * mm, A4[0] - 36 * mm - 12
INK, GREY = colors.HexColor("#14181C"), colors.HexColor("#57616C")
LINE = ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#C3C9D0"))
TIGHT = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]


def sheet(title: str, parts: Sequence[Flowable], foot: str = "") -> bytes:
    """Return a PDF of `parts` under a title; `foot` and the page number stand on every page."""
    load_fonts()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        title=title,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )

    def number(canvas: object, page: object) -> None:
        canvas.setFont(PLAIN, 8)  # type: ignore[attr-defined]
        canvas.setFillColor(GREY)  # type: ignore[attr-defined]
        canvas.drawString(MARGIN, 10 * mm, foot)  # type: ignore[attr-defined]
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(page.page))  # type: ignore[attr-defined]

    story = [Paragraph(escape(title), _style(BOLD, 17)), Spacer(1, 4 * mm), *parts]
    document.build(story, onFirstPage=number, onLaterPages=number)
    return out.getvalue()


def heading(text: str) -> Flowable:
    """Return a heading."""
    load_fonts()
    return Paragraph(escape(text), _style(BOLD, 12, space=5 * mm))


def sentence(text: str) -> Flowable:
    """Return a line of text."""
    load_fonts()
    return Paragraph(escape(text), _style(PLAIN, 10))


def facts(pairs: Sequence[tuple[str, str]]) -> Flowable:
    """Return names with their values."""
    load_fonts()
    rows = [
        [Paragraph(escape(name), _style(PLAIN, 9, GREY)), Paragraph(escape(value), _style())]
        for name, value in pairs
    ]
    return Table(rows, colWidths=[42 * mm, WIDTH - 42 * mm], style=[*TIGHT, LINE], hAlign="LEFT")


def rows(head: Sequence[str], lines: Sequence[Sequence[str]], widths_mm: Sequence[int]) -> Flowable:
    """Return a table; the last column takes what the widths of the others leave."""
    load_fonts()
    top = [Paragraph(escape(cell), _style(BOLD, 9)) for cell in head]
    body = [[Paragraph(escape(cell), _style(PLAIN, 9)) for cell in line] for line in lines]
    known = [width * mm for width in widths_mm]
    widths = [*known, WIDTH - sum(known)]
    return Table([top, *body], colWidths=widths, repeatRows=1, style=[*TIGHT, LINE], hAlign="LEFT")


def picture(content: bytes, width_mm: int, height_mm: int) -> Flowable:
    """Return a picture, as large as fits into the box."""
    wide, high = ImageReader(BytesIO(content)).getSize()
    scale = min(width_mm * mm / wide, height_mm * mm / high)
    image = Image(BytesIO(content), wide * scale, high * scale, hAlign="LEFT")
    image.spaceAfter = 3 * mm
    return image


def _style(
    font: str = PLAIN, size: int = 10, color: colors.Color = INK, space: float = 0
) -> ParagraphStyle:
    return ParagraphStyle(
        f"{font}{size}",
        fontName=font,
        fontSize=size,
        leading=size * 1.35,
        textColor=color,
        spaceBefore=space,
        spaceAfter=space / 3,
        splitLongWords=True,
    )


@cache
def load_fonts() -> None:
    """Make the fonts known to the library, once a process."""
    pdfmetrics.registerFont(TTFont(PLAIN, FONTS / "be-vietnam-pro-400.ttf"))
    pdfmetrics.registerFont(TTFont(BOLD, FONTS / "be-vietnam-pro-700.ttf"))
    for name in CONDENSED:
        pdfmetrics.registerFont(TTFont(name, FONTS / f"{name}.ttf"))
