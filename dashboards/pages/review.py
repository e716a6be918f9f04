"""Review: doubtful reads one after the other, answered by one key each."""

from dash import html
from dash.development.base_component import Component

from dashboards.auth import Viewer
from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.question import question
from dashboards.screen import Picture, Screen, Seat
from dashboards.shell import brand_part, desk_bar, region
from dashboards.words import Words
from ioc import audit
from ioc.access.model import Action, Page
from ioc.centre import Centre
from ioc.live import Topic
from ioc.reviews.model import Question
from ioc.reviews.service import HANDLING, open_questions

# So many are sent to a browser at once; the next ones follow as these are answered.
SENT = 12
# Key, its cap, what it does, its answer; the first is the likeliest.
KEYS = (
    ("KeyN", "N", "none", "none"),
    ("KeyY", "Y", "as_read", "as_read"),
    ("KeyC", "C", "correct", None),
    ("KeyE", "E", "other_picture", None),
    ("KeyZ", "Z", "undo", None),
)


def layout(words: Words, viewer: Viewer) -> Component:
    """Return the page: bar, the question, what comes next, the keys."""
    return html.Div(
        [
            desk_bar(Page.REVIEW, viewer, words),
            html.Main(
                [
                    region("review-questions"),
                    html.Div(
                        [
                            region("review-next"),
                            html.P(id="answer-line", role="status"),
                            html.P(id="tempo", className="quiet"),
                        ],
                        className="review-foot",
                    ),
                ],
                className="review-room",
            ),
            region("review-keys", "review-keys"),
        ],
        className="review",
    )


def opened(centre: Centre, viewer: Viewer) -> None:
    """Note in the audit that the plates of this queue were looked at."""
    if viewer.may(Action.SEE_PLATE):
        audit.record(centre, viewer.name, "desk_seen", "desk:review", HANDLING, {})


def draw(centre: Centre, seat: Seat) -> Picture:
    """Return the queue as it is now, for who may see plates."""
    words, now = seat.words(centre.city), centre.now()
    asked = visible(centre, seat.scope) if seat.sees_plates else []
    sent = asked[:SENT]
    if not seat.sees_plates:
        shown = el("p", words.say("case.hidden"), cls="quiet all-quiet")
    elif sent:
        shown = join(question(one, centre.city, words) for one in sent)
    else:
        shown = el("p", words.say("review.all_quiet"), cls="quiet all-quiet")
    parts = {
        "brand": brand_part(),
        "review-facts": _facts(asked, words),
        "review-questions": shown,
        "review-next": _next(sent, words),
        "review-keys": _keys(words),
    }
    return Picture(now, parts)


def visible(centre: Centre, scope: str | None) -> list[Question]:
    """Return the questions of a unit's cameras; of all of them without a scope."""
    reach = centre.reach(scope)
    return [one for one in open_questions(centre) if reach.covers(one.read.camera)]


def _facts(asked: list[Question], words: Words) -> Html:
    waiting = words.say("review.waiting", n=words.number(len(asked)))
    oldest = min((one.raised_at for one in asked), default=None)
    return el(
        "p",
        el("span", waiting),
        None
        if oldest is None
        else el(
            "span",
            words.say("review.oldest"),
            " ",
            el("b", data_age=oldest.isoformat(), data_period=0),
        ),
    )


def _next(sent: list[Question], words: Words) -> Html:
    return el(
        "section",
        el("header", el("h2", words.say("review.next")), el("small", words.say("review.order"))),
        el("ol", [_waiting(one, words) for one in sent]),
        cls="next-questions",
    )


def _waiting(one: Question, words: Words) -> Html:
    crop = one.read.plate_picture or one.read.frame_picture
    picture = (
        el("img", alt="", data_picture=crop)
        if crop
        else el("span", words.say("case.no_crop"), cls="no-picture quiet")
    )
    return el(
        "li",
        el(
            "button",
            picture,
            el("small", words.time(one.read.seen_at)),
            type="button",
            data_turn=one.alert,
        ),
    )


def _keys(words: Words) -> Html:
    buttons = [
        el(
            "button",
            key_cap(cap),
            el("b", words.say(f"review_key.{name}")),
            el("small", words.say(f"review_hint.{name}")),
            type="button",
            data_hand=code,
            data_answer=answer,
            data_does=None if answer else name,
            cls="hand is-next" if name == "as_read" else "hand",
        )
        for code, cap, name, answer in KEYS
    ]
    field = el(
        "form",
        el("label", words.say("review.typed"), for_="typed"),
        el(
            "input",
            id="typed",
            name="typed",
            maxlength=16,
            autocomplete="off",
            autocapitalize="characters",
            spellcheck="false",
        ),
        el("button", words.say("review.keep"), type="submit"),
        cls="correcting",
        hidden=True,
    )
    turn = el("p", key_cap("J"), key_cap("K"), words.say("review.turn"), cls="turning quiet")
    return join([field, el("div", buttons, cls="hands"), turn])


SCREEN = Screen(Page.REVIEW, layout, draw, frozenset({Topic.ALERTS}), opened=opened, least_s=0.5)
