"""Cards as PDF: one a page in the size of a bank card (ID-1), or ten on a sheet of A4 to cut."""

from collections.abc import Iterable
from typing import IO, Any

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from ioc.cards.faces import Face
from ioc.labels import Language, label
from ioc.printing import BOLD, GREY, INK, PLAIN, load_fonts

# ISO/IEC 7810, ID-1.
WIDE, HIGH = 85.6 * mm, 53.98 * mm
COLUMNS, ROWS = 2, 5
EDGE = 4 * mm
CODE = 34 * mm
MARK = 4 * mm


class CardSheets:
    """Draws cards into a PDF; `finish` writes it."""

    def __init__(self, out: IO[bytes], city: str, *, to_cut: bool) -> None:
        """Begin; `to_cut`: ten cards a sheet of A4 with marks, else one a page of its own size."""
        load_fonts()
        self._city, self._to_cut = city, to_cut
        self._page: Any = Canvas(out, pagesize=A4 if to_cut else (WIDE, HIGH), invariant=1)
        self._page.setTitle(_say("card.title"))
        self._drawn = 0

    def draw(self, faces: Iterable[Face]) -> None:
        """Draw cards, in order."""
        for face in faces:
            place = self._drawn % (COLUMNS * ROWS) if self._to_cut else 0
            if place == 0 and self._drawn:
                self._page.showPage()
            left, bottom = self._corner(place)
            _draw(self._page, face, self._city, left, bottom)
            self._drawn += 1

    def finish(self) -> int:
        """Write the PDF; return how many cards are on it."""
        self._page.showPage()
        self._page.save()
        return self._drawn

    def _corner(self, place: int) -> tuple[float, float]:
        if not self._to_cut:
            return 0.0, 0.0
        column, row = place % COLUMNS, place // COLUMNS
        margin_x, margin_y = (A4[0] - COLUMNS * WIDE) / 2, (A4[1] - ROWS * HIGH) / 2
        if place == 0:
            self._marks(margin_x, margin_y)
        return margin_x + column * WIDE, A4[1] - margin_y - (row + 1) * HIGH

    def _marks(self, margin_x: float, margin_y: float) -> None:
        """Draw where to cut, outside of the cards."""
        page = self._page
        page.setStrokeColor(GREY)
        page.setLineWidth(0.3)
        for column in range(COLUMNS + 1):
            x = margin_x + column * WIDE
            page.line(x, margin_y - MARK, x, margin_y - 1 * mm)
            page.line(x, A4[1] - margin_y + 1 * mm, x, A4[1] - margin_y + MARK)
        for row in range(ROWS + 1):
            y = margin_y + row * HIGH
            page.line(margin_x - MARK, y, margin_x - 1 * mm, y)
            page.line(A4[0] - margin_x + 1 * mm, y, A4[0] - margin_x + MARK, y)


def _draw(page: Any, face: Face, city: str, left: float, bottom: float) -> None:
    top, right = bottom + HIGH - EDGE, left + WIDE - EDGE
    page.setFillColor(GREY)
    page.setFont(PLAIN, 5.6)
    page.drawString(left + EDGE, top - 4, f"{_say('card.authority')} · {city}")
    page.setFillColor(INK)
    page.setFont(BOLD, 9.2)
    page.drawString(left + EDGE, top - 16, _say("card.title"))
    _code(page, face.code, right - CODE, top - 21 - CODE)
    room = WIDE - 3 * EDGE - CODE
    y = top - 32
    # The longest names take a third line, and smaller letters.
    size, lines = next(
        (size, lines)
        for size in (11.0, 9.5, 8.0, 6.5)
        if len(lines := simpleSplit(face.name.upper(), BOLD, size, room)) <= 2 or size < 7
    )
    page.setFont(BOLD, size)
    for line in lines[:3]:
        page.drawString(left + EDGE, y, line)
        y -= size * 1.2
    facts = (
        ("card.born" if "/" in face.born else "card.born_in", face.born),
        ("card.number", face.number or ""),
        ("card.qid", face.card.qid),
    )
    y -= 3
    for key, value in facts:
        if value:
            page.setFillColor(GREY)
            page.setFont(PLAIN, 5.6)
            page.drawString(left + EDGE, y, _say(key))
            page.setFillColor(INK)
            page.setFont(BOLD, 8 if key != "card.qid" else 5.8)
            page.drawString(left + EDGE, y - 8.5, value)
            y -= 17
    page.setFillColor(GREY)
    page.setFont(PLAIN, 5.2)
    page.drawString(left + EDGE, bottom + EDGE + 6.5, _say("card.show"))
    page.drawString(left + EDGE, bottom + EDGE, _say("card.lost"))


def _code(page: Any, text: str, left: float, bottom: float) -> None:
    """Draw a code; runs of dark modules are one rectangle: a sheet weighs a tenth."""
    # One mask for all: weighing all eight takes ten times as long, and every reader undoes any.
    matrix = segno.make(text, error="m", micro=False, boost_error=False, mask=3).matrix
    cell = CODE / len(matrix)
    path = page.beginPath()
    for row, modules in enumerate(matrix):
        y = bottom + CODE - (row + 1) * cell
        start = None
        for column, is_dark in enumerate([*modules, 0]):
            if is_dark and start is None:
                start = column
            elif not is_dark and start is not None:
                path.rect(left + start * cell, y, (column - start) * cell, cell * 1.02)
                start = None
    page.setFillColor(INK)
    page.drawPath(path, stroke=0, fill=1)


def _say(key: str) -> str:
    return label(key, Language.VI)
