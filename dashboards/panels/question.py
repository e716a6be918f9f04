"""One doubtful read as it is asked: its picture, its characters, the plates that it may be of.

Blind: nothing here says which of them holds a permit, so that nobody is led to it.
"""

from collections.abc import Sequence

from dashboards.components import key_cap
from dashboards.markup import Html, el
from dashboards.plates import plate_chip
from dashboards.words import Words
from ioc.places import City
from ioc.reviews.model import Question
from ioc.reviews.rules import differing
from ioc.vehicles.model import Candidate, PlateRead, Reason
from ioc.vehicles.plate import display

UNSURE = 0.80
TOLD = frozenset({Reason.NOT_READ, Reason.LOOKS_DIFFER, Reason.WRONG_WAY})
MOST = 3
ALTERNATIVES = 2


def question(asked: Question, city: City, words: Words) -> Html:
    """Return one question, hidden until it is its turn."""
    shown = shown_candidates(asked)
    return el(
        "article",
        el(
            "div",
            _picture(asked, city, words),
            _cells(asked.read, shown, words),
            cls="question-read",
        ),
        el(
            "div",
            el(
                "header",
                el("h2", words.say("review.which")),
                el("small", words.say("review.which_how")),
            ),
            el(
                "ol",
                [_candidate(n, one, asked.read, words) for n, one in enumerate(shown, 1)],
                cls="candidates",
            ),
            _why(asked, city, words),
            cls="question-asked",
        ),
        data_question=asked.alert,
        data_read=asked.read.plate,
        data_doubtful=first_doubtful(asked.read),
        hidden=True,
    )


def shown_candidates(asked: Question) -> list[Candidate]:
    """Return what is offered: the likeliest plates with all that is known, in the order of sight.

    The text read is always among them, and first where the reader chose it.
    """
    read = [c for c in asked.candidates if c.plate == asked.read.plate]
    others = [c for c in asked.candidates if c not in read][: MOST - 1]
    return sorted([*read, *others], key=lambda c: (-c.seen, c.plate))


def first_doubtful(read: PlateRead) -> int:
    """Return the place at which a correction begins: the least sure character."""
    shares = [c.confidence for c in read.characters]
    return shares.index(min(shares)) if shares and len(shares) == len(read.plate) else 0


def marked(shown: str, marks: Sequence[bool]) -> list[Html | str]:
    """Return a plate as displayed, the marked ones of its characters emphasised."""
    left = iter(marks)
    return [el("mark", char) if char.isalnum() and next(left, False) else char for char in shown]


def _picture(asked: Question, city: City, words: Words) -> Html:
    read = asked.read
    camera = city.cameras.get(read.camera)
    name = read.camera.upper() if camera is None else f"{read.camera.upper()} {camera.name}"
    crop = read.plate_picture or read.frame_picture
    picture = (
        el("img", alt=words.say("case.crop_alt"), data_picture=crop, data_frame=read.frame_picture)
        if crop
        else el("p", words.say("case.no_crop"), cls="no-picture quiet")
    )
    return el(
        "figure",
        picture,
        el("figcaption", el("span", name), el("span", words.stamp(read.seen_at))),
        el("p", words.say("review.original"), cls="looked-as"),
        cls="question-picture",
    )


def _cells(read: PlateRead, shown: Sequence[Candidate], words: Words) -> Html:
    characters = iter(read.characters if len(read.characters) == len(read.plate) else ())
    place = -1
    cells = []
    for char in display(read.plate):
        if not char.isalnum():
            cells.append(el("span", char, cls="gap"))
            continue
        place += 1
        known = next(characters, None)
        cells.append(_cell(char, known.confidence if known else None, _others(read, place, shown)))
    return el(
        "section",
        el(
            "header",
            el("h2", words.say("case.as_read")),
            el("small", words.say("review.cells_how")),
        ),
        el("div", cells, cls="cells"),
        cls="question-cells",
    )


def _cell(char: str, share: float | None, others: str) -> Html:
    level = (
        None
        if share is None
        else el("span", el("i", style=f"width:{share * 100:.0f}%"), cls="level")
    )
    return el(
        "span",
        el("b", char),
        level,
        None if share is None else el("small", f"{share * 100:.0f}"),
        el("small", others, cls="others"),
        cls="cell is-doubtful" if share is not None and share < UNSURE else "cell",
    )


def _others(read: PlateRead, place: int, shown: Sequence[Candidate]) -> str:
    """Return what else the candidates have at one place."""
    found = [
        candidate.plate[place]
        for candidate in shown
        if len(candidate.plate) == len(read.plate) and candidate.plate[place] != read.plate[place]
    ]
    return " ".join(list(dict.fromkeys(found))[:ALTERNATIVES])


def _candidate(number: int, one: Candidate, read: PlateRead, words: Words) -> Html:
    marks = differing(read.plate, one.plate)
    is_read = one.plate == read.plate
    places = ", ".join(str(n) for n, differs in enumerate(marks, 1) if differs)
    told = words.say("review.as_read") if is_read else words.say("review.differs", places=places)
    if not is_read and not places:
        told = words.say("review.shorter")
    return el(
        "li",
        el(
            "button",
            key_cap(str(number)),
            el("span", plate_chip(display(one.plate), read.colour, read.layout, 1.4), cls="die"),
            el("b", marked(display(one.plate), marks), cls="plate-text"),
            el("span", el("strong", words.number(one.seen, 2)), el("small", told), cls="seen"),
            type="button",
            data_hand=f"Digit{number}",
            data_answer="as_read" if is_read else "corrected",
            data_typed="" if is_read else one.plate,
            cls="candidate is-read" if is_read else "candidate",
        ),
    )


def _reason(asked: Question, words: Words) -> str:
    """Return why a read without a doubtful character is asked about; never what a permit says."""
    if asked.reason in TOLD:
        return words.say(f"reason.{asked.reason}")
    return words.say("review.look_alike")


def _why(asked: Question, city: City, words: Words) -> Html:
    read = asked.read
    camera = city.cameras.get(read.camera)
    doubtful = [
        words.say("review.doubtful", place=n, share=words.percent(c.confidence))
        for n, c in enumerate(read.characters, 1)
        if c.confidence < UNSURE
    ]
    seen = words.say("case.seen", n=words.number(asked.sightings)) if asked.sightings > 1 else None
    return el(
        "section",
        el("h2", words.say("review.why")),
        el("p", ". ".join(doubtful) or _reason(asked, words)),
        el("p", " · ".join(filter(None, [camera.name if camera else read.camera, seen]))),
        el("p", words.say("review.blind"), cls="quiet"),
        el(
            "p",
            el("b", cls="run-time"),
            el("span", words.say("alert.due_at", time=words.time(asked.due_at)), cls="limit"),
            el("span", cls="over-text urgent"),
            cls="run",
            data_since=asked.raised_at.isoformat(),
            data_due=asked.due_at.isoformat(),
        ),
        cls="question-why",
    )
